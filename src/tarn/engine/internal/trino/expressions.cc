// Literals, names, operators and predicates.
#include <algorithm>
#include <utility>

#include <duckdb/parser/expression/columnref_expression.hpp>
#include <duckdb/parser/expression/conjunction_expression.hpp>
#include <duckdb/parser/expression/constant_expression.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/expression/operator_expression.hpp>
#include <duckdb/parser/expression/subquery_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/system_tables/system_name.h"
#include "tarn/engine/internal/trino/literals.h"
#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/result_types.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/engine/internal/trino/types.h"

namespace tarn::engine::trino {

using duckdb::ExpressionType;
using duckdb::make_uniq;
using duckdb::Value;
using sql::Position;
namespace node = sql::node;
using Parsed = Translator::Parsed;
using Parseds = Translator::Parseds;

namespace {

constexpr int kDepthMax = 900;  // DuckDB's own limit is 1000

const char* OperatorName(node::BinaryOperator op) {
  switch (op) {
    case node::BinaryOperator::kAdd:
      return kAdd;
    case node::BinaryOperator::kSubtract:
      return kSubtract;
    case node::BinaryOperator::kMultiply:
      return kMultiply;
    case node::BinaryOperator::kDivide:
      return kDivide;
    case node::BinaryOperator::kModulus:
      return kModulus;
    case node::BinaryOperator::kConcat:
      return kConcat;
    case node::BinaryOperator::kEqual:
      return kEqual;
    case node::BinaryOperator::kNotEqual:
      return kNotEqual;
    case node::BinaryOperator::kLess:
      return kLess;
    case node::BinaryOperator::kLessOrEqual:
      return kLessOrEqual;
    case node::BinaryOperator::kGreater:
      return kGreater;
    case node::BinaryOperator::kGreaterOrEqual:
      return kGreaterOrEqual;
    default:
      return nullptr;  // IS [NOT] DISTINCT FROM
  }
}

ExpressionType ComparisonOf(node::BinaryOperator op) {
  switch (op) {
    case node::BinaryOperator::kNotEqual:
      return ExpressionType::COMPARE_NOTEQUAL;
    case node::BinaryOperator::kLess:
      return ExpressionType::COMPARE_LESSTHAN;
    case node::BinaryOperator::kLessOrEqual:
      return ExpressionType::COMPARE_LESSTHANOREQUALTO;
    case node::BinaryOperator::kGreater:
      return ExpressionType::COMPARE_GREATERTHAN;
    case node::BinaryOperator::kGreaterOrEqual:
      return ExpressionType::COMPARE_GREATERTHANOREQUALTO;
    default:
      return ExpressionType::COMPARE_EQUAL;
  }
}

/// The comparison that is true where `type` is false.
ExpressionType Opposite(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_NOTEQUAL:
      return ExpressionType::COMPARE_EQUAL;
    case ExpressionType::COMPARE_LESSTHAN:
      return ExpressionType::COMPARE_GREATERTHANOREQUALTO;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return ExpressionType::COMPARE_GREATERTHAN;
    case ExpressionType::COMPARE_GREATERTHAN:
      return ExpressionType::COMPARE_LESSTHANOREQUALTO;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return ExpressionType::COMPARE_LESSTHAN;
    default:
      return ExpressionType::COMPARE_NOTEQUAL;
  }
}

bool IsComparison(node::BinaryOperator op) { return op >= node::BinaryOperator::kEqual; }

bool IsChar(const sql::Expression& expression) {
  return WrittenType(expression).starts_with("char(");
}

Parsed Negated(bool is_negated, Parsed value) {
  if (!is_negated) {
    return value;
  }
  return make_uniq<duckdb::OperatorExpression>(ExpressionType::OPERATOR_NOT,
                                               std::move(value));
}

/// True if one can see that the value is a truth value.
bool IsTruth(const duckdb::ParsedExpression& value) {
  switch (value.GetExpressionClass()) {
    case duckdb::ExpressionClass::CONJUNCTION:
    case duckdb::ExpressionClass::COMPARISON:
      return true;
    case duckdb::ExpressionClass::CONSTANT:
      return value.Cast<duckdb::ConstantExpression>().value.type().id() ==
             duckdb::LogicalTypeId::BOOLEAN;
    case duckdb::ExpressionClass::OPERATOR:
      return value.GetExpressionType() == ExpressionType::OPERATOR_NOT ||
             value.GetExpressionType() == ExpressionType::OPERATOR_IS_NULL ||
             value.GetExpressionType() == ExpressionType::OPERATOR_IS_NOT_NULL;
    case duckdb::ExpressionClass::SUBQUERY:
      return value.Cast<duckdb::SubqueryExpression>().subquery_type !=
             duckdb::SubqueryType::SCALAR;
    case duckdb::ExpressionClass::FUNCTION: {
      constexpr std::string_view kNames[] = {
          kEqual,   kNotEqual, kLess,      kLessOrEqual, kGreater,    kGreaterOrEqual,
          kBetween, kInList,   kNotInList, kDistinct,    kNotDistinct};
      const auto& call = value.Cast<duckdb::FunctionExpression>();
      return call.schema == kTrinoSchema &&
             std::ranges::find(kNames, call.function_name) != std::end(kNames);
    }
    default:
      return false;
  }
}

/// a.b.c as names, outermost first; false if the base is no column.
bool CollectNames(const sql::Expression& expression, std::vector<std::string>* names) {
  if (const auto* column = std::get_if<node::Column>(&expression.node)) {
    names->push_back(column->name.text);
    return true;
  }
  const auto* field = std::get_if<node::Dereference>(&expression.node);
  if (field == nullptr || !CollectNames(*field->base, names)) {
    return false;
  }
  names->push_back(field->field.text);
  return true;
}

}  // namespace

Parsed Constant(Value value) {
  return make_uniq<duckdb::ConstantExpression>(std::move(value));
}

Parsed Operator(const char* name, Parseds arguments) {
  return make_uniq<duckdb::FunctionExpression>(SYSTEM_CATALOG, kTrinoSchema, name,
                                               std::move(arguments));
}

Parsed BuiltIn(const char* name, Parseds arguments) {
  return make_uniq<duckdb::FunctionExpression>(SYSTEM_CATALOG, DEFAULT_SCHEMA, name,
                                               std::move(arguments));
}

Parsed Truth(Parsed value, const char* what) {
  return IsTruth(*value)
             ? std::move(value)
             : Operator(kTruth, List(std::move(value), Constant(Value(what))));
}

std::string Folded(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return folded;
}

Translator::Translator(std::string_view text, SessionFacts facts)
    : text_(text), facts_(std::move(facts)) {
  lines_.push_back(0);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      lines_.push_back(i + 1);
    }
  }
}

size_t Translator::OffsetOf(const Position& at) const {
  const auto line = static_cast<size_t>(at.line - 1);
  if (line >= lines_.size()) {
    return 0;
  }
  size_t offset = lines_[line];
  for (int32_t column = 1; column < at.column && offset < text_.size(); ++column) {
    ++offset;
    while (offset < text_.size() &&
           (static_cast<unsigned char>(text_[offset]) & 0xC0U) == 0x80U) {
      ++offset;
    }
  }
  return offset;
}

Parsed Translator::At(Parsed expression, const Position& at) const {
  expression->SetQueryLocation(OffsetOf(at));
  return expression;
}

void Translator::Fail(ErrorCode code, const Position& at,
                      const std::string& message) const {
  ThrowStatus(
      MakeError(code, fmt::format("line {}:{}: {}", at.line, at.column, message)));
}

void Translator::Refuse(const Position& at, const std::string& what) const {
  Fail(ErrorCode::kNotSupported, at, what + " is not supported");
}

Parsed Translator::Translate(const sql::ExpressionPtr& expression) {
  if (++depth_ > kDepthMax) {
    Fail(ErrorCode::kNotSupported, expression->at, "An expression nested so deeply");
  }
  Parsed result = std::visit([&](const auto& node) { return Run(node, expression->at); },
                             expression->node);
  --depth_;
  return At(std::move(result), expression->at);
}

Parsed Translator::Run(const node::Null&, const Position&) { return Constant(Value()); }

Parsed Translator::Run(const node::Boolean& node, const Position&) {
  return Constant(Value::BOOLEAN(node.value));
}

Parsed Translator::Run(const node::Integer& node, const Position& at) {
  return Constant(ValueAt(IntegerValue(node.text), at));
}

Parsed Translator::Run(const node::Decimal& node, const Position& at) {
  return Constant(ValueAt(DecimalValue(node.text), at));
}

Parsed Translator::Run(const node::Double& node, const Position& at) {
  return Constant(ValueAt(DoubleValue(node.text), at));
}

Parsed Translator::Run(const node::String& node, const Position&) {
  return Constant(Value(node.value));
}

Parsed Translator::Run(const node::Bytes& node, const Position&) {
  return Constant(Value::BLOB_RAW(node.bytes));
}

Parsed Translator::Run(const node::Interval& node, const Position& at) {
  return Constant(ValueAt(IntervalValue(node), at));
}

Parsed Translator::Run(const node::Parameter& node, const Position& at) {
  const auto index = static_cast<size_t>(node.index);
  if (index >= facts_.parameters.size()) {
    Fail(ErrorCode::kInvalidArgument, at,
         fmt::format("Incorrect number of parameters: expected at least {} but found {}",
                     index + 1, facts_.parameters.size()));
  }
  return Translate(facts_.parameters[index]);
}

Parsed Translator::Run(const node::Column& node, const Position&) {
  const std::string folded = Folded(node.name.text);
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    const auto found = scope->find(folded);
    if (found != scope->end()) {
      return found->second->Copy();
    }
  }
  return make_uniq<duckdb::ColumnRefExpression>(node.name.text);
}

Parsed Translator::Run(const node::Dereference& node, const Position& at) {
  std::vector<std::string> names;
  bool is_name = CollectNames(*node.base, &names);
  for (const auto& scope : scopes_) {
    is_name = is_name && !scope.contains(Folded(names.front()));
  }
  if (is_name) {
    names.push_back(node.field.text);
    system_tables::DropSystemSchema(facts_, &names);
    return make_uniq<duckdb::ColumnRefExpression>(
        duckdb::vector<duckdb::string>(names.begin(), names.end()));
  }
  static_cast<void>(at);
  return BuiltIn("struct_extract",
                 List(Translate(node.base), Constant(Value(node.field.text))));
}

Parsed Translator::Run(const node::Subscript& node, const Position&) {
  return Operator(kSubscript, List(Translate(node.base), Translate(node.index)));
}

Parsed Translator::Run(const node::Unary& node, const Position&) {
  switch (node.op) {
    case node::UnaryOperator::kMinus:
      return Operator(kNegate, List(Translate(node.value)));
    case node::UnaryOperator::kNot:
      return Negated(true,
                     Truth(Translate(node.value), "Value of logical NOT expression"));
    default:
      return Translate(node.value);
  }
}

Parsed Translator::Run(const node::Binary& node, const Position&) {
  Parsed left = Translate(node.left);
  Parsed right = Translate(node.right);
  if (IsComparison(node.op) && (IsChar(*node.left) || IsChar(*node.right))) {
    left = BuiltIn("rtrim", List(std::move(left)));  // blanks at the end do not count
    right = BuiltIn("rtrim", List(std::move(right)));
  }
  if (const char* name = OperatorName(node.op)) {
    return Operator(name, List(std::move(left), std::move(right)));
  }
  const bool is_distinct = node.op == node::BinaryOperator::kDistinctFrom;
  return Operator(is_distinct ? kDistinct : kNotDistinct,
                  List(std::move(left), std::move(right)));
}

Parsed Translator::Run(const node::Logical& node, const Position&) {
  Parseds terms;
  for (const auto& term : node.terms) {
    terms.push_back(Truth(Translate(term), "Logical expression term"));
  }
  return make_uniq<duckdb::ConjunctionExpression>(
      node.is_and ? ExpressionType::CONJUNCTION_AND : ExpressionType::CONJUNCTION_OR,
      std::move(terms));
}

Parsed Translator::Run(const node::Quantified& node, const Position&) {
  const bool is_all = node.quantifier == node::Quantifier::kAll;
  auto subquery = make_uniq<duckdb::SubqueryExpression>();
  subquery->subquery_type = duckdb::SubqueryType::ANY;
  subquery->comparison_type =
      is_all ? Opposite(ComparisonOf(node.op)) : ComparisonOf(node.op);
  subquery->child = Translate(node.value);
  subquery->subquery = Wrapped(node.query);
  return Negated(is_all, std::move(subquery));
}

Parsed Translator::Run(const node::Between& node, const Position&) {
  return Negated(node.is_negated,
                 Operator(kBetween, List(Translate(node.value), Translate(node.low),
                                         Translate(node.high))));
}

Parsed Translator::Run(const node::InList& node, const Position&) {
  Parseds children = List(Translate(node.value));
  for (const auto& value : node.list) {
    children.push_back(Translate(value));
  }
  return Operator(node.is_negated ? kNotInList : kInList, std::move(children));
}

Parsed Translator::Run(const node::InQuery& node, const Position&) {
  auto subquery = make_uniq<duckdb::SubqueryExpression>();
  subquery->subquery_type = duckdb::SubqueryType::ANY;
  subquery->comparison_type = ExpressionType::COMPARE_EQUAL;
  subquery->child = Translate(node.value);
  subquery->subquery = Wrapped(node.query);
  return Negated(node.is_negated, std::move(subquery));
}

Parsed Translator::Run(const node::Like& node, const Position&) {
  Parseds arguments = List(Translate(node.value), Translate(node.pattern));
  const char* name = node.is_negated ? "!~~" : "~~";
  if (node.escape != nullptr) {
    Parsed escape = Translate(node.escape);
    arguments[1] =
        Operator("escaped_pattern", List(std::move(arguments[1]), escape->Copy()));
    arguments.push_back(std::move(escape));
    name = node.is_negated ? "not_like_escape" : "like_escape";
  }
  return BuiltIn(name, std::move(arguments));
}

Parsed Translator::Run(const node::IsNull& node, const Position&) {
  return make_uniq<duckdb::OperatorExpression>(node.is_negated
                                                   ? ExpressionType::OPERATOR_IS_NOT_NULL
                                                   : ExpressionType::OPERATOR_IS_NULL,
                                               Translate(node.value));
}

Parsed Translator::Run(const node::Exists& node, const Position&) {
  auto subquery = make_uniq<duckdb::SubqueryExpression>();
  subquery->subquery_type = duckdb::SubqueryType::EXISTS;
  subquery->subquery = Wrapped(node.query);
  return subquery;
}

Parsed Translator::Run(const node::Subquery& node, const Position&) {
  auto subquery = make_uniq<duckdb::SubqueryExpression>();
  subquery->subquery_type = duckdb::SubqueryType::SCALAR;
  subquery->subquery = Wrapped(node.query);
  return subquery;
}

Parsed Translator::Run(const node::Case& node, const Position&) {
  Parsed operand = node.operand == nullptr ? nullptr : Translate(node.operand);
  Parseds parts;
  for (const node::When& when : node.whens) {
    Parsed condition = Translate(when.condition);
    parts.push_back(operand == nullptr
                        ? std::move(condition)
                        : Operator(kEqual, List(operand->Copy(), std::move(condition))));
    parts.push_back(Translate(when.result));
  }
  parts.push_back(node.otherwise == nullptr ? Constant(Value())
                                            : Translate(node.otherwise));
  return Operator(kCase, std::move(parts));
}

Parsed Translator::Run(const node::Array& node, const Position&) {
  Parseds values;
  for (const auto& value : node.values) {
    values.push_back(Translate(value));
  }
  return values.empty() ? BuiltIn("list_value", {}) : Operator(kArray, std::move(values));
}

Parsed Translator::Run(const node::Row& node, const Position&) {
  Parseds values;
  for (const auto& value : node.values) {
    values.push_back(Translate(value));
  }
  return BuiltIn("row", std::move(values));
}

}  // namespace tarn::engine::trino
