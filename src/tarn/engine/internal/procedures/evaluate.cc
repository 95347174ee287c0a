#include "tarn/engine/internal/procedures/evaluate.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <duckdb/main/connection.hpp>
#include <duckdb/main/materialized_query_result.hpp>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/emptytableref.hpp>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/procedures/bind_arguments.h"
#include "tarn/sql/filter.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/printer.h"

namespace tarn::engine::procedures {
namespace {

namespace node = sql::node;
using duckdb::LogicalType;
using duckdb::Value;
using Values = duckdb::vector<Value>;

Status NotConstant(const sql::Position& at, const std::string& why) {
  return CallError("INVALID_PROCEDURE_ARGUMENT", at, "Not a constant expression: " + why);
}

Result<Value> ListOf(Values values) {
  LogicalType type = values.empty() ? LogicalType::VARCHAR : values[0].type();
  for (const Value& value : values) {
    if (value.type() != type) {
      type = LogicalType::VARCHAR;
    }
  }
  for (Value& value : values) {
    value = value.DefaultCastAs(type);
  }
  return Value::LIST(type, std::move(values));
}

/// Spark's map('k', 'v', …), and map(ARRAY[…], ARRAY[…]).
Result<Value> MapOf(Values arguments, const sql::Position& at) {
  Values keys;
  Values values;
  const bool has_lists = arguments.size() == 2 &&
                         arguments[0].type().id() == duckdb::LogicalTypeId::LIST &&
                         arguments[1].type().id() == duckdb::LogicalTypeId::LIST;
  if (has_lists) {
    keys = duckdb::ListValue::GetChildren(arguments[0]);
    values = duckdb::ListValue::GetChildren(arguments[1]);
  } else {
    for (size_t i = 0; i < arguments.size(); ++i) {
      (i % 2 == 0 ? keys : values).push_back(arguments[i]);
    }
  }
  if (keys.size() != values.size()) {
    return NotConstant(at, "a map needs a value for each of its keys");
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].IsNull() || values[i].IsNull()) {
      return NotConstant(at, "a map of options holds no nulls");
    }
    keys[i] = Value(keys[i].ToString());
    values[i] = Value(values[i].ToString());
  }
  return Value::MAP(LogicalType::VARCHAR, LogicalType::VARCHAR, std::move(keys),
                    std::move(values));
}

Result<Values> EvaluateAll(const Evaluation& evaluation,
                           const std::vector<sql::ExpressionPtr>& expressions) {
  Values values;
  for (const sql::ExpressionPtr& expression : expressions) {
    ARROW_ASSIGN_OR_RAISE(Value value, Evaluate(evaluation, expression));
    values.push_back(std::move(value));
  }
  return values;
}

/// The arguments of a call of `name` alone; unset for other expressions.
std::optional<std::vector<sql::ExpressionPtr>> ArgumentsOf(
    const sql::Expression& expression, std::string_view name) {
  const auto* const call = std::get_if<node::Call>(&expression.node);
  if (call == nullptr || call->name.size() != 1 ||
      trino::Folded(call->name[0].text) != name) {
    return {};
  }
  std::vector<sql::ExpressionPtr> arguments;
  for (const node::Argument& argument : call->arguments) {
    arguments.push_back(argument.value);
  }
  return arguments;
}

Result<Value> EvaluateByEngine(const Evaluation& evaluation,
                               const sql::ExpressionPtr& expression) {
  if (std::holds_alternative<node::Column>(expression->node)) {
    return NotConstant(expression->at,
                       "a column; texts stand in single quotes: " +
                           std::get<node::Column>(expression->node).name.text);
  }
  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  select->from_table = duckdb::make_uniq<duckdb::EmptyTableRef>();
  select->select_list.push_back(
      trino::Translator(evaluation.text, evaluation.facts).Translate(expression));
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(select);
  const auto result = evaluation.connection.Query(std::move(statement));
  if (result->HasError()) {
    return NotConstant(expression->at,
                       StatusOf(result->GetErrorObject(), evaluation.text).message());
  }
  return result->GetValue(0, 0);
}

/// True for what compares a column that stands before it.
bool ComparesColumn(const sql::Token& token) {
  constexpr std::array<std::string_view, 14> kWords = {
      "=",  "==", "<>", "!=", "<",   "<=",   ">",
      ">=", ".",  "is", "in", "not", "like", "between"};
  const std::string word = trino::Folded(token.text);
  for (const std::string_view known : kWords) {
    if (word == known) {
      return token.kind != sql::TokenKind::kString;
    }
  }
  return false;
}

}  // namespace

Result<Value> Evaluate(const Evaluation& evaluation,
                       const sql::ExpressionPtr& expression) {
  const sql::ExpressionNode& tree = expression->node;
  if (const auto* text = std::get_if<node::String>(&tree)) {
    return Value(text->value);
  }
  if (const auto* boolean = std::get_if<node::Boolean>(&tree)) {
    return Value::BOOLEAN(boolean->value);
  }
  if (std::holds_alternative<node::Null>(tree)) {
    return Value();
  }
  if (const auto* array = std::get_if<node::Array>(&tree)) {
    ARROW_ASSIGN_OR_RAISE(Values values, EvaluateAll(evaluation, array->values));
    return ListOf(std::move(values));
  }
  if (const auto elements = ArgumentsOf(*expression, "array")) {
    ARROW_ASSIGN_OR_RAISE(Values values, EvaluateAll(evaluation, *elements));
    return ListOf(std::move(values));
  }
  if (const auto entries = ArgumentsOf(*expression, "map")) {
    ARROW_ASSIGN_OR_RAISE(Values values, EvaluateAll(evaluation, *entries));
    return MapOf(std::move(values), expression->at);
  }
  return EvaluateByEngine(evaluation, expression);
}

Result<iceberg::Expression> FilterOf(const sql::ExpressionPtr& where) {
  auto filter = sql::ParseFilter(sql::PrintExpression(*where));
  if (!filter.ok()) {
    return MakeError(ErrorCode::kNotSupported,
                     "line " + std::to_string(where->at.line) + ":" +
                         std::to_string(where->at.column) +
                         ": WHERE must compare columns with literals: " +
                         sql::PrintExpression(*where));
  }
  return filter;
}

Result<iceberg::Expression> FilterOfText(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<sql::Token> tokens, sql::Tokenize(text));
  std::string rewritten;
  size_t taken = 0;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const sql::Token& token = tokens[i];
    const bool is_text = token.kind == sql::TokenKind::kQuotedName &&
                         text[token.offset] == '"' && !ComparesColumn(tokens[i + 1]) &&
                         i > 0 && tokens[i - 1].text != ".";
    if (!is_text) {
      continue;
    }
    rewritten += text.substr(taken, token.offset - taken) + "'";
    for (const char c : token.text) {
      rewritten += c == '\'' ? "''" : std::string(1, c);
    }
    rewritten += "'";
    taken = token.end;
  }
  return sql::ParseFilter(rewritten + text.substr(taken));
}

}  // namespace tarn::engine::procedures
