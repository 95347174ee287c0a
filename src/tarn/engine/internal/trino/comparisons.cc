// Comparisons: what they are is known when DuckDB binds them.
#include <algorithm>
#include <optional>
#include <utility>

#include <duckdb/common/exception.hpp>
#include <duckdb/planner/expression/bound_between_expression.hpp>
#include <duckdb/planner/expression/bound_comparison_expression.hpp>
#include <duckdb/planner/expression/bound_conjunction_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino/operators.h"
#include "tarn/engine/internal/trino/super_type.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine::trino {
namespace {

using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::make_uniq;

enum class Family : uint8_t {
  kUnknown,
  kNumber,
  kText,
  kMoment,  // dates and timestamps
  kOther,   // comparable with its own type only
};

Family FamilyOf(const LogicalType& type) {
  if (type.IsJSONType()) {
    return Family::kOther;
  }
  switch (type.id()) {
    case LogicalTypeId::SQLNULL:
      return Family::kUnknown;
    case LogicalTypeId::VARCHAR:
      return Family::kText;
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_TZ:
      return Family::kMoment;
    default:
      return type.IsNumeric() ? Family::kNumber : Family::kOther;
  }
}

/// Zones do not count in comparisons (trino_functions/zoned_type.h).
LogicalType InstantOrSelf(const LogicalType& type) {
  return type.id() == LogicalTypeId::TIMESTAMP_TZ ? LogicalType::TIMESTAMP_TZ : type;
}

/// The type in which a moment is compared with an instant: DuckDB does not bring those of
/// seconds and milliseconds together with it.
LogicalType BesideInstant(const LogicalType& type, const LogicalType& other) {
  const bool is_short = type.id() == LogicalTypeId::TIMESTAMP_SEC ||
                        type.id() == LogicalTypeId::TIMESTAMP_MS;
  return is_short && other.id() == LogicalTypeId::TIMESTAMP_TZ ? LogicalType::TIMESTAMP
                                                               : InstantOrSelf(type);
}

bool AreComparable(const LogicalType& left, const LogicalType& right) {
  const Family family = FamilyOf(left);
  if (family == Family::kUnknown || FamilyOf(right) == Family::kUnknown) {
    return true;
  }
  if (family != FamilyOf(right)) {
    return false;
  }
  if (left.id() == LogicalTypeId::INTERVAL && right.id() == LogicalTypeId::INTERVAL) {
    return left == right;  // months, or days
  }
  return family != Family::kOther ||
         (left.id() == right.id() && left.IsJSONType() == right.IsJSONType());
}

std::string_view SignOf(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_NOTEQUAL:
      return "<>";
    case ExpressionType::COMPARE_LESSTHAN:
      return "<";
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return "<=";
    case ExpressionType::COMPARE_GREATERTHAN:
      return ">";
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return ">=";
    case ExpressionType::COMPARE_DISTINCT_FROM:
    case ExpressionType::COMPARE_NOT_DISTINCT_FROM:
      return "IS DISTINCT FROM";
    default:
      return "=";
  }
}

bool IsOrder(ExpressionType type) {
  return type == ExpressionType::COMPARE_LESSTHAN ||
         type == ExpressionType::COMPARE_LESSTHANOREQUALTO ||
         type == ExpressionType::COMPARE_GREATERTHAN ||
         type == ExpressionType::COMPARE_GREATERTHANOREQUALTO;
}

/// False for values that are equal or not, but never less or greater.
bool HasOrder(const LogicalType& type) {
  return !type.IsJSONType() && type.id() != LogicalTypeId::MAP;
}

LogicalType CommonType(const BoundCall& call, size_t left, size_t right,
                       ExpressionType type) {
  const LogicalType left_type = BesideInstant(call.TypeOf(left), call.TypeOf(right));
  const LogicalType right_type = BesideInstant(call.TypeOf(right), call.TypeOf(left));
  LogicalType common;
  const bool has_order = HasOrder(left_type) && HasOrder(right_type);
  if (!AreComparable(left_type, right_type) || (IsOrder(type) && !has_order) ||
      !duckdb::BoundComparisonExpression::TryBindComparison(call.context(), left_type,
                                                            right_type, common, type)) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Cannot apply operator: {} {} {}", NameOfArgument(call, left),
                           SignOf(type), NameOfArgument(call, right)));
  }
  return common;
}

bool IsFloating(const LogicalType& type) {
  return type.id() == LogicalTypeId::DOUBLE || type.id() == LogicalTypeId::FLOAT;
}

/// True if the value may be NaN, as far as one can see.
bool MayBeNan(const duckdb::Expression& value) {
  if (value.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT) {
    return true;
  }
  const auto& constant = value.Cast<duckdb::BoundConstantExpression>().value;
  return constant.ToString() == "nan";
}

/// The argument whose NaN makes DuckDB's comparison true where IEEE's is false.
ExpressionPtr* NanSide(ExpressionType type, ExpressionPtr* left, ExpressionPtr* right) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
    case ExpressionType::COMPARE_NOTEQUAL:
      return MayBeNan(**left) && MayBeNan(**right) ? left : nullptr;
    case ExpressionType::COMPARE_GREATERTHAN:
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return MayBeNan(**left) ? left : nullptr;
    default:
      return MayBeNan(**right) ? right : nullptr;
  }
}

/// The comparison of two floating numbers in one step, for sides that cannot be asked
/// twice.
template <ExpressionType type>
bool IsTrueOf(double left, double right) {
  switch (type) {
    case ExpressionType::COMPARE_NOTEQUAL:
      return left != right;
    case ExpressionType::COMPARE_LESSTHAN:
      return left < right;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return left <= right;
    case ExpressionType::COMPARE_GREATERTHAN:
      return left > right;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return left >= right;
    default:
      return left == right;
  }
}

std::string NameOfFloatComparison(ExpressionType type) {
  return fmt::format("floating {}", SignOf(type));
}

/// Rows are equal if all their fields are, and unknown if no field differs and one is
/// unknown; each field by the rules of its own type.
ExpressionPtr CompareFields(const BoundCall& call, ExpressionType type) {
  const size_t count = duckdb::StructType::GetChildCount(call.TypeOf(0));
  const bool is_equal = type == ExpressionType::COMPARE_EQUAL;
  ExpressionPtr all;
  for (size_t i = 1; i <= count; ++i) {
    const auto field = [&](size_t side) {
      return call.Own("struct_extract_at",
                      ListOf(call.Argument(side),
                             ConstantOf(duckdb::Value::BIGINT(static_cast<int64_t>(i)))));
    };
    ExpressionPtr one =
        call.Ours(is_equal ? kEqual : kNotEqual, ListOf(field(0), field(1)));
    all = all == nullptr ? std::move(one)
                         : make_uniq<duckdb::BoundConjunctionExpression>(
                               is_equal ? ExpressionType::CONJUNCTION_AND
                                        : ExpressionType::CONJUNCTION_OR,
                               std::move(all), std::move(one));
  }
  return all;
}

bool ComparesFields(const BoundCall& call, ExpressionType type) {
  const bool is_equality =
      type == ExpressionType::COMPARE_EQUAL || type == ExpressionType::COMPARE_NOTEQUAL;
  const LogicalType left = call.TypeOf(0);
  const LogicalType right = call.TypeOf(1);
  return is_equality && left.id() == LogicalTypeId::STRUCT &&
         right.id() == LogicalTypeId::STRUCT && !call.Peek(0).HasSubquery() &&
         !call.Peek(1).HasSubquery() &&
         duckdb::StructType::GetChildCount(left) ==
             duckdb::StructType::GetChildCount(right);
}

using Truth = std::optional<bool>;  // unset: unknown
Truth AreEqual(const duckdb::Value& left, const duckdb::Value& right);

Truth AllEqual(const duckdb::vector<duckdb::Value>& left,
               const duckdb::vector<duckdb::Value>& right) {
  if (left.size() != right.size()) {
    return false;
  }
  Truth all = true;
  for (size_t i = 0; i < left.size(); ++i) {
    const Truth one = AreEqual(left[i], right[i]);
    if (one == false) {
      return false;
    }
    all = one.has_value() ? all : std::nullopt;
  }
  return all;
}

/// Maps have no order: each key's value is looked for in the other one.
Truth AreEqualMaps(const duckdb::Value& left, const duckdb::Value& right) {
  const auto& entries = duckdb::MapValue::GetChildren(left);
  const auto& others = duckdb::MapValue::GetChildren(right);
  if (entries.size() != others.size()) {
    return false;
  }
  duckdb::vector<duckdb::Value> values;
  duckdb::vector<duckdb::Value> found;
  for (const duckdb::Value& entry : entries) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    const auto same = std::ranges::find_if(others, [&](const duckdb::Value& other) {
      return duckdb::Value::NotDistinctFrom(duckdb::StructValue::GetChildren(other)[0],
                                            pair[0]);
    });
    if (same == others.end()) {
      return false;
    }
    values.push_back(pair[1]);
    found.push_back(duckdb::StructValue::GetChildren(*same)[1]);
  }
  return AllEqual(values, found);
}

Truth AreEqual(const duckdb::Value& left, const duckdb::Value& right) {
  if (left.IsNull() || right.IsNull()) {
    return {};
  }
  switch (left.type().id()) {
    case LogicalTypeId::LIST:
      return AllEqual(duckdb::ListValue::GetChildren(left),
                      duckdb::ListValue::GetChildren(right));
    case LogicalTypeId::STRUCT:
      return AllEqual(duckdb::StructValue::GetChildren(left),
                      duckdb::StructValue::GetChildren(right));
    case LogicalTypeId::MAP:
      return AreEqualMaps(left, right);
    case LogicalTypeId::DOUBLE:
      return left.GetValue<double>() == right.GetValue<double>();
    case LogicalTypeId::FLOAT:
      return left.GetValue<float>() == right.GetValue<float>();
    default:
      return duckdb::Value::NotDistinctFrom(left, right);
  }
}

constexpr char kNestedEqual[] = "nested_equal";

void RunNestedEqual(duckdb::DataChunk& args, duckdb::ExpressionState&,
                    duckdb::Vector& result) {
  for (duckdb::idx_t row = 0; row < args.size(); ++row) {
    const Truth truth = AreEqual(args.GetValue(0, row), args.GetValue(1, row));
    result.SetValue(row, truth.has_value() ? duckdb::Value::BOOLEAN(*truth)
                                           : duckdb::Value(LogicalType::BOOLEAN));
  }
  if (args.AllConstant()) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

/// Of two arrays or two maps of one type: three-valued, as values within may be null.
duckdb::ScalarFunction NestedEqual() {
  duckdb::ScalarFunction function(kNestedEqual, {LogicalType::ANY, LogicalType::ANY},
                                  LogicalType::BOOLEAN, &RunNestedEqual);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  return function;
}

ExpressionPtr CompareNested(const BoundCall& call, const LogicalType& common,
                            ExpressionType type) {
  ExpressionPtr equal = call.Ours(
      kNestedEqual,
      ListOf(call.Cast(call.Argument(0), common), call.Cast(call.Argument(1), common)));
  if (type == ExpressionType::COMPARE_EQUAL) {
    return equal;
  }
  auto negated = make_uniq<duckdb::BoundOperatorExpression>(ExpressionType::OPERATOR_NOT,
                                                            LogicalType::BOOLEAN);
  negated->children.push_back(std::move(equal));
  return negated;
}

ExpressionPtr Compare(const BoundCall& call, ExpressionType type) {
  if (ComparesFields(call, type)) {
    return CompareFields(call, type);
  }
  const LogicalType common = CommonType(call, 0, 1, type);
  const bool is_nested =
      common.id() == LogicalTypeId::LIST || common.id() == LogicalTypeId::MAP;
  if (is_nested && !IsOrder(type)) {
    return CompareNested(call, common, type);
  }
  ExpressionPtr left = call.Cast(call.Argument(0), common);
  ExpressionPtr right = call.Cast(call.Argument(1), common);
  ExpressionPtr* nan_side = IsFloating(common) ? NanSide(type, &left, &right) : nullptr;
  if (nan_side != nullptr && ((*nan_side)->IsVolatile() || (*nan_side)->HasSubquery())) {
    return call.Ours(NameOfFloatComparison(type),
                     ListOf(std::move(left), std::move(right)));
  }
  ExpressionPtr is_nan =
      nan_side == nullptr ? nullptr : call.Own("isnan", ListOf((*nan_side)->Copy()));
  ExpressionPtr compared = make_uniq<duckdb::BoundComparisonExpression>(
      type, std::move(left), std::move(right));
  if (is_nan == nullptr) {
    return compared;
  }
  if (type == ExpressionType::COMPARE_NOTEQUAL) {
    return make_uniq<duckdb::BoundConjunctionExpression>(
        ExpressionType::CONJUNCTION_OR, std::move(compared), std::move(is_nan));
  }
  auto is_number = make_uniq<duckdb::BoundOperatorExpression>(
      ExpressionType::OPERATOR_NOT, LogicalType::BOOLEAN);
  is_number->children.push_back(std::move(is_nan));
  return make_uniq<duckdb::BoundConjunctionExpression>(
      ExpressionType::CONJUNCTION_AND, std::move(compared), std::move(is_number));
}

template <ExpressionType type>
ExpressionPtr CompareAs(const BoundCall& call) {
  return Compare(call, type);
}

ExpressionPtr Between(const BoundCall& call) {
  const LogicalType low =
      CommonType(call, 0, 1, ExpressionType::COMPARE_GREATERTHANOREQUALTO);
  const LogicalType high =
      CommonType(call, 0, 2, ExpressionType::COMPARE_LESSTHANOREQUALTO);
  LogicalType common;
  if (!duckdb::BoundComparisonExpression::TryBindComparison(
          call.context(), low, high, common, ExpressionType::COMPARE_BETWEEN)) {
    ThrowTrino(
        kTypeMismatch,
        fmt::format("Cannot check if {} is BETWEEN {} and {}", NameOfArgument(call, 0),
                    NameOfArgument(call, 1), NameOfArgument(call, 2)));
  }
  if (IsFloating(common) && MayBeNan(call.Peek(2))) {
    auto both =
        make_uniq<duckdb::BoundConjunctionExpression>(ExpressionType::CONJUNCTION_AND);
    both->children.push_back(
        call.Ours(NameOfFloatComparison(ExpressionType::COMPARE_GREATERTHANOREQUALTO),
                  ListOf(call.Argument(0), call.Argument(1))));
    both->children.push_back(
        call.Ours(NameOfFloatComparison(ExpressionType::COMPARE_LESSTHANOREQUALTO),
                  ListOf(call.Argument(0), call.Argument(2))));
    return both;
  }
  return make_uniq<duckdb::BoundBetweenExpression>(
      call.Cast(call.Argument(0), common), call.Cast(call.Argument(1), common),
      call.Cast(call.Argument(2), common), true, true);
}

template <ExpressionType type>
ExpressionPtr CompareDistinct(const BoundCall& call) {
  const LogicalType common = CommonType(call, 0, 1, type);
  return make_uniq<duckdb::BoundComparisonExpression>(
      type, call.Cast(call.Argument(0), common), call.Cast(call.Argument(1), common));
}

/// The type in which a value is looked for in a list, and whether NaN may be in it.
LogicalType TypeOfList(const BoundCall& call, bool* may_have_nan) {
  LogicalType common = InstantOrSelf(call.TypeOf(0));
  for (size_t i = 1; i < call.size(); ++i) {
    const LogicalType type = InstantOrSelf(call.TypeOf(i));
    LogicalType both;
    if (!AreComparable(common, type) ||
        !duckdb::BoundComparisonExpression::TryBindComparison(
            call.context(), common, type, both, ExpressionType::COMPARE_EQUAL)) {
      ThrowTrino(kTypeMismatch,
                 fmt::format("IN value and list items must be the same type or coercible "
                             "to a common type. Cannot find common type between {} and "
                             "{}",
                             NameOfArgument(call, 0), NameOfArgument(call, i)));
    }
    common = both;
    *may_have_nan = *may_have_nan || MayBeNan(call.Peek(i));
  }
  *may_have_nan = *may_have_nan && IsFloating(common);
  return common;
}

/// IN as comparisons of floating numbers.
ExpressionPtr EqualsAny(const BoundCall& call) {
  auto any =
      make_uniq<duckdb::BoundConjunctionExpression>(ExpressionType::CONJUNCTION_OR);
  for (size_t i = 1; i < call.size(); ++i) {
    any->children.push_back(
        call.Ours(NameOfFloatComparison(ExpressionType::COMPARE_EQUAL),
                  ListOf(call.Argument(0), call.Argument(i))));
  }
  any->children.push_back(ConstantOf(duckdb::Value::BOOLEAN(false)));
  return any;
}

template <ExpressionType type>
ExpressionPtr InList(const BoundCall& call) {
  bool may_have_nan = false;
  const LogicalType common = TypeOfList(call, &may_have_nan);
  if (may_have_nan) {
    ExpressionPtr any = EqualsAny(call);
    if (type == ExpressionType::COMPARE_IN) {
      return any;
    }
    auto none = make_uniq<duckdb::BoundOperatorExpression>(ExpressionType::OPERATOR_NOT,
                                                           LogicalType::BOOLEAN);
    none->children.push_back(std::move(any));
    return none;
  }
  auto in = make_uniq<duckdb::BoundOperatorExpression>(type, LogicalType::BOOLEAN);
  for (size_t i = 0; i < call.size(); ++i) {
    in->children.push_back(call.Cast(call.Argument(i), common));
  }
  return in;
}

template <ExpressionType type>
void AddFloatComparison(FunctionLibrary& library) {
  library.Add(Typed<&IsTrueOf<type>>(NameOfFloatComparison(type)),
              Reach::kTranslatorOnly);
}

}  // namespace

void AddComparisons(FunctionLibrary& library) {
  const auto add = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  add(Rewritten<&CompareAs<ExpressionType::COMPARE_EQUAL>>(kEqual, 2));
  add(Rewritten<&CompareAs<ExpressionType::COMPARE_NOTEQUAL>>(kNotEqual, 2));
  add(Rewritten<&CompareAs<ExpressionType::COMPARE_LESSTHAN>>(kLess, 2));
  add(Rewritten<&CompareAs<ExpressionType::COMPARE_LESSTHANOREQUALTO>>(kLessOrEqual, 2));
  add(Rewritten<&CompareAs<ExpressionType::COMPARE_GREATERTHAN>>(kGreater, 2));
  add(Rewritten<&CompareAs<ExpressionType::COMPARE_GREATERTHANOREQUALTO>>(kGreaterOrEqual,
                                                                          2));
  add(Rewritten<&Between>(kBetween, 3));
  add(Rewritten<&InList<ExpressionType::COMPARE_IN>>(kInList, 2,
                                                     /*more_arguments=*/true));
  add(Rewritten<&InList<ExpressionType::COMPARE_NOT_IN>>(kNotInList, 2,
                                                         /*more_arguments=*/true));
  add(Rewritten<&CompareDistinct<ExpressionType::COMPARE_DISTINCT_FROM>>(kDistinct, 2));
  add(Rewritten<&CompareDistinct<ExpressionType::COMPARE_NOT_DISTINCT_FROM>>(kNotDistinct,
                                                                             2));
  AddFloatComparison<ExpressionType::COMPARE_EQUAL>(library);
  AddFloatComparison<ExpressionType::COMPARE_NOTEQUAL>(library);
  AddFloatComparison<ExpressionType::COMPARE_LESSTHAN>(library);
  AddFloatComparison<ExpressionType::COMPARE_LESSTHANOREQUALTO>(library);
  AddFloatComparison<ExpressionType::COMPARE_GREATERTHAN>(library);
  AddFloatComparison<ExpressionType::COMPARE_GREATERTHANOREQUALTO>(library);
  add(NestedEqual());
}

}  // namespace tarn::engine::trino
