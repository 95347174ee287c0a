// JSON_EXISTS, JSON_VALUE and JSON_QUERY: what a path finds (json_items), and what the
// clauses say of nothing, of errors and of wrapping. JSON_OBJECT and JSON_ARRAY.
#include <algorithm>
#include <utility>

#include <duckdb/parser/expression/case_expression.hpp>
#include <duckdb/parser/expression/cast_expression.hpp>
#include <duckdb/parser/expression/comparison_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/translator.h"
#include "tarn/engine/internal/trino/types.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace node = sql::node;
using Parsed = Translator::Parsed;
using Parseds = Translator::Parseds;

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

/// An error when it is asked for; `input` keeps it from being asked earlier.
Parsed Failure(const char* name, const char* message, const Parsed& input) {
  return Operator("json_failure", List(Constant(Value(name)), Constant(Value(message)),
                                       make_uniq<duckdb::CastExpression>(
                                           LogicalType::VARCHAR, input->Copy())));
}

Parsed FailureOf(node::JsonFunction function, const char* what, const Parsed& input) {
  return function == node::JsonFunction::kValue
             ? Failure("JSON_VALUE_RESULT_ERROR", what, input)
             : Failure("JSON_OUTPUT_CONVERSION_ERROR", what, input);
}

/// Types that JSON_VALUE may return beside varchar: a number or a text becomes them by
/// the cast that there is for text.
bool MayReturn(const sql::TypeName& type) {
  constexpr std::string_view kNames[] = {
      "varchar", "boolean", "tinyint", "smallint", "integer", "int",  "bigint",
      "real",    "double",  "decimal", "date",     "char",    "time", "timestamp"};
  return std::ranges::find(kNames, type.name) != std::end(kNames);
}

}  // namespace

std::string CanonicalName(const sql::Name& name) {
  std::string text = name.text;
  if (!name.is_quoted) {
    std::ranges::transform(text, text.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  }
  return text;
}

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
      Refuse(at, "ERROR here");
    default:
      return Constant(Value());
  }
}

Parsed Translator::Run(const node::JsonPath& call, const Position& at) {
  if (!call.returning_format.empty()) {
    Refuse(at, "RETURNING of this type");
  }
  Parsed input = Translate(call.input.value);
  Parseds looked = List(input->Copy(), Constant(Value(call.path)));
  if (!call.passing.empty()) {
    looked.push_back(JsonVariables(call.passing));
  }
  Parsed items = Operator("json_items", std::move(looked));
  Parsed result = JsonResult(call, std::move(input), std::move(items), at);
  const bool is_cut =
      call.function == node::JsonFunction::kQuery && !IsText(call.returning);
  return is_cut ? CastTo(*call.returning, std::move(result)) : std::move(result);
}

void Translator::CheckJsonResult(const node::JsonPath& call, const Position& at) const {
  const bool wraps = call.wrapper == node::JsonWrapper::kConditional ||
                     call.wrapper == node::JsonWrapper::kUnconditional;
  if (wraps && call.quotes != node::JsonQuotes::kUnsaid) {
    Fail(ErrorCode::kInvalidArgument, at,
         fmt::format(
             "INVALID_FUNCTION_ARGUMENT: {} QUOTES behavior specified with WITH {} "
             "ARRAY WRAPPER behavior",
             call.quotes == node::JsonQuotes::kKeep ? "KEEP" : "OMIT",
             call.wrapper == node::JsonWrapper::kConditional ? "CONDITIONAL"
                                                             : "UNCONDITIONAL"));
  }
  if (IsText(call.returning)) {
    return;
  }
  const sql::TypeName& type = *call.returning;
  if (call.function == node::JsonFunction::kValue) {
    if (!type.children.empty() || type.name == "json") {
      Fail(ErrorCode::kTypeMismatch, at,
           "Invalid return type of function JSON_VALUE: " + NameOf(type));
    }
    if (!MayReturn(type)) {
      Refuse(at, "RETURNING of this type");
    }
  } else if (type.name == "char" || type.name == "varbinary") {
    Refuse(at, "RETURNING of this type");
  } else if (type.name != "varchar") {
    Fail(ErrorCode::kTypeMismatch, at,
         fmt::format("Cannot output JSON value as {} using formatting JSON",
                     NameOf(type)));
  }
}

Parsed Translator::JsonResult(const node::JsonPath& call, Parsed input, Parsed items,
                              const Position& at) {
  const bool is_value = call.function == node::JsonFunction::kValue;
  CheckJsonResult(call, at);
  const auto returned = [&](Parsed failure) -> Parsed {
    if (IsText(call.returning)) {
      return failure;
    }
    return make_uniq<duckdb::CastExpression>(ValueAt(TypeOf(*call.returning), at),
                                             std::move(failure));
  };
  const auto fallback = [&](node::JsonBehavior behavior,
                            const sql::ExpressionPtr& otherwise, const char* what) {
    if (behavior == node::JsonBehavior::kError) {
      return returned(FailureOf(call.function, what, input));
    }
    return JsonFallback(behavior, otherwise, at);
  };
  const auto on_error = [&](const char* what) {
    return fallback(call.on_error, call.error_default, what);
  };
  if (call.function == node::JsonFunction::kExists) {
    return JsonExists(call, std::move(input), std::move(items), at);
  }
  Choice choice;
  choice.When(IsNull(input->Copy()), Constant(Value()));
  const bool fails = call.on_error == node::JsonBehavior::kError;
  choice
      .When(IsNull(items->Copy()),
            fails ? returned(
                        Failure("PATH_EVALUATION_ERROR", "path evaluation failed", input))
                  : on_error("path evaluation failed"))
      .When(CountIs(items, ExpressionType::COMPARE_EQUAL, 0),
            fallback(call.on_empty, call.empty_default,
                     is_value ? "cannot extract SQL scalar from JSON: JSON path found no "
                                "items"
                              : "conversion from JSON failed: JSON path found no items"));
  if (call.wrapper == node::JsonWrapper::kUnconditional) {
    return choice.Else(WrappedItems(items));
  }
  const bool may_wrap = call.wrapper == node::JsonWrapper::kConditional;
  choice.When(CountIs(items, ExpressionType::COMPARE_GREATERTHAN, 1),
              may_wrap
                  ? WrappedItems(items)
                  : on_error(is_value ? "cannot extract SQL scalar from JSON: JSON path "
                                        "found multiple items"
                                      : "conversion from JSON failed: JSON path found "
                                        "multiple items"));
  Parsed is_scalar = Operator("is_json_scalar", List(First(items)));
  if (call.function == node::JsonFunction::kQuery) {
    if (may_wrap) {
      choice.When(std::move(is_scalar), WrappedItems(items));
    } else if (call.quotes == node::JsonQuotes::kOmit) {
      Parsed is_text = BuiltIn("prefix", List(First(items), Constant(Value("\""))));
      choice.When(std::move(is_text), Operator("json_item_text", List(First(items))));
    }
    return choice.Else(First(items));
  }
  Parsed scalar =
      JsonScalar(call, items, on_error("cannot extract SQL scalar from JSON"));
  return choice.When(std::move(is_scalar), std::move(scalar))
      .Else(on_error("cannot extract SQL scalar from JSON"));
}

/// The values of PASSING as one JSON object by their names: those without quotes are in
/// upper case, as Trino's names are.
Parsed Translator::JsonVariables(const std::vector<node::JsonArgument>& passing) {
  Parseds parts = List(Constant(Value("null")));
  for (const node::JsonArgument& argument : passing) {
    const bool is_json = !argument.format.empty();
    parts.push_back(Constant(Value(CanonicalName(*argument.name))));
    parts.push_back(Operator(is_json ? "json_as_written" : "json_member",
                             List(Translate(argument.value))));
  }
  return Operator("make_json_object", std::move(parts));
}

Parsed Translator::JsonExists(const node::JsonPath& call, Parsed input, Parsed items,
                              const Position& at) {
  Parsed otherwise;
  if (call.on_error == node::JsonBehavior::kUnsaid) {
    otherwise = Constant(Value::BOOLEAN(false));
  } else if (call.on_error == node::JsonBehavior::kError) {
    otherwise = make_uniq<duckdb::CastExpression>(
        LogicalType::BOOLEAN,
        Failure("PATH_EVALUATION_ERROR", "path evaluation failed", input));
  } else {
    otherwise = JsonFallback(call.on_error, call.error_default, at);
  }
  return Choice()
      .When(IsNull(std::move(input)), Constant(Value()))
      .When(IsNull(items->Copy()), std::move(otherwise))
      .Else(CountIs(items, ExpressionType::COMPARE_GREATERTHAN, 0));
}

/// The text of the one item, in the type that RETURNING says; `otherwise` if it has none.
Parsed Translator::JsonScalar(const node::JsonPath& call, const Parsed& items,
                              Parsed otherwise) {
  Parsed text = Operator("json_item_text", List(First(items)));
  if (IsText(call.returning)) {
    return text;
  }
  const auto cast_to = [](const sql::TypeName& type, const Parsed& value) {
    return make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_TRY,
                                                 CastTo(type, value->Copy()));
  };
  Parsed value = cast_to(*call.returning, text);
  // A number with a fraction is rounded, a text of one is refused, as casts do.
  Parsed rounded =
      cast_to(*call.returning, CastTo(sql::TypeName{.name = "double"}, text->Copy()));
  Parsed is_text = BuiltIn("prefix", List(First(items), Constant(Value("\""))));
  Choice number;
  number.When(std::move(is_text), Constant(Value()));
  duckdb::vector<Parsed> tries;
  tries.push_back(std::move(value));
  const bool is_integer =
      call.returning->name.ends_with("int") || call.returning->name == "integer";
  if (is_integer) {
    tries.push_back(number.Else(std::move(rounded)));
  }
  tries.push_back(std::move(otherwise));
  Parsed converted = make_uniq<duckdb::OperatorExpression>(
      ExpressionType::OPERATOR_COALESCE, std::move(tries));
  return Choice()
      .When(IsNull(std::move(text)), Constant(Value()))
      .Else(std::move(converted));
}

Parsed Translator::Run(const node::JsonConstructor& call, const Position& at) {
  if (!IsText(call.returning) || !call.returning_format.empty()) {
    Refuse(at, "RETURNING in JSON_OBJECT and JSON_ARRAY");
  }
  const bool keeps_nulls = call.nulls == node::JsonNulls::kNull ||
                           (call.is_object && call.nulls == node::JsonNulls::kUnsaid);
  std::string clauses = keeps_nulls ? "null" : "absent";
  clauses += call.unique_keys.value_or(false) ? " unique" : "";
  Parseds parts = List(Constant(Value(clauses)));
  for (const node::JsonMember& member : call.members) {
    if (member.key != nullptr) {
      parts.push_back(Translate(member.key));
    }
    const sql::Expression& value = *member.value.value;
    const bool is_json = !member.value.format.empty() ||
                         std::holds_alternative<node::JsonConstructor>(value.node);
    if (member.value.format.find("encoding") != std::string::npos) {
      Refuse(at, "FORMAT JSON ENCODING");
    }
    parts.push_back(Operator(is_json ? "json_as_written" : "json_member",
                             List(Translate(member.value.value))));
  }
  return Operator(call.is_object ? "make_json_object" : "make_json_array",
                  std::move(parts));
}

}  // namespace tarn::engine::trino
