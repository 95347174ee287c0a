// JSON_EXISTS, JSON_VALUE and JSON_QUERY: what a path finds (json_items), and what the
// clauses say of nothing, of errors and of wrapping.
#include <utility>

#include <duckdb/parser/expression/case_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>

#include "tarn/engine/internal/trino/translator.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace node = sql::node;
using Parsed = Translator::Parsed;

namespace {

/// CASE WHEN … with an ELSE at the end.
class Choice {
 public:
  Choice& When(Parsed condition, Parsed result) {
    duckdb::CaseCheck check;
    check.when_expr = std::move(condition);
    check.then_expr = std::move(result);
    case_->case_checks.push_back(std::move(check));
    return *this;
  }
  Parsed Else(Parsed result) {
    case_->else_expr = std::move(result);
    return std::move(case_);
  }

 private:
  duckdb::unique_ptr<duckdb::CaseExpression> case_ = make_uniq<duckdb::CaseExpression>();
};

Parsed IsNull(Parsed value) {
  return make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_IS_NULL,
                                               std::move(value));
}

/// len(items) <op> number
Parsed CountIs(const Parsed& items, ExpressionType op, int64_t number) {
  return make_uniq<duckdb::ComparisonExpression>(op, BuiltIn("len", List(items->Copy())),
                                                 Constant(Value::BIGINT(number)));
}

Parsed First(const Parsed& items) {
  return BuiltIn("list_extract", List(items->Copy(), Constant(Value::BIGINT(1))));
}

Parsed WrappedItems(const Parsed& items) {
  Parsed joined = BuiltIn("array_to_string", List(items->Copy(), Constant(Value(","))));
  return BuiltIn("concat",
                 List(Constant(Value("[")), std::move(joined), Constant(Value("]"))));
}

bool IsText(const std::optional<sql::TypeName>& type) {
  return !type.has_value() || (type->name == "varchar" && type->arguments.empty());
}

}  // namespace

Parsed Translator::JsonFallback(node::JsonBehavior behavior,
                                const sql::ExpressionPtr& otherwise, const Position& at) {
  switch (behavior) {
    case node::JsonBehavior::kDefault:
      return Translate(otherwise);
    case node::JsonBehavior::kEmptyArray:
      return Constant(Value("[]"));
    case node::JsonBehavior::kEmptyObject:
      return Constant(Value("{}"));
    case node::JsonBehavior::kTrue:
      return Constant(Value::BOOLEAN(true));
    case node::JsonBehavior::kFalse:
      return Constant(Value::BOOLEAN(false));
    case node::JsonBehavior::kError:
      Refuse(at, "ERROR ON EMPTY or ERROR ON ERROR");
    default:
      return Constant(Value());
  }
}

Parsed Translator::Run(const node::JsonPath& call, const Position& at) {
  if (!call.passing.empty() || !IsText(call.returning) ||
      call.quotes == node::JsonQuotes::kOmit) {
    Refuse(at, "PASSING, RETURNING of other types than varchar, or OMIT QUOTES");
  }
  Parsed input = Translate(call.input.value);
  Parsed items = Operator("json_items", List(input->Copy(), Constant(Value(call.path))));
  const auto on_error = [&] {
    const bool is_false = call.function == node::JsonFunction::kExists &&
                          call.on_error == node::JsonBehavior::kUnsaid;
    return JsonFallback(is_false ? node::JsonBehavior::kFalse : call.on_error,
                        call.error_default, at);
  };
  Choice choice;
  choice.When(IsNull(std::move(input)), Constant(Value()))
      .When(IsNull(items->Copy()), on_error());
  if (call.function == node::JsonFunction::kExists) {
    return choice.Else(CountIs(items, ExpressionType::COMPARE_GREATERTHAN, 0));
  }
  choice.When(CountIs(items, ExpressionType::COMPARE_EQUAL, 0),
              JsonFallback(call.on_empty, call.empty_default, at));
  if (call.wrapper == node::JsonWrapper::kUnconditional) {
    return choice.Else(WrappedItems(items));
  }
  const bool may_wrap = call.wrapper == node::JsonWrapper::kConditional;
  choice.When(CountIs(items, ExpressionType::COMPARE_GREATERTHAN, 1),
              may_wrap ? WrappedItems(items) : on_error());
  Parsed is_scalar = Operator("is_json_scalar", List(First(items)));
  if (call.function == node::JsonFunction::kQuery) {
    return may_wrap
               ? choice.When(std::move(is_scalar), WrappedItems(items)).Else(First(items))
               : choice.Else(First(items));
  }
  return choice.When(std::move(is_scalar), Operator("json_item_text", List(First(items))))
      .Else(on_error());
}

}  // namespace tarn::engine::trino
