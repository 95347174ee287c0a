// Trino's operators, where DuckDB's mean something else.
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "tarn/engine/internal/trino/super_type.h"
#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/moment_operators.h"
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
  library.Add(Typed<&DivideIntegers<T>>("quotient"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfIntegers<T>>("remainder"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfIntegers<T>>("mod"));
}

template <typename T>
void AddFloats(FunctionLibrary& library) {
  library.Add(Typed<&DivideFloats<T>>("quotient"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfFloats<T>>("remainder"), Reach::kTranslatorOnly);
  library.Add(Typed<&ModulusOfFloats<T>>("mod"));
}

bool IsNumberOrNull(const BoundCall& call, size_t i) {
  return call.TypeOf(i).IsNumeric() || call.IdOf(i) == Id::SQLNULL;
}

/// DuckDB's operator between numbers. Of integers both get the wider type first: DuckDB
/// takes a literal for the narrowest type that holds it.
ExpressionPtr OfNumbers(const BoundCall& call, std::string_view symbol) {
  const duckdb::LogicalType left = call.TypeOf(0);
  const duckdb::LogicalType right = call.TypeOf(1);
  if (!left.IsIntegral() || !right.IsIntegral() || left == right) {
    return call.Own(symbol, call.Arguments());
  }
  const auto size = [](const duckdb::LogicalType& type) {
    return duckdb::GetTypeIdSize(type.InternalType());
  };
  const duckdb::LogicalType& wide = size(left) < size(right) ? right : left;
  return call.Own(symbol, ListOf(call.Cast(call.Argument(0), wide),
                                 call.Cast(call.Argument(1), wide)));
}

bool HasNull(const BoundCall& call) {
  return call.IdOf(0) == Id::SQLNULL || call.IdOf(1) == Id::SQLNULL;
}

ExpressionPtr Add(const BoundCall& call) {
  if (HasNull(call)) {
    return call.Own("+", call.Arguments());
  }
  if (ExpressionPtr sum = SumOfMoments(call)) {
    return sum;
  }
  if (!IsNumberOrNull(call, 0) || !IsNumberOrNull(call, 1)) {
    ThrowCannotApply(call, "+");
  }
  return OfNumbers(call, "+");
}

ExpressionPtr Subtract(const BoundCall& call) {
  if (HasNull(call)) {
    return call.Own("-", call.Arguments());
  }
  if (ExpressionPtr difference = DifferenceOfMoments(call)) {
    return difference;
  }
  if (!IsNumberOrNull(call, 0) || !IsNumberOrNull(call, 1)) {
    ThrowCannotApply(call, "-");
  }
  return OfNumbers(call, "-");
}

ExpressionPtr Multiply(const BoundCall& call) {
  for (size_t i = 0; i < 2; ++i) {
    if (call.IdOf(i) == Id::INTERVAL && IsNumberOrNull(call, 1 - i)) {
      return ScaledInterval(call, i, "scaled_interval", "scaled_months");
    }
  }
  if (!IsNumberOrNull(call, 0) || !IsNumberOrNull(call, 1)) {
    ThrowCannotApply(call, "*");
  }
  return OfNumbers(call, "*");
}

/// Of two integers both get the wider type, as in OfNumbers.
ExpressionPtr Quotient(const BoundCall& call, std::string_view function) {
  const duckdb::LogicalType left = call.TypeOf(0);
  const duckdb::LogicalType right = call.TypeOf(1);
  if (!left.IsIntegral() || !right.IsIntegral() || left == right) {
    return call.Ours(function, call.Arguments());
  }
  const bool is_right_wider = duckdb::GetTypeIdSize(left.InternalType()) <
                              duckdb::GetTypeIdSize(right.InternalType());
  const duckdb::LogicalType& wide = is_right_wider ? right : left;
  return call.Ours(function, ListOf(call.Cast(call.Argument(0), wide),
                                    call.Cast(call.Argument(1), wide)));
}

ExpressionPtr Divide(const BoundCall& call) {
  if (call.IdOf(0) == Id::INTERVAL && IsNumberOrNull(call, 1)) {
    return ScaledInterval(call, 0, "quotient_of_interval", "quotient_of_interval");
  }
  if (!IsNumberOrNull(call, 0) || !IsNumberOrNull(call, 1)) {
    ThrowCannotApply(call, "/");
  }
  return Quotient(call, "quotient");
}

ExpressionPtr Modulus(const BoundCall& call) {
  if (!IsNumberOrNull(call, 0) || !IsNumberOrNull(call, 1)) {
    ThrowCannotApply(call, "%");
  }
  return Quotient(call, "remainder");
}

ExpressionPtr Negate(const BoundCall& call) {
  if (!IsNumberOrNull(call, 0) && call.IdOf(0) != Id::INTERVAL) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Cannot negate {}", TrinoTypeName(call.TypeOf(0))));
  }
  if (call.IdOf(0) == Id::INTERVAL) {
    return IntervalAs(call, call.Own("-", ListOf(PlainInterval(call, 0))),
                      call.TypeOf(0));
  }
  return call.Own("-", call.Arguments());
}

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

/// Part `i` as an array to put beside others of type `array`.
ExpressionPtr AsArray(const BoundCall& call, size_t i, const duckdb::LogicalType& array) {
  const duckdb::LogicalType& element = duckdb::ListType::GetChildType(array);
  const duckdb::LogicalType type = call.TypeOf(i);
  const bool is_array = trino::CommonTypeOf(type, array).has_value();
  if (!is_array && !trino::CommonTypeOf(type, element).has_value()) {
    ThrowTrino(kNoFunction, fmt::format("Unexpected parameters ({}, {}) for function "
                                        "concat",
                                        TrinoTypeName(array), TrinoTypeName(type)));
  }
  if (type.id() == Id::LIST && (element.id() != Id::LIST ||
                                duckdb::ListType::GetChildType(type).id() == Id::LIST)) {
    return call.Argument(i);
  }
  return call.Own("list_value", ListOf(call.Argument(i)));
}

bool IsPlainText(const duckdb::LogicalType& type) {
  return type.id() == Id::VARCHAR && !type.IsJSONType();
}

/// Texts with texts, bytes with bytes, anything with an array.
void CheckParts(const BoundCall& call) {
  bool has_text = false;
  bool has_bytes = false;
  bool has_other = false;
  std::string types;
  for (size_t i = 0; i < call.size(); ++i) {
    const duckdb::LogicalType type = call.TypeOf(i);
    if (type.id() == Id::LIST) {
      return;
    }
    const bool is_bytes = type.id() == Id::BLOB;
    has_text = has_text || IsPlainText(type);
    has_bytes = has_bytes || is_bytes;
    has_other =
        has_other || (!IsPlainText(type) && !is_bytes && type.id() != Id::SQLNULL);
    types += (i == 0 ? "" : ", ") + TrinoTypeName(type);
  }
  if (has_other || (has_text && has_bytes)) {
    ThrowTrino(kNoFunction,
               fmt::format("Unexpected parameters ({}) for function concat", types));
  }
}

ExpressionPtr Concat(const BoundCall& call) {
  CheckParts(call);
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

enum class End : uint8_t { kLargest, kSmallest };

template <typename T, End kEnd>
T FurtherOf(T a, T b) {
  if (std::isnan(a) || std::isnan(b)) {
    return std::isnan(a) ? b : a;
  }
  return (kEnd == End::kLargest ? b > a : b < a) ? b : a;
}

/// Of floating numbers NaN counts only where there is nothing else.
ExpressionPtr FurthestOf(const BoundCall& call, std::string_view own,
                         std::string_view of_numbers) {
  bool is_floating = false;
  bool is_number = true;
  for (size_t i = 0; i < call.size(); ++i) {
    const Id id = call.IdOf(i);
    is_floating = is_floating || id == Id::DOUBLE || id == Id::FLOAT;
    is_number = is_number && (call.TypeOf(i).IsNumeric() || id == Id::SQLNULL);
  }
  if (!is_floating || !is_number) {
    return NullIfAny(call, own);
  }
  ExpressionPtr result = call.Argument(0);
  for (size_t i = 1; i < call.size(); ++i) {
    result = call.Ours(of_numbers, ListOf(std::move(result), call.Argument(i)));
  }
  return result;
}

ExpressionPtr Greatest(const BoundCall& call) {
  return FurthestOf(call, "greatest", "larger_number");
}
ExpressionPtr Least(const BoundCall& call) {
  return FurthestOf(call, "least", "smaller_number");
}
ExpressionPtr Zip(const BoundCall& call) { return NullIfAny(call, "list_zip"); }

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
  internal(Rewritten<&Divide>("divide", 2));
  internal(Rewritten<&Modulus>("modulus", 2));
  internal(Rewritten<&Negate>("negate", 1));
  internal(Rewritten<&Subscript>("subscript", 2));
  internal(Typed<&CheckedSubscript>("checked_subscript"));
  internal(Typed<&NonZeroIndex>("non_zero_index"));
  internal(Typed<&CheckedKey>("checked_key"));
  internal(MakeUnlessNull());
  internal(Typed<&FurtherOf<float, End::kLargest>>("larger_number"));
  internal(Typed<&FurtherOf<double, End::kLargest>>("larger_number"));
  internal(Typed<&FurtherOf<float, End::kSmallest>>("smaller_number"));
  internal(Typed<&FurtherOf<double, End::kSmallest>>("smaller_number"));
  library.Add(Rewritten<&ElementAt>("element_at", 2));
  library.Add(Rewritten<&Concat>("concat", 2, /*more_arguments=*/true));
  library.Add(Rewritten<&Zip>("zip", 2, /*more_arguments=*/true));
  library.Add(Rewritten<&Greatest>("greatest", 1, /*more_arguments=*/true));
  library.Add(Rewritten<&Least>("least", 1, /*more_arguments=*/true));
}

}  // namespace tarn::engine
