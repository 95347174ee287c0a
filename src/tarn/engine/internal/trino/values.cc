// VALUES: columns whose cells have a common type.
#include <utility>

#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/star_expression.hpp>
#include <duckdb/parser/tableref/expressionlistref.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/super_type.h"
#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

using duckdb::make_uniq;
using sql::Position;
namespace node = sql::node;
using Node = Translator::Node;
using Parsed = Translator::Parsed;

namespace {

using Rows = duckdb::vector<duckdb::vector<Parsed>>;

/// A literal's value; nullptr for other expressions.
const duckdb::Value* LiteralOf(const duckdb::ParsedExpression& cell) {
  return cell.GetExpressionClass() == duckdb::ExpressionClass::CONSTANT
             ? &cell.Cast<duckdb::ConstantExpression>().value
             : nullptr;
}

bool HaveSameShape(const duckdb::ParsedExpression& left,
                   const duckdb::ParsedExpression& right);

/// Calls of one function with arguments alike. But for the first, what is not equal may
/// make another type: in CAST(x AS …) it does.
bool AreAlike(const duckdb::FunctionExpression& left,
              const duckdb::FunctionExpression& right) {
  if (left.schema != right.schema || left.function_name != right.function_name ||
      left.children.empty() || left.children.size() != right.children.size() ||
      !HaveSameShape(*left.children[0], *right.children[0])) {
    return false;
  }
  for (size_t i = 1; i < left.children.size(); ++i) {
    const duckdb::Value* number = LiteralOf(*left.children[i]);
    const bool may_differ = number != nullptr && number->type().IsNumeric() &&
                            !left.function_name.starts_with("cast_");
    if (may_differ ? !HaveSameShape(*left.children[i], *right.children[i])
                   : !left.children[i]->Equals(*right.children[i])) {
      return false;
    }
  }
  return true;
}

/// True if one can see that both have the same type: rows that programs write are alike.
bool HaveSameShape(const duckdb::ParsedExpression& left,
                   const duckdb::ParsedExpression& right) {
  const duckdb::Value* one = LiteralOf(left);
  const duckdb::Value* other = LiteralOf(right);
  if (one != nullptr && other != nullptr) {
    return one->type() == other->type();
  }
  const bool are_calls = left.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION &&
                         right.GetExpressionClass() == duckdb::ExpressionClass::FUNCTION;
  return are_calls ? AreAlike(left.Cast<duckdb::FunctionExpression>(),
                              right.Cast<duckdb::FunctionExpression>())
                   : left.Equals(right);
}

/// True if one can see that both are of types that DuckDB brings together as Trino does.
bool GoTogether(const duckdb::ParsedExpression& left,
                const duckdb::ParsedExpression& right) {
  const duckdb::Value* one = LiteralOf(left);
  const duckdb::Value* other = LiteralOf(right);
  if ((one != nullptr && one->IsNull()) || (other != nullptr && other->IsNull())) {
    return true;
  }
  const bool are_numbers = one != nullptr && other != nullptr &&
                           one->type().IsNumeric() && other->type().IsNumeric();
  return are_numbers || HaveSameShape(left, right);
}

/// A cell that the others of its column are compared with; nullptr if there is none.
Parsed* KnownCell(Rows* rows, size_t column) {
  for (auto& row : *rows) {
    const duckdb::Value* literal = LiteralOf(*row[column]);
    if (!row[column]->HasSubquery() && (literal == nullptr || !literal->IsNull())) {
      return &row[column];
    }
  }
  return nullptr;
}

/// Each cell in the common type with the column's first, or with an error; the first in
/// that with the next one that is not seen to go together with it.
void BringTogether(Rows* rows, size_t column) {
  Parsed* const known = KnownCell(rows, column);
  if (known == nullptr) {
    return;
  }
  const Parsed first = (*known)->Copy();
  Parsed other;
  for (auto& row : *rows) {
    Parsed& cell = row[column];
    if (&cell == known || GoTogether(*cell, *first)) {
      continue;
    }
    if (other == nullptr && !cell->HasSubquery()) {
      other = cell->Copy();
    }
    cell = Operator(kBeside, List(std::move(cell), first->Copy()));
  }
  if (other != nullptr) {
    *known = Operator(kBeside, List(std::move(*known), std::move(other)));
  }
}

}  // namespace

Node Translator::Body(const sql::Values& values, const Position&) {
  auto list = make_uniq<duckdb::ExpressionListRef>();
  size_t width = 0;
  for (const auto& row : values.rows) {
    duckdb::vector<Parsed> cells;
    if (const auto* fields = std::get_if<node::Row>(&row->node)) {
      for (const auto& field : fields->values) {
        cells.push_back(Translate(field));
      }
    } else {
      cells.push_back(Translate(row));
    }
    if (width != 0 && cells.size() != width) {
      Fail(ErrorCode::kTypeMismatch, row->at,
           fmt::format("Values rows have mismatched sizes: {} vs {}", width,
                       cells.size()));
    }
    width = cells.size();
    list->values.push_back(std::move(cells));
  }
  for (size_t i = 0; i < width; ++i) {
    BringTogether(&list->values, i);
    list->expected_names.push_back(UnnamedColumn(i));
  }
  list->alias = "values";
  auto select = make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(make_uniq<duckdb::StarExpression>());
  select->from_table = std::move(list);
  return select;
}

}  // namespace tarn::engine::trino
