#include <algorithm>
#include <cmath>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/internal/literal_fit.h"

namespace tarn::iceberg {
namespace {

using internal::Fit;
using internal::FittedLiteral;

bool IsFloating(const Type& type) {
  return type.id() == TypeId::kFloat || type.id() == TypeId::kDouble;
}

bool IsNaNLiteral(const Value& value) {
  if (const auto* f = std::get_if<float>(&value)) {
    return std::isnan(*f);
  }
  if (const auto* d = std::get_if<double>(&value)) {
    return std::isnan(*d);
  }
  return false;
}

bool IsTopLevel(const Schema& schema, FieldId id) {
  return std::ranges::any_of(schema.fields(),
                             [&](const Field& field) { return field.id == id; });
}

/// True if every value of the term is there: a required column that no optional struct
/// surrounds.
bool NeverNull(const Expression& term, const Schema& schema, const Field& field) {
  return std::holds_alternative<Identity>(term.transform) && field.required &&
         IsTopLevel(schema, field.id);
}

/// `term` (bound, without operands) under the unary `op`.
Expression WithUnary(const Expression& term, Operation op) {
  Expression result = term;
  result.op = op;
  result.literals.clear();
  return result;
}

Expression WithLiteral(const Expression& term, Operation op, Value literal) {
  Expression result = term;
  result.op = op;
  result.literals = {std::move(literal)};
  return result;
}

class PredicateBinder {
 public:
  PredicateBinder(const Expression& predicate, const Schema& schema)
      : predicate_(predicate), schema_(schema) {}

  Result<Expression> Bind() {
    RETURN_NOT_OK(BindTerm());
    if (term_.type.id() == TypeId::kUnknown) {  // every value is null
      return predicate_.op == Operation::kIsNull ? AlwaysTrue() : AlwaysFalse();
    }
    switch (predicate_.op) {
      case Operation::kIsNull:
      case Operation::kNotNull:
      case Operation::kIsNaN:
      case Operation::kNotNaN:
        return BindUnary();
      case Operation::kStartsWith:
      case Operation::kNotStartsWith:
        return BindStartsWith();
      case Operation::kIn:
      case Operation::kNotIn:
        return BindSet();
      default:
        return BindComparison();
    }
  }

 private:
  Status BindTerm() {
    const Field* field = schema_.FindByName(predicate_.column);
    if (field == nullptr) {
      return NoSuchColumn();
    }
    if (!schema_.IsReachableByStructs(field->id)) {
      return MakeError(
          ErrorCode::kTypeMismatch,
          "Cannot filter by a value inside of a list or map: " + predicate_.column);
    }
    field_ = field;
    term_ = predicate_;
    term_.literals.clear();
    term_.field_id = field->id;
    term_.source_type = field->type;
    term_.type = field->type;
    literal_type_ = predicate_.literal_type;
    if (std::holds_alternative<Identity>(predicate_.transform)) {
      term_.literal_type = term_.type;
      return Status::OK();
    }
    if (std::holds_alternative<UnknownTransform>(predicate_.transform) ||
        !CanTransform(predicate_.transform, field->type)) {
      return MakeError(ErrorCode::kTypeMismatch,
                       "Cannot apply " + TransformToString(predicate_.transform) +
                           " to column " + predicate_.column + " of type " +
                           field->type.ToString());
    }
    term_.type = ResultType(predicate_.transform, field->type);
    term_.literal_type = term_.type;
    // Day's result is a date that clients also write as the number of days.
    const bool is_day = std::holds_alternative<Day>(predicate_.transform);
    if (is_day && literal_type_.id() == TypeId::kInt) {
      literal_type_ = Type::Date();
    }
    return Status::OK();
  }

  Status NoSuchColumn() const {
    const Field* near_miss = schema_.FindByNameIgnoringCase(predicate_.column);
    std::string hint;
    if (near_miss != nullptr) {
      hint = "; did you mean " + schema_.NameOf(near_miss->id) + "?";
    }
    return MakeError(ErrorCode::kNoSuchColumn,
                     "Column does not exist: " + predicate_.column + hint);
  }

  Result<Expression> BindUnary() const {
    const bool about_nan =
        predicate_.op == Operation::kIsNaN || predicate_.op == Operation::kNotNaN;
    if (about_nan && !IsFloating(term_.type)) {
      return MakeError(ErrorCode::kTypeMismatch,
                       "Only float and double columns can be NaN, and " +
                           predicate_.column + " is " + term_.type.ToString());
    }
    return Nullness(predicate_.op);
  }

  /// `op` on the term, folded if the column cannot be null.
  Expression Nullness(Operation op) const {
    if (NeverNull(term_, schema_, *field_)) {
      if (op == Operation::kIsNull) {
        return AlwaysFalse();
      }
      if (op == Operation::kNotNull) {
        return AlwaysTrue();
      }
    }
    return WithUnary(term_, op);
  }

  Result<FittedLiteral> FitOne(const Value& literal) const {
    if (!term_.type.is_primitive()) {
      return MakeError(ErrorCode::kTypeMismatch,
                       "Cannot compare column " + predicate_.column + " of type " +
                           term_.type.ToString() + " with a value");
    }
    if (IsNull(literal)) {
      return MakeError(
          ErrorCode::kTypeMismatch,
          "Cannot compare column " + predicate_.column + " with null; use IS NULL");
    }
    auto fitted = internal::FitLiteral(literal_type_, term_.type, literal);
    if (fitted.ok()) {
      return fitted;
    }
    return MakeError(ErrorCode::kTypeMismatch,
                     "Cannot compare column " + predicate_.column + " of type " +
                         term_.type.ToString() + " with " + literal_type_.ToString() +
                         " " + ValueToString(literal_type_, literal));
  }

  Result<Expression> BindComparison() const {
    ARROW_ASSIGN_OR_RAISE(FittedLiteral fitted, FitOne(predicate_.literals.front()));
    return Compare(predicate_.op, std::move(fitted));
  }

  Expression Compare(Operation op, FittedLiteral fitted) const {
    const bool less = op == Operation::kLess || op == Operation::kLessEqual;
    const bool greater = op == Operation::kGreater || op == Operation::kGreaterEqual;
    switch (fitted.fit) {
      case Fit::kExact:
        if (IsNaNLiteral(fitted.value)) {
          return CompareWithNaN(op);
        }
        return WithLiteral(term_, op, std::move(fitted.value));
      case Fit::kBetween:
        if (less) {
          return WithLiteral(term_, Operation::kLessEqual, std::move(fitted.value));
        }
        if (greater) {
          return WithLiteral(term_, Operation::kGreater, std::move(fitted.value));
        }
        break;
      case Fit::kAbove:
        if (less) {
          return Nullness(Operation::kNotNull);
        }
        break;
      case Fit::kBelow:
        if (greater) {
          return Nullness(Operation::kNotNull);
        }
        break;
    }
    return op == Operation::kNotEqual ? Nullness(Operation::kNotNull) : AlwaysFalse();
  }

  /// NaN is greater than every number and equal to itself.
  Expression CompareWithNaN(Operation op) const {
    switch (op) {
      case Operation::kLess:
      case Operation::kNotEqual:
        return WithUnary(term_, Operation::kNotNaN);
      case Operation::kLessEqual:
        return Nullness(Operation::kNotNull);
      case Operation::kGreater:
        return AlwaysFalse();
      default:
        return WithUnary(term_, Operation::kIsNaN);
    }
  }

  Result<Expression> BindStartsWith() const {
    const bool positive = predicate_.op == Operation::kStartsWith;
    if (term_.type.id() != TypeId::kString || literal_type_.id() != TypeId::kString ||
        IsNull(predicate_.literals.front())) {
      return MakeError(ErrorCode::kTypeMismatch,
                       "STARTS WITH needs a string column and a string, and " +
                           predicate_.column + " is " + term_.type.ToString());
    }
    const Value& prefix = predicate_.literals.front();
    if (std::get<std::string>(prefix).empty()) {
      return positive ? Nullness(Operation::kNotNull) : AlwaysFalse();
    }
    return WithLiteral(term_, predicate_.op, prefix);
  }

  Result<Expression> BindSet() const {
    const bool positive = predicate_.op == Operation::kIn;
    if (predicate_.literals.empty()) {
      return positive ? AlwaysFalse() : AlwaysTrue();
    }
    std::vector<Value> kept;
    bool has_nan = false;
    for (const Value& literal : predicate_.literals) {
      ARROW_ASSIGN_OR_RAISE(FittedLiteral fitted, FitOne(literal));
      if (fitted.fit != Fit::kExact) {
        continue;
      }
      if (IsNaNLiteral(fitted.value)) {
        has_nan = true;
      } else {
        kept.push_back(std::move(fitted.value));
      }
    }
    SortAndDeduplicate(&kept);
    Expression set = SetOf(std::move(kept));
    if (!has_nan) {
      return set;
    }
    if (positive) {
      return Or(std::move(set), WithUnary(term_, Operation::kIsNaN));
    }
    return And(std::move(set), WithUnary(term_, Operation::kNotNaN));
  }

  void SortAndDeduplicate(std::vector<Value>* values) const {
    const auto less = [this](const Value& left, const Value& right) {
      return CompareForFilter(term_.type, left, right) < 0;
    };
    std::sort(values->begin(), values->end(), less);
    const auto equal = [this](const Value& left, const Value& right) {
      return CompareForFilter(term_.type, left, right) == 0;
    };
    values->erase(std::unique(values->begin(), values->end(), equal), values->end());
  }

  Expression SetOf(std::vector<Value> values) const {
    const bool positive = predicate_.op == Operation::kIn;
    if (values.empty()) {
      return positive ? AlwaysFalse() : Nullness(Operation::kNotNull);
    }
    if (values.size() == 1) {
      return WithLiteral(term_, positive ? Operation::kEqual : Operation::kNotEqual,
                         std::move(values.front()));
    }
    Expression result = term_;
    result.op = predicate_.op;
    result.literals = std::move(values);
    return result;
  }

  const Expression& predicate_;
  const Schema& schema_;
  const Field* field_ = nullptr;
  Expression term_;    // the predicate without operands, bound
  Type literal_type_;  // of the operands as given
};

/// `expression` has no Not.
Result<Expression> BindNode(const Expression& expression, const Schema& schema) {
  switch (expression.op) {
    case Operation::kTrue:
    case Operation::kFalse:
      return expression;
    case Operation::kAnd:
    case Operation::kOr: {
      const bool conjunction = expression.op == Operation::kAnd;
      Expression result = conjunction ? AlwaysTrue() : AlwaysFalse();
      for (const Expression& child : *expression.children) {
        ARROW_ASSIGN_OR_RAISE(Expression bound, BindNode(child, schema));
        result = conjunction ? And(std::move(result), std::move(bound))
                             : Or(std::move(result), std::move(bound));
      }
      return result;
    }
    default:
      if (expression.is_bound()) {
        return expression;
      }
      return PredicateBinder(expression, schema).Bind();
  }
}

}  // namespace

Result<Expression> Bind(const Expression& expression, const Schema& schema) {
  // Not goes to the leaves first: a folded leaf (NotNull for int_col < 10^12) is exact
  // only as it stands, its negation would let nulls pass.
  return BindNode(RewriteNot(expression), schema);
}

}  // namespace tarn::iceberg
