#include "tarn/iceberg/expression.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/expression_fold.h"

namespace tarn::iceberg {

Operation internal::Negated(Operation op) {
  switch (op) {
    case Operation::kTrue:
      return Operation::kFalse;
    case Operation::kFalse:
      return Operation::kTrue;
    case Operation::kAnd:
      return Operation::kOr;
    case Operation::kOr:
      return Operation::kAnd;
    case Operation::kNot:
      break;
    case Operation::kIsNull:
      return Operation::kNotNull;
    case Operation::kNotNull:
      return Operation::kIsNull;
    case Operation::kIsNaN:
      return Operation::kNotNaN;
    case Operation::kNotNaN:
      return Operation::kIsNaN;
    case Operation::kLess:
      return Operation::kGreaterEqual;
    case Operation::kLessEqual:
      return Operation::kGreater;
    case Operation::kGreater:
      return Operation::kLessEqual;
    case Operation::kGreaterEqual:
      return Operation::kLess;
    case Operation::kEqual:
      return Operation::kNotEqual;
    case Operation::kNotEqual:
      return Operation::kEqual;
    case Operation::kStartsWith:
      return Operation::kNotStartsWith;
    case Operation::kNotStartsWith:
      return Operation::kStartsWith;
    case Operation::kIn:
      return Operation::kNotIn;
    case Operation::kNotIn:
      return Operation::kIn;
  }
  TARN_CHECK(op != Operation::kNot);
  return op;
}

namespace {

using internal::Negated;

Expression Constant(Operation op) {
  Expression result;
  result.op = op;
  return result;
}

Expression WithChildren(Operation op, std::vector<Expression> children) {
  Expression result;
  result.op = op;
  result.children = std::make_shared<const std::vector<Expression>>(std::move(children));
  return result;
}

/// And or Or of two expressions: `neutral` is the constant that drops out, the other one
/// wins.
Expression Junction(Operation op, Operation neutral, Expression left, Expression right) {
  const Operation dominant =
      neutral == Operation::kTrue ? Operation::kFalse : Operation::kTrue;
  if (left.op == dominant || right.op == dominant) {
    return Constant(dominant);
  }
  if (left.op == neutral) {
    return right;
  }
  if (right.op == neutral) {
    return left;
  }
  std::vector<Expression> children;
  for (Expression* side : {&left, &right}) {
    if (side->op == op) {
      children.insert(children.end(), side->children->begin(), side->children->end());
    } else {
      children.push_back(std::move(*side));
    }
  }
  return WithChildren(op, std::move(children));
}

Expression PushNotDown(const Expression& expression, bool negate) {
  switch (expression.op) {
    case Operation::kNot:
      return PushNotDown(expression.children->front(), !negate);
    case Operation::kAnd:
    case Operation::kOr: {
      const bool conjunction = (expression.op == Operation::kAnd) != negate;
      Expression result = conjunction ? AlwaysTrue() : AlwaysFalse();
      for (const Expression& child : *expression.children) {
        Expression pushed = PushNotDown(child, negate);
        result = conjunction ? And(std::move(result), std::move(pushed))
                             : Or(std::move(result), std::move(pushed));
      }
      return result;
    }
    default: {
      Expression result = expression;
      if (negate) {
        result.op = Negated(expression.op);
      }
      return result;
    }
  }
}

std::string_view Symbol(Operation op) {
  switch (op) {
    case Operation::kTrue:
      return "true";
    case Operation::kFalse:
      return "false";
    case Operation::kAnd:
      return " AND ";
    case Operation::kOr:
      return " OR ";
    case Operation::kNot:
      return "NOT ";
    case Operation::kIsNull:
      return " IS NULL";
    case Operation::kNotNull:
      return " IS NOT NULL";
    case Operation::kIsNaN:
      return " IS NAN";
    case Operation::kNotNaN:
      return " IS NOT NAN";
    case Operation::kLess:
      return " < ";
    case Operation::kLessEqual:
      return " <= ";
    case Operation::kGreater:
      return " > ";
    case Operation::kGreaterEqual:
      return " >= ";
    case Operation::kEqual:
      return " = ";
    case Operation::kNotEqual:
      return " <> ";
    case Operation::kStartsWith:
      return " STARTS WITH ";
    case Operation::kNotStartsWith:
      return " NOT STARTS WITH ";
    case Operation::kIn:
      return " IN ";
    case Operation::kNotIn:
      return " NOT IN ";
  }
  return "?";
}

bool IsQuoted(TypeId id) {
  switch (id) {
    case TypeId::kBoolean:
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kDecimal:
      return false;
    default:
      return true;
  }
}

std::string LiteralToString(const Type& type, const Value& value) {
  if (IsNull(value)) {
    return "NULL";
  }
  const std::string text = ValueToString(type, value);
  if (!IsQuoted(type.id())) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += '\'';
    }
    quoted += c;
  }
  return quoted + "'";
}

/// "id", or "bucket[16](id)" when a transform applies.
std::string TermToString(const Expression& predicate) {
  if (std::holds_alternative<Identity>(predicate.transform)) {
    return predicate.column;
  }
  return TransformToString(predicate.transform) + "(" + predicate.column + ")";
}

std::string PredicateToString(const Expression& predicate) {
  std::string text = TermToString(predicate) + std::string(Symbol(predicate.op));
  const Type& type = predicate.is_bound() ? predicate.type : predicate.literal_type;
  const bool is_set = predicate.op == Operation::kIn || predicate.op == Operation::kNotIn;
  if (is_set) {
    text += '(';
  }
  for (size_t i = 0; i < predicate.literals.size(); ++i) {
    if (i > 0) {
      text += ", ";
    }
    text += LiteralToString(type, predicate.literals[i]);
  }
  if (is_set) {
    text += ')';
  }
  return text;
}

bool IsNaN(const Value& value) {
  if (const auto* f = std::get_if<float>(&value)) {
    return std::isnan(*f);
  }
  if (const auto* d = std::get_if<double>(&value)) {
    return std::isnan(*d);
  }
  return false;
}

bool StartsWith(const Value& value, const Value& prefix) {
  return std::get<std::string>(value).starts_with(std::get<std::string>(prefix));
}

bool PredicateHolds(const Expression& predicate,
                    const std::function<Value(FieldId)>& lookup) {
  TARN_CHECK(predicate.is_bound());
  const Value value = lookup(predicate.field_id);
  if (std::holds_alternative<Identity>(predicate.transform)) {
    return EvaluateTerm(predicate, value);
  }
  return EvaluateTerm(predicate,
                      ApplyTransform(predicate.transform, predicate.source_type, value));
}

}  // namespace

Expression AlwaysTrue() { return Constant(Operation::kTrue); }
Expression AlwaysFalse() { return Constant(Operation::kFalse); }

Expression And(Expression left, Expression right) {
  return Junction(Operation::kAnd, Operation::kTrue, std::move(left), std::move(right));
}

Expression Or(Expression left, Expression right) {
  return Junction(Operation::kOr, Operation::kFalse, std::move(left), std::move(right));
}

Expression Not(Expression child) {
  if (child.op == Operation::kTrue) {
    return AlwaysFalse();
  }
  if (child.op == Operation::kFalse) {
    return AlwaysTrue();
  }
  if (child.op == Operation::kNot) {
    return child.children->front();
  }
  return WithChildren(Operation::kNot, {std::move(child)});
}

Expression Unary(Operation op, std::string column) {
  TARN_CHECK(op >= Operation::kIsNull && op <= Operation::kNotNaN);
  Expression result;
  result.op = op;
  result.column = std::move(column);
  return result;
}

Expression Predicate(Operation op, std::string column, Type literal_type,
                     std::vector<Value> literals) {
  const bool is_set = op == Operation::kIn || op == Operation::kNotIn;
  TARN_CHECK(op >= Operation::kLess && (is_set || literals.size() == 1));
  Expression result;
  result.op = op;
  result.column = std::move(column);
  result.literal_type = std::move(literal_type);
  result.literals = std::move(literals);
  return result;
}

Expression RewriteNot(const Expression& expression) {
  return PushNotDown(expression, false);
}

std::string ExpressionToString(const Expression& expression) {
  switch (expression.op) {
    case Operation::kTrue:
    case Operation::kFalse:
      return std::string(Symbol(expression.op));
    case Operation::kNot:
      return "NOT (" + ExpressionToString(expression.children->front()) + ")";
    case Operation::kAnd:
    case Operation::kOr: {
      std::string text;
      for (const Expression& child : *expression.children) {
        if (!text.empty()) {
          text += Symbol(expression.op);
        }
        text += "(" + ExpressionToString(child) + ")";
      }
      return text;
    }
    default:
      return PredicateToString(expression);
  }
}

std::strong_ordering CompareForFilter(const Type& type, const Value& left,
                                      const Value& right) {
  const auto* left_float = std::get_if<float>(&left);
  const auto* right_float = std::get_if<float>(&right);
  if (left_float != nullptr && right_float != nullptr && *left_float == *right_float) {
    return std::strong_ordering::equal;
  }
  const auto* left_double = std::get_if<double>(&left);
  const auto* right_double = std::get_if<double>(&right);
  if (left_double != nullptr && right_double != nullptr &&
      *left_double == *right_double) {
    return std::strong_ordering::equal;
  }
  if (IsNaN(left) && IsNaN(right)) {
    return std::strong_ordering::equal;
  }
  return CompareValues(type, left, right);
}

bool EvaluateTerm(const Expression& predicate, const Value& term) {
  if (predicate.op == Operation::kIsNull) {
    return IsNull(term);
  }
  if (IsNull(term)) {
    return false;
  }
  const auto order = [&](const Value& literal) {
    return CompareForFilter(predicate.type, term, literal);
  };
  const auto equals = [&](const Value& literal) { return order(literal) == 0; };
  switch (predicate.op) {
    case Operation::kNotNull:
      return true;
    case Operation::kIsNaN:
      return IsNaN(term);
    case Operation::kNotNaN:
      return !IsNaN(term);
    case Operation::kLess:
      return order(predicate.literals.front()) < 0;
    case Operation::kLessEqual:
      return order(predicate.literals.front()) <= 0;
    case Operation::kGreater:
      return order(predicate.literals.front()) > 0;
    case Operation::kGreaterEqual:
      return order(predicate.literals.front()) >= 0;
    case Operation::kEqual:
      return equals(predicate.literals.front());
    case Operation::kNotEqual:
      return !equals(predicate.literals.front());
    case Operation::kStartsWith:
      return StartsWith(term, predicate.literals.front());
    case Operation::kNotStartsWith:
      return !StartsWith(term, predicate.literals.front());
    case Operation::kIn:
      return std::ranges::any_of(predicate.literals, equals);
    case Operation::kNotIn:
      return std::ranges::none_of(predicate.literals, equals);
    default:
      break;
  }
  TARN_CHECK(predicate.is_predicate());
  return false;
}

bool EvaluateRow(const Expression& bound, const std::function<Value(FieldId)>& lookup) {
  return internal::Fold(bound, [&](const Expression& predicate) {
    return PredicateHolds(predicate, lookup);
  });
}

}  // namespace tarn::iceberg
