// Trino's operators, where DuckDB's mean something else.
#include <cmath>
#include <limits>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/interval.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using Id = duckdb::LogicalTypeId;

template <typename T>
constexpr std::string_view NameOf() {
  switch (sizeof(T)) {
    case 1:
      return "tinyint";
    case 2:
      return "smallint";
    case 4:
      return "integer";
    default:
      return "bigint";
  }
}

template <typename T>
T DivideIntegers(T a, T b) {
  if (b == 0) {
    ThrowTrino(kDivisionByZero, "Division by zero");
  }
  if (b == -1 && a == std::numeric_limits<T>::min()) {
    ThrowTrino(kOutOfRange,
               fmt::format("{} division overflow: {} / -1", NameOf<T>(), int64_t{a}));
  }
  return static_cast<T>(a / b);
}

template <typename T>
T ModulusOfIntegers(T a, T b) {
  if (b == 0) {
    ThrowTrino(kDivisionByZero, "Division by zero");
  }
  return b == -1 ? T{0} : static_cast<T>(a % b);
}

template <typename T>
T DivideFloats(T a, T b) {
  const T quotient = a / b;  // zero gives an infinity or NaN, as in Trino
  return std::isnan(quotient) ? std::numeric_limits<T>::quiet_NaN() : quotient;
}

template <typename T>
T ModulusOfFloats(T a, T b) {
  const T rest = std::fmod(a, b);
  return std::isnan(rest) ? std::numeric_limits<T>::quiet_NaN() : rest;
}

template <typename T>
void AddIntegers(FunctionLibrary& library) {
  library.Add(Typed<&DivideIntegers<T>>("divide"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfIntegers<T>>("modulus"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfIntegers<T>>("mod"));
}

template <typename T>
void AddFloats(FunctionLibrary& library) {
  library.Add(Typed<&DivideFloats<T>>("divide"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfFloats<T>>("modulus"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfFloats<T>>("mod"));
}

// --- dates and intervals ---------------------------------------------------------------

duckdb::date_t AddToDate(duckdb::date_t date, duckdb::interval_t interval) {
  if (interval.micros % duckdb::Interval::MICROS_PER_DAY != 0) {
    ThrowTrino(kInvalidArgument, "Cannot add hour, minutes or seconds to a date");
  }
  const duckdb::timestamp_t moment = duckdb::Interval::Add(
      duckdb::Timestamp::FromDatetime(date, duckdb::dtime_t(0)), interval);
  return duckdb::Timestamp::GetDate(moment);
}

duckdb::date_t SubtractFromDate(duckdb::date_t date, duckdb::interval_t interval) {
  if (interval.micros % duckdb::Interval::MICROS_PER_DAY != 0) {
    ThrowTrino(kInvalidArgument, "Cannot subtract hour, minutes or seconds from a date");
  }
  return AddToDate(date, duckdb::Interval::Invert(interval));
}

duckdb::interval_t DaysBetween(duckdb::date_t later, duckdb::date_t earlier) {
  return {.months = 0, .days = later.days - earlier.days, .micros = 0};
}

bool IsMoment(Id id) {
  return id == Id::TIMESTAMP_SEC || id == Id::TIMESTAMP_MS || id == Id::TIMESTAMP ||
         id == Id::TIMESTAMP_NS || id == Id::TIMESTAMP_TZ;
}

/// DuckDB's operator; where a timestamp and an interval meet, of the timestamp's type.
ExpressionPtr OwnOperator(const BoundCall& call, std::string_view symbol) {
  auto result = call.Own(symbol, call.Arguments());
  for (size_t i = 0; i < call.size(); ++i) {
    if (IsMoment(call.IdOf(i)) && call.IdOf(1 - i) == Id::INTERVAL) {
      return call.Cast(std::move(result), call.TypeOf(i));
    }
  }
  return result;
}

ExpressionPtr Add(const BoundCall& call) {
  if (call.IdOf(0) == Id::DATE && call.IdOf(1) == Id::INTERVAL) {
    return call.Ours("date_plus", call.Arguments());
  }
  if (call.IdOf(0) == Id::INTERVAL && call.IdOf(1) == Id::DATE) {
    return call.Ours("date_plus", ListOf(call.Argument(1), call.Argument(0)));
  }
  return OwnOperator(call, "+");
}

ExpressionPtr Subtract(const BoundCall& call) {
  if (call.IdOf(0) == Id::DATE) {
    if (call.IdOf(1) == Id::INTERVAL) {
      return call.Ours("date_minus", call.Arguments());
    }
    if (call.IdOf(1) == Id::DATE) {
      return call.Ours("days_between", call.Arguments());
    }
  }
  return OwnOperator(call, "-");
}

ExpressionPtr Multiply(const BoundCall& call) { return call.Own("*", call.Arguments()); }
ExpressionPtr Negate(const BoundCall& call) { return call.Own("-", call.Arguments()); }

// --- subscripts ------------------------------------------------------------------------

int64_t CheckedSubscript(int64_t index, int64_t length) {
  if (index == 0) {
    ThrowTrino(kInvalidArgument, "SQL array indices start at 1");
  }
  if (index < 0) {
    ThrowTrino(kInvalidArgument, fmt::format("Array subscript is negative: {}", index));
  }
  if (index > length) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Array subscript must be less than or equal to array length: "
                           "{} > {}",
                           index, length));
  }
  return index;
}

int64_t NonZeroIndex(int64_t index) {
  if (index == 0) {
    ThrowTrino(kInvalidArgument, "SQL array indices start at 1");
  }
  return index;
}

bool CheckedKey(bool found, std::string_view key) {
  if (!found) {
    ThrowTrino(kInvalidArgument, "Key not present in map: " + std::string(key));
  }
  return true;
}

ExpressionPtr SubscriptOfRow(const BoundCall& call) {
  const duckdb::Value index = call.Constant(1).DefaultCastAs(duckdb::LogicalType::BIGINT);
  return call.Own("struct_extract_at", ListOf(call.Argument(0), ConstantOf(index)));
}

ExpressionPtr Subscript(const BoundCall& call) {
  switch (call.IdOf(0)) {
    case Id::STRUCT:
      return SubscriptOfRow(call);
    case Id::MAP: {
      auto found = call.Own("map_contains", call.Arguments());
      auto key = call.Ours("cast_varchar", ListOf(call.Argument(1)));
      auto checked = call.Ours("checked_key", ListOf(std::move(found), std::move(key)));
      return call.Ours(
          "unless_null",
          ListOf(call.Own("map_extract_value", call.Arguments()), std::move(checked)));
    }
    default: {
      auto length = call.Own("len", ListOf(call.Argument(0)));
      auto index =
          call.Ours("checked_subscript", ListOf(call.Argument(1), std::move(length)));
      return call.Own("list_extract", ListOf(call.Argument(0), std::move(index)));
    }
  }
}

ExpressionPtr ElementAt(const BoundCall& call) {
  if (call.IdOf(0) == Id::MAP) {
    return call.Own("map_extract_value", call.Arguments());
  }
  return call.Own(
      "list_extract",
      ListOf(call.Argument(0), call.Ours("non_zero_index", ListOf(call.Argument(1)))));
}

// --- concatenation ---------------------------------------------------------------------

ExpressionPtr AsArray(const BoundCall& call, size_t i, const duckdb::LogicalType& array) {
  const duckdb::LogicalType& element = duckdb::ListType::GetChildType(array);
  const duckdb::LogicalType type = call.TypeOf(i);
  if (type.id() == Id::LIST && (element.id() != Id::LIST ||
                                duckdb::ListType::GetChildType(type).id() == Id::LIST)) {
    return call.Argument(i);
  }
  return call.Own("list_value", ListOf(call.Argument(i)));
}

ExpressionPtr Concat(const BoundCall& call) {
  std::optional<duckdb::LogicalType> array;
  for (size_t i = 0; i < call.size(); ++i) {
    const duckdb::LogicalType type = call.TypeOf(i);
    // Of array(array(x)) and array(x) the first is the array, the second its element.
    if (type.id() == Id::LIST &&
        (!array || duckdb::ListType::GetChildType(type).id() == Id::LIST)) {
      array = type;
    }
  }
  const auto part = [&](size_t i) {
    return array ? AsArray(call, i, *array) : call.Argument(i);
  };
  ExpressionPtr result = part(0);
  for (size_t i = 1; i < call.size(); ++i) {
    result = call.Own("||", ListOf(std::move(result), part(i)));
  }
  return result;
}

// --- null if any other is --------------------------------------------------------------

void UnlessNull(duckdb::DataChunk& args, duckdb::ExpressionState&,
                duckdb::Vector& result) {
  const duckdb::idx_t count = args.size();
  duckdb::VectorOperations::Copy(args.data[0], result, count, 0, 0);
  for (duckdb::idx_t column = 1; column < args.ColumnCount(); ++column) {
    duckdb::UnifiedVectorFormat format;
    args.data[column].ToUnifiedFormat(count, format);
    for (duckdb::idx_t row = 0; row < count; ++row) {
      if (!format.validity.RowIsValid(format.sel->get_index(row))) {
        duckdb::FlatVector::SetNull(result, row, true);
      }
    }
  }
  if (args.AllConstant()) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

duckdb::unique_ptr<duckdb::FunctionData> BindUnlessNull(duckdb::ClientContext&,
                                                        duckdb::ScalarFunction& function,
                                                        Expressions& arguments) {
  if (arguments[0]->return_type.id() == Id::UNKNOWN) {
    throw duckdb::ParameterNotResolvedException();
  }
  function.return_type = duckdb::LogicalType::NormalizeType(arguments[0]->return_type);
  function.arguments[0] = function.return_type;
  return nullptr;
}

duckdb::ScalarFunction MakeUnlessNull() {
  duckdb::ScalarFunction function("unless_null", {duckdb::LogicalType::ANY},
                                  duckdb::LogicalType::ANY, &UnlessNull, &BindUnlessNull);
  function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
  function.varargs = duckdb::LogicalType::ANY;
  return function;
}

ExpressionPtr NullIfAny(const BoundCall& call, std::string_view name) {
  Expressions parts = ListOf(call.Own(name, call.Arguments()));
  for (auto& argument : call.Arguments()) {
    parts.push_back(std::move(argument));
  }
  return call.Ours("unless_null", std::move(parts));
}

ExpressionPtr Greatest(const BoundCall& call) { return NullIfAny(call, "greatest"); }
ExpressionPtr Least(const BoundCall& call) { return NullIfAny(call, "least"); }

}  // namespace

void AddOperators(FunctionLibrary& library) {
  AddIntegers<int8_t>(library);
  AddIntegers<int16_t>(library);
  AddIntegers<int32_t>(library);
  AddIntegers<int64_t>(library);
  AddFloats<float>(library);
  AddFloats<double>(library);
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Rewritten<&Add>("add", 2));
  internal(Rewritten<&Subtract>("subtract", 2));
  internal(Rewritten<&Multiply>("multiply", 2));
  internal(Rewritten<&Negate>("negate", 1));
  internal(Rewritten<&Subscript>("subscript", 2));
  internal(Typed<&AddToDate>("date_plus"));
  internal(Typed<&SubtractFromDate>("date_minus"));
  internal(Typed<&DaysBetween>("days_between"));
  internal(Typed<&CheckedSubscript>("checked_subscript"));
  internal(Typed<&NonZeroIndex>("non_zero_index"));
  internal(Typed<&CheckedKey>("checked_key"));
  internal(MakeUnlessNull());
  library.Add(Rewritten<&ElementAt>("element_at", 2));
  library.Add(Rewritten<&Concat>("concat", 2, /*more_arguments=*/true));
  library.Add(Rewritten<&Greatest>("greatest", 1, /*more_arguments=*/true));
  library.Add(Rewritten<&Least>("least", 1, /*more_arguments=*/true));
}

}  // namespace tarn::engine
