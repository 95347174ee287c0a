#include "tarn/engine/internal/filter_conversion.h"

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <duckdb/planner/expression/bound_between_expression.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_comparison_expression.hpp>
#include <duckdb/planner/expression/bound_conjunction_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>
#include <duckdb/planner/filter/conjunction_filter.hpp>
#include <duckdb/planner/filter/constant_filter.hpp>
#include <duckdb/planner/filter/dynamic_filter.hpp>
#include <duckdb/planner/filter/in_filter.hpp>
#include <duckdb/planner/filter/optional_filter.hpp>
#include <duckdb/planner/filter/struct_filter.hpp>

#include "tarn/engine/internal/type_conversion.h"

namespace tarn::engine {
namespace {

using duckdb::ExpressionType;
using iceberg::AlwaysTrue;
using iceberg::Expression;
using iceberg::Operation;
using iceberg::TypeId;
using iceberg::Value;

/// A filter, and whether it says exactly what DuckDB's does: only then may it be negated.
struct Converted {
  Expression expression = AlwaysTrue();
  bool exact = false;
};

std::optional<Operation> OperationOf(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
      return Operation::kEqual;
    case ExpressionType::COMPARE_NOTEQUAL:
      return Operation::kNotEqual;
    case ExpressionType::COMPARE_LESSTHAN:
      return Operation::kLess;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return Operation::kLessEqual;
    case ExpressionType::COMPARE_GREATERTHAN:
      return Operation::kGreater;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return Operation::kGreaterEqual;
    default:
      return {};
  }
}

Expression BoundPredicate(Operation op, const iceberg::Schema& schema,
                          const iceberg::Field& field, std::vector<Value> literals) {
  Expression predicate;
  predicate.op = op;
  predicate.column = schema.NameOf(field.id);
  predicate.field_id = field.id;
  predicate.type = field.type;
  predicate.literals = std::move(literals);
  predicate.literal_type = field.type;
  return predicate;
}

template <typename Float>
Converted CompareFloat(Operation op, const iceberg::Schema& schema,
                       const iceberg::Field& field, Float value) {
  if (value != value) {
    return {};  // DuckDB's NaN is a number above all others, Iceberg's is none
  }
  const auto predicate = [&](Operation with, Float literal) {
    return BoundPredicate(with, schema, field, {Value(literal)});
  };
  const Float low = value == Float{0} ? -Float{0} : value;
  const Float high = value == Float{0} ? Float{0} : value;
  switch (op) {
    case Operation::kLess:
    case Operation::kLessEqual:
      return {predicate(op, high), false};
    case Operation::kGreater:
    case Operation::kGreaterEqual:
      return {iceberg::Or(predicate(op, low),
                          BoundPredicate(Operation::kIsNaN, schema, field, {})),
              false};
    case Operation::kEqual:
      return {iceberg::And(predicate(Operation::kGreaterEqual, low),
                           predicate(Operation::kLessEqual, high)),
              false};
    default:
      return {};
  }
}

Converted Compare(Operation op, const iceberg::Schema& schema,
                  const iceberg::Field& field, const duckdb::Value& constant) {
  // Writers disagree about the order of UUIDs, so their bounds cannot be trusted.
  if (field.type.is_nested() || field.type.id() == TypeId::kUuid) {
    return {};
  }
  std::optional<Value> value = IcebergValueOf(field.type, constant);
  if (!value.has_value()) {
    return {};
  }
  if (field.type.id() == TypeId::kFloat) {
    return CompareFloat(op, schema, field, std::get<float>(*value));
  }
  if (field.type.id() == TypeId::kDouble) {
    return CompareFloat(op, schema, field, std::get<double>(*value));
  }
  return {BoundPredicate(op, schema, field, {*std::move(value)}), true};
}

Converted AnyOf(const iceberg::Schema& schema, const iceberg::Field& field,
                const duckdb::vector<duckdb::Value>& values) {
  Converted any{iceberg::AlwaysFalse(), true};
  for (const duckdb::Value& value : values) {
    if (value.IsNull()) {
      any.exact = false;  // x IN (…, NULL) is never false, so its negation is never true
      continue;
    }
    Converted one = Compare(Operation::kEqual, schema, field, value);
    any = {iceberg::Or(std::move(any.expression), std::move(one.expression)),
           any.exact && one.exact};
  }
  return any;
}

class ExpressionConverter {
 public:
  ExpressionConverter(const iceberg::Schema& schema, const ColumnLookup& lookup)
      : schema_(schema), lookup_(lookup) {}

  Converted Convert(const duckdb::Expression& expression) const {
    switch (expression.GetExpressionClass()) {
      case duckdb::ExpressionClass::BOUND_COMPARISON:
        return Comparison(expression.Cast<duckdb::BoundComparisonExpression>());
      case duckdb::ExpressionClass::BOUND_BETWEEN:
        return Between(expression.Cast<duckdb::BoundBetweenExpression>());
      case duckdb::ExpressionClass::BOUND_CONJUNCTION:
        return Conjunction(expression.Cast<duckdb::BoundConjunctionExpression>());
      case duckdb::ExpressionClass::BOUND_OPERATOR:
        return Operator(expression.Cast<duckdb::BoundOperatorExpression>());
      case duckdb::ExpressionClass::BOUND_FUNCTION:
        return Function(expression.Cast<duckdb::BoundFunctionExpression>());
      case duckdb::ExpressionClass::BOUND_COLUMN_REF: {
        const iceberg::Field* field = FieldOf(expression);
        if (field == nullptr || field->type.id() != TypeId::kBoolean) {
          return {};
        }
        return {BoundPredicate(Operation::kEqual, schema_, *field, {Value(true)}), true};
      }
      default:
        return {};
    }
  }

 private:
  const iceberg::Field* FieldOf(const duckdb::Expression& expression) const {
    if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
      return lookup_(expression.Cast<duckdb::BoundColumnRefExpression>());
    }
    if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) {
      return nullptr;
    }
    const auto& function = expression.Cast<duckdb::BoundFunctionExpression>();
    if (function.function.name != "struct_extract" || function.children.size() != 2) {
      return nullptr;
    }
    const iceberg::Field* parent = FieldOf(*function.children[0]);
    const duckdb::Value* name = ConstantOf(*function.children[1]);
    if (parent == nullptr || name == nullptr || parent->type.id() != TypeId::kStruct) {
      return nullptr;
    }
    if (name->IsNull() || name->type().id() != duckdb::LogicalTypeId::VARCHAR) {
      return nullptr;
    }
    const iceberg::Field* child = nullptr;
    for (const iceberg::Field& field : parent->type.fields()) {
      if (!duckdb::StringUtil::CIEquals(field.name, duckdb::StringValue::Get(*name))) {
        continue;
      }
      if (child != nullptr) {
        return nullptr;
      }
      child = &field;
    }
    return child;
  }

  static const duckdb::Value* ConstantOf(const duckdb::Expression& expression) {
    if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT) {
      return nullptr;
    }
    return &expression.Cast<duckdb::BoundConstantExpression>().value;
  }

  Converted Comparison(const duckdb::BoundComparisonExpression& comparison) const {
    const iceberg::Field* field = FieldOf(*comparison.left);
    const duckdb::Value* constant = ConstantOf(*comparison.right);
    ExpressionType type = comparison.GetExpressionType();
    if (field == nullptr || constant == nullptr) {
      field = FieldOf(*comparison.right);
      constant = ConstantOf(*comparison.left);
      type = duckdb::FlipComparisonExpression(type);
    }
    const std::optional<Operation> op = OperationOf(type);
    if (field == nullptr || constant == nullptr || constant->IsNull() ||
        !op.has_value()) {
      return {};
    }
    return Compare(*op, schema_, *field, *constant);
  }

  Converted Between(const duckdb::BoundBetweenExpression& between) const {
    const iceberg::Field* field = FieldOf(*between.input);
    if (field == nullptr) {
      return {};
    }
    Converted both{AlwaysTrue(), true};
    const auto add = [&](const duckdb::Expression& bound, Operation op) {
      const duckdb::Value* constant = ConstantOf(bound);
      Converted one = constant == nullptr || constant->IsNull()
                          ? Converted{}
                          : Compare(op, schema_, *field, *constant);
      both = {iceberg::And(std::move(both.expression), std::move(one.expression)),
              both.exact && one.exact};
    };
    add(*between.lower,
        between.lower_inclusive ? Operation::kGreaterEqual : Operation::kGreater);
    add(*between.upper,
        between.upper_inclusive ? Operation::kLessEqual : Operation::kLess);
    return both;
  }

  Converted Conjunction(const duckdb::BoundConjunctionExpression& conjunction) const {
    const bool all = conjunction.GetExpressionType() == ExpressionType::CONJUNCTION_AND;
    Converted joined{all ? AlwaysTrue() : iceberg::AlwaysFalse(), true};
    for (const auto& child : conjunction.children) {
      Converted one = Convert(*child);
      joined.exact = joined.exact && one.exact;
      joined.expression =
          all ? iceberg::And(std::move(joined.expression), std::move(one.expression))
              : iceberg::Or(std::move(joined.expression), std::move(one.expression));
    }
    return joined;
  }

  Converted Operator(const duckdb::BoundOperatorExpression& call) const {
    switch (call.GetExpressionType()) {
      case ExpressionType::OPERATOR_NOT: {
        Converted child = Convert(*call.children[0]);
        if (!child.exact) {
          return {};
        }
        return {iceberg::Not(std::move(child.expression)), true};
      }
      case ExpressionType::OPERATOR_IS_NULL:
      case ExpressionType::OPERATOR_IS_NOT_NULL: {
        const iceberg::Field* field = FieldOf(*call.children[0]);
        // Null counts of nested columns are their leaves', which say nothing of the value
        // itself.
        if (field == nullptr || field->type.is_nested()) {
          return {};
        }
        const bool null = call.GetExpressionType() == ExpressionType::OPERATOR_IS_NULL;
        return {BoundPredicate(null ? Operation::kIsNull : Operation::kNotNull, schema_,
                               *field, {}),
                true};
      }
      case ExpressionType::COMPARE_IN: {
        const iceberg::Field* field = FieldOf(*call.children[0]);
        if (field == nullptr) {
          return {};
        }
        duckdb::vector<duckdb::Value> values;
        for (size_t i = 1; i < call.children.size(); ++i) {
          const duckdb::Value* constant = ConstantOf(*call.children[i]);
          if (constant == nullptr) {
            return {};
          }
          values.push_back(*constant);
        }
        return AnyOf(schema_, *field, values);
      }
      default:
        return {};
    }
  }

  Converted Function(const duckdb::BoundFunctionExpression& call) const {
    if (call.function.name != "prefix" || call.children.size() != 2) {
      return {};
    }
    const iceberg::Field* field = FieldOf(*call.children[0]);
    const duckdb::Value* text = ConstantOf(*call.children[1]);
    if (field == nullptr || text == nullptr || text->IsNull() ||
        field->type.id() != TypeId::kString) {
      return {};
    }
    return {BoundPredicate(Operation::kStartsWith, schema_, *field,
                           {Value(duckdb::StringValue::Get(*text))}),
            true};
  }

  const iceberg::Schema& schema_;
  const ColumnLookup& lookup_;
};

Converted ConvertTableFilter(const duckdb::TableFilter& filter,
                             const iceberg::Schema& schema, const iceberg::Field& field);

Converted ConvertDynamic(const duckdb::DynamicFilter& filter,
                         const iceberg::Schema& schema, const iceberg::Field& field) {
  if (filter.filter_data == nullptr) {
    return {};
  }
  duckdb::unique_ptr<duckdb::TableFilter> now;
  {
    const std::lock_guard<duckdb::mutex> guard(filter.filter_data->lock);
    if (!filter.filter_data->initialized || filter.filter_data->filter == nullptr) {
      return {};
    }
    now = filter.filter_data->filter->Copy();
  }
  return {ConvertTableFilter(*now, schema, field).expression, false};
}

template <typename Conjunction>
Converted ConvertChildren(const Conjunction& filter, const iceberg::Schema& schema,
                          const iceberg::Field& field, bool all) {
  Converted joined{all ? AlwaysTrue() : iceberg::AlwaysFalse(), true};
  for (const auto& child : filter.child_filters) {
    Converted one = ConvertTableFilter(*child, schema, field);
    joined.exact = joined.exact && one.exact;
    joined.expression =
        all ? iceberg::And(std::move(joined.expression), std::move(one.expression))
            : iceberg::Or(std::move(joined.expression), std::move(one.expression));
  }
  return joined;
}

Converted ConvertTableFilter(const duckdb::TableFilter& filter,
                             const iceberg::Schema& schema, const iceberg::Field& field) {
  switch (filter.filter_type) {
    case duckdb::TableFilterType::CONSTANT_COMPARISON: {
      const auto& comparison = filter.Cast<duckdb::ConstantFilter>();
      const std::optional<Operation> op = OperationOf(comparison.comparison_type);
      if (!op.has_value() || comparison.constant.IsNull()) {
        return {};
      }
      return Compare(*op, schema, field, comparison.constant);
    }
    case duckdb::TableFilterType::IS_NULL:
    case duckdb::TableFilterType::IS_NOT_NULL: {
      if (field.type.is_nested()) {
        return {};
      }
      const bool null = filter.filter_type == duckdb::TableFilterType::IS_NULL;
      return {BoundPredicate(null ? Operation::kIsNull : Operation::kNotNull, schema,
                             field, {}),
              true};
    }
    case duckdb::TableFilterType::IN_FILTER:
      return AnyOf(schema, field, filter.Cast<duckdb::InFilter>().values);
    case duckdb::TableFilterType::CONJUNCTION_AND:
      return ConvertChildren(filter.Cast<duckdb::ConjunctionAndFilter>(), schema, field,
                             /*all=*/true);
    case duckdb::TableFilterType::CONJUNCTION_OR:
      return ConvertChildren(filter.Cast<duckdb::ConjunctionOrFilter>(), schema, field,
                             /*all=*/false);
    case duckdb::TableFilterType::OPTIONAL_FILTER: {
      const auto& optional = filter.Cast<duckdb::OptionalFilter>();
      return optional.child_filter
                 ? ConvertTableFilter(*optional.child_filter, schema, field)
                 : Converted{};
    }
    case duckdb::TableFilterType::STRUCT_EXTRACT: {
      const auto& extract = filter.Cast<duckdb::StructFilter>();
      if (field.type.id() != TypeId::kStruct ||
          extract.child_idx >= field.type.fields().size()) {
        return {};
      }
      return ConvertTableFilter(*extract.child_filter, schema,
                                field.type.fields()[extract.child_idx]);
    }
    case duckdb::TableFilterType::DYNAMIC_FILTER:
      return ConvertDynamic(filter.Cast<duckdb::DynamicFilter>(), schema, field);
    default:
      return {};
  }
}

}  // namespace

Expression PruningFilter(const duckdb::Expression& filter, const iceberg::Schema& schema,
                         const ColumnLookup& lookup) {
  return iceberg::RewriteNot(
      ExpressionConverter(schema, lookup).Convert(filter).expression);
}

Expression PruningFilter(const duckdb::TableFilter& filter, const iceberg::Schema& schema,
                         const iceberg::Field& field) {
  return ConvertTableFilter(filter, schema, field).expression;
}

std::optional<Expression> ExactFilter(const duckdb::TableFilter& filter,
                                      const iceberg::Schema& schema,
                                      const iceberg::Field& field) {
  Converted converted = ConvertTableFilter(filter, schema, field);
  if (!converted.exact) {
    return {};
  }
  return std::move(converted.expression);
}

}  // namespace tarn::engine
