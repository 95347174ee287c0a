// Filters over rows, files and partitions (spec: Scan Planning). Immutable trees, cheap
// to copy.
//
//   Expression e = And(Predicate(Operation::kEqual, "id", Type::Int(), {int32_t{5}}),
//                      Unary(Operation::kIsNull, "name"));
//   ARROW_ASSIGN_OR_RAISE(Expression bound, Bind(e, schema));
#pragma once

#include <compare>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/transform.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {

enum class Operation : uint8_t {
  kTrue,
  kFalse,
  kAnd,
  kOr,
  kNot,
  kIsNull,
  kNotNull,
  kIsNaN,
  kNotNaN,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kEqual,
  kNotEqual,
  kStartsWith,
  kNotStartsWith,
  kIn,
  kNotIn,
};

/// One node. Predicates name a column until bound; then field_id and type are set. A
/// predicate may apply to a transform of the column (residuals, REST filters); identity
/// is the plain column.
///
/// Rows are judged as by SQL's WHERE: on a null every predicate but IsNull is false,
/// NotEqual, NotIn, NotStartsWith and NotNaN too, and Not is pushed to the leaves before
/// it is applied. (Java's Iceberg lets nulls pass these four: its filters are
/// Or(NotEqual(…), IsNull(…)) here.) NaN equals NaN and is greater than every number;
/// -0.0 equals 0.0.
struct Expression {
  Operation op = Operation::kTrue;
  std::shared_ptr<const std::vector<Expression>>
      children;          // And, Or: two or more; Not: one
  std::string column;    // full name, for predicates
  FieldId field_id = 0;  // set by Bind
  Type type;             // the term's type, set by Bind
  Type source_type;      // the column's type, set by Bind
  Transform transform = Identity{};
  /// Operands: one for comparisons and StartsWith, any number for In/NotIn, none for the
  /// rest. Before Bind they have `literal_type`; after it they have `type`.
  std::vector<Value> literals;
  Type literal_type;

  bool is_predicate() const { return op >= Operation::kIsNull; }
  bool is_bound() const { return field_id != 0; }
};

Expression AlwaysTrue();
Expression AlwaysFalse();
/// And/Or/Not fold constants (And(x, true) = x) and flatten.
Expression And(Expression left, Expression right);
Expression Or(Expression left, Expression right);
Expression Not(Expression child);
/// IsNull, NotNull, IsNaN, NotNaN.
Expression Unary(Operation op, std::string column);
/// Comparisons, StartsWith, In… `literals` are of `literal_type`.
Expression Predicate(Operation op, std::string column, Type literal_type,
                     std::vector<Value> literals);

/// Resolves columns to field ids and casts literals to the column's type. A literal that
/// the column's type cannot hold folds exactly (int_col < 10^12 becomes NotNull, int_col
/// = 10^12 becomes false, int_col < 2.5 becomes int_col <= 2); NaN becomes IsNaN or
/// NotNaN; In with one value becomes Equal. The result has no Not. Predicates that are
/// bound already stay as they are. Errors: kNoSuchColumn, kTypeMismatch.
Result<Expression> Bind(const Expression& expression, const Schema& schema);

/// The same filter without Not nodes (pushed to the leaves): evaluators and projections
/// need it.
Expression RewriteNot(const Expression& expression);

/// "(id = 5) AND (name IS NULL)".
std::string ExpressionToString(const Expression& expression);

/// Evaluates a bound filter on one row; a comparison with null is false (see Expression).
/// `lookup` gives the value of a field id.
bool EvaluateRow(const Expression& bound, const std::function<Value(FieldId)>& lookup);

/// Evaluates one bound predicate on the value of its term, with any transform applied
/// already.
bool EvaluateTerm(const Expression& predicate, const Value& term);

/// Orders two non-null values as filters do: as CompareValues, but -0.0 equals 0.0.
std::strong_ordering CompareForFilter(const Type& type, const Value& left,
                                      const Value& right);

}  // namespace tarn::iceberg
