#include "tarn/engine/internal/system_tables/name_filter.h"

#include <algorithm>
#include <utility>

#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_comparison_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>

#include "tarn/engine/internal/catch_duckdb.h"

namespace tarn::engine::system_tables {
namespace {

using duckdb::Expression;
using duckdb::ExpressionClass;

constexpr size_t kParts = 3;

/// The part that a column of the scan holds; unset for others.
std::optional<NamePart> PartOf(const Expression& column, const duckdb::LogicalGet& get,
                               const NameColumns& columns) {
  const auto& binding = column.Cast<duckdb::BoundColumnRefExpression>().binding;
  if (binding.table_index != get.table_index ||
      binding.column_index >= get.GetColumnIds().size()) {
    return {};
  }
  const auto id = get.GetColumnIds()[binding.column_index].GetPrimaryIndex();
  const int parts[kParts] = {columns.catalog, columns.schema, columns.name};
  for (size_t i = 0; i < kParts; ++i) {
    if (parts[i] >= 0 && id == static_cast<duckdb::idx_t>(parts[i])) {
      return static_cast<NamePart>(i);
    }
  }
  return {};
}

/// Puts references to the parts in place of columns; false if there is another column.
bool Rebind(duckdb::unique_ptr<Expression>* expression, const duckdb::LogicalGet& get,
            const NameColumns& columns, NamePart* last) {
  if ((*expression)->GetExpressionClass() == ExpressionClass::BOUND_COLUMN_REF) {
    const auto part = PartOf(**expression, get, columns);
    if (!part.has_value()) {
      return false;
    }
    *last = std::max(*last, *part);
    *expression = duckdb::make_uniq<duckdb::BoundReferenceExpression>(
        duckdb::LogicalType::VARCHAR, static_cast<duckdb::idx_t>(*part));
    return true;
  }
  bool is_all = true;
  duckdb::ExpressionIterator::EnumerateChildren(
      **expression, [&](duckdb::unique_ptr<Expression>& child) {
        is_all = is_all && Rebind(&child, get, columns, last);
      });
  return is_all;
}

const duckdb::Value* TextIn(const Expression& expression) {
  if (expression.GetExpressionClass() != ExpressionClass::BOUND_CONSTANT) {
    return nullptr;
  }
  const auto& value = expression.Cast<duckdb::BoundConstantExpression>().value;
  const bool is_text =
      !value.IsNull() && value.type().id() == duckdb::LogicalTypeId::VARCHAR;
  return is_text ? &value : nullptr;
}

bool IsPart(const Expression& expression) {
  return expression.GetExpressionClass() == ExpressionClass::BOUND_REF;
}

size_t IndexOf(const Expression& part) {
  return part.Cast<duckdb::BoundReferenceExpression>().index;
}

}  // namespace

NameFilter::NameFilter(const NameFilter& other) {
  for (const Filter& filter : other.filters_) {
    filters_.push_back({filter.expression->Copy(), filter.last});
  }
  std::copy(std::begin(other.exact_), std::end(other.exact_), std::begin(exact_));
}

void NameFilter::Add(const Expression& filter, const duckdb::LogicalGet& get,
                     const NameColumns& columns) {
  if (filter.IsVolatile() || filter.HasParameter() || filter.HasSubquery()) {
    return;
  }
  Filter kept{filter.Copy()};
  if (Rebind(&kept.expression, get, columns, &kept.last)) {
    NoteExact(*kept.expression);
    filters_.push_back(std::move(kept));
  }
}

/// part = 'x', 'x' = part, part IN ('x', …)
void NameFilter::NoteExact(const Expression& filter) {
  std::vector<std::string> names;
  const Expression* part = nullptr;
  if (filter.GetExpressionType() == duckdb::ExpressionType::COMPARE_EQUAL) {
    const auto& equal = filter.Cast<duckdb::BoundComparisonExpression>();
    const bool is_left = IsPart(*equal.left);
    part = is_left ? equal.left.get() : equal.right.get();
    const auto* text = TextIn(is_left ? *equal.right : *equal.left);
    if (text == nullptr || !IsPart(*part)) {
      return;
    }
    names.push_back(text->ToString());
  } else if (filter.GetExpressionType() == duckdb::ExpressionType::COMPARE_IN) {
    const auto& in = filter.Cast<duckdb::BoundOperatorExpression>();
    part = in.children[0].get();
    for (size_t i = 1; i < in.children.size(); ++i) {
      const auto* text = TextIn(*in.children[i]);
      if (text == nullptr || !IsPart(*part)) {
        return;
      }
      names.push_back(text->ToString());
    }
  } else {
    return;
  }
  std::ranges::sort(names);
  auto& exact = exact_[IndexOf(*part)];
  if (!exact.has_value() || names.size() < exact->size()) {
    exact = std::move(names);  // of several, the shortest is enough
  }
}

NameTest::NameTest(duckdb::ClientContext& context, const NameFilter& filter) {
  for (const auto& kept : filter.filters_) {
    tests_.push_back(
        {std::make_unique<duckdb::ExpressionExecutor>(context, *kept.expression),
         kept.last});
  }
  names_.Initialize(context, {duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR,
                              duckdb::LogicalType::VARCHAR});
}

bool NameTest::Keeps(const ListedObject& object, NamePart last) {
  bool is_kept = true;
  bool is_filled = false;
  for (Test& test : tests_) {
    if (test.last != last || !is_kept) {
      continue;
    }
    if (!is_filled) {
      names_.Reset();
      names_.SetCardinality(1);
      names_.SetValue(0, 0, duckdb::Value(object.catalog));
      names_.SetValue(1, 0, duckdb::Value(object.schema));
      names_.SetValue(2, 0, duckdb::Value(object.name));
      is_filled = true;
    }
    const auto kept = CatchDuckDb({}, [&]() -> Result<bool> {
      duckdb::Vector result(duckdb::LogicalType::BOOLEAN);
      test.executor->ExecuteExpression(names_, result);
      const duckdb::Value value = result.GetValue(0);
      return !value.IsNull() && value.GetValue<bool>();
    });
    is_kept = !kept.ok() || *kept;  // another filter may spare the row an error
  }
  return is_kept;
}

}  // namespace tarn::engine::system_tables
