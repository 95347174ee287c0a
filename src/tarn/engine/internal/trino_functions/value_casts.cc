// CAST as the translator writes it: cast_<type>(x), which looks at the type of x.
#include <algorithm>
#include <cmath>
#include <limits>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/interval.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/rounded_moment.h"
#include "tarn/engine/internal/trino_functions/sketch_types.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/value_text.h"
#include "tarn/engine/internal/trino_functions/zoned_type.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using Id = duckdb::LogicalTypeId;

[[noreturn]] void ThrowCannotCast(const BoundCall& call, std::string_view target) {
  ThrowTrino(kTypeMismatch,
             fmt::format("Cannot cast {} to {}", TrinoTypeName(call.TypeOf(0)), target));
}

bool IsFloat(Id id) { return id == Id::FLOAT || id == Id::DOUBLE; }

bool IsInteger(Id id) {
  return id == Id::TINYINT || id == Id::SMALLINT || id == Id::INTEGER ||
         id == Id::BIGINT || id == Id::HUGEINT || id == Id::UTINYINT ||
         id == Id::USMALLINT || id == Id::UINTEGER || id == Id::UBIGINT;
}

bool IsNumber(Id id) { return IsFloat(id) || IsInteger(id) || id == Id::DECIMAL; }

bool IsText(const LogicalType& type) {
  return type.id() == Id::VARCHAR && !type.IsJSONType();
}

// --- to integers -----------------------------------------------------------------------

template <typename T>
constexpr std::string_view NameOf() {
  constexpr std::string_view kNames[] = {"tinyint", "smallint", "integer", "bigint"};
  return kNames[sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3];
}

template <typename T>
T RoundedInteger(double value) {
  if (std::isnan(value)) {
    ThrowTrino(kInvalidCast, fmt::format("Cannot cast double NaN to {}", NameOf<T>()));
  }
  const double rounded = std::round(value);
  constexpr double kTop = -static_cast<double>(std::numeric_limits<T>::min());
  if (rounded < -kTop || rounded >= kTop) {
    if (sizeof(T) == 8) {
      ThrowTrino(kInvalidCast,
                 fmt::format("Unable to cast {} to bigint", ScientificText(value)));
    }
    ThrowTrino(kOutOfRange, fmt::format("Out of range for {}: {}", NameOf<T>(),
                                        ScientificText(value)));
  }
  return static_cast<T>(rounded);
}

template <typename T>
T Narrowed(int64_t value) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
    ThrowTrino(kOutOfRange, fmt::format("Out of range for {}: {}", NameOf<T>(), value));
  }
  return static_cast<T>(value);
}

ExpressionPtr ToInteger(const BoundCall& call, const LogicalType& target,
                        std::string_view name) {
  const LogicalType from = call.TypeOf(0);
  if (IsText(from)) {
    return call.Ours(fmt::format("text_to_{}", name), call.Arguments());
  }
  if (IsFloat(from.id())) {
    return call.Ours(fmt::format("round_to_{}", name), call.Arguments());
  }
  if (IsInteger(from.id()) && target.id() != Id::BIGINT && from.id() != Id::HUGEINT) {
    return call.Ours(fmt::format("narrow_to_{}", name), call.Arguments());
  }
  if (IsNumber(from.id()) || from.id() == Id::BOOLEAN || from.id() == Id::SQLNULL ||
      from.IsJSONType()) {
    return call.Cast(call.Argument(0), target);
  }
  ThrowCannotCast(call, name);
}

ExpressionPtr CastTinyint(const BoundCall& call) {
  return ToInteger(call, LogicalType::TINYINT, "tinyint");
}
ExpressionPtr CastSmallint(const BoundCall& call) {
  return ToInteger(call, LogicalType::SMALLINT, "smallint");
}
ExpressionPtr CastInteger(const BoundCall& call) {
  return ToInteger(call, LogicalType::INTEGER, "integer");
}
ExpressionPtr CastBigint(const BoundCall& call) {
  return ToInteger(call, LogicalType::BIGINT, "bigint");
}

// --- to other plain types --------------------------------------------------------------

/// Text through `text_to_<name>`, what `taken` says through DuckDB's cast.
ExpressionPtr PlainCast(const BoundCall& call, const LogicalType& target,
                        std::string_view name, bool taken) {
  const LogicalType from = call.TypeOf(0);
  if (IsText(from)) {
    return call.Ours(fmt::format("text_to_{}", name), call.Arguments());
  }
  if (taken || from.id() == target.id() || from.id() == Id::SQLNULL) {
    return call.Cast(call.Argument(0), target);
  }
  ThrowCannotCast(call, name);
}

bool IsNumeric(const BoundCall& call) {
  return IsNumber(call.IdOf(0)) || call.IdOf(0) == Id::BOOLEAN ||
         call.TypeOf(0).IsJSONType();
}

ExpressionPtr CastReal(const BoundCall& call) {
  return PlainCast(call, LogicalType::FLOAT, "real", IsNumeric(call));
}
ExpressionPtr CastDouble(const BoundCall& call) {
  return PlainCast(call, LogicalType::DOUBLE, "double", IsNumeric(call));
}
ExpressionPtr CastBoolean(const BoundCall& call) {
  return PlainCast(call, LogicalType::BOOLEAN, "boolean", IsNumeric(call));
}

bool IsLocalMoment(Id id) {
  return id == Id::TIMESTAMP_SEC || id == Id::TIMESTAMP_MS || id == Id::TIMESTAMP ||
         id == Id::TIMESTAMP_NS;
}

/// Argument 0 with its zone's local date and time instead of an instant.
ExpressionPtr LocalArgument(const BoundCall& call) {
  return call.IdOf(0) == Id::TIMESTAMP_TZ ? LocalTimeOf(call, 0) : call.Argument(0);
}

ExpressionPtr CastDate(const BoundCall& call) {
  if (call.IdOf(0) == Id::TIMESTAMP_TZ) {
    return call.Cast(LocalTimeOf(call, 0), LogicalType::DATE);
  }
  return PlainCast(call, LogicalType::DATE, "date", IsLocalMoment(call.IdOf(0)));
}

/// Digits of the second, argument 1 of a cast to a moment or a time.
int64_t DigitsOf(const BoundCall& call) {
  return call.size() < 2 ? 3 : call.Constant(1).GetValue<int64_t>();
}

ExpressionPtr WholeTime(const BoundCall& call) {
  if (call.IdOf(0) == Id::TIMESTAMP_TZ) {
    return call.Cast(LocalTimeOf(call, 0), LogicalType::TIME);
  }
  if (IsText(call.TypeOf(0))) {
    return call.Ours("text_to_time", ListOf(call.Argument(0)));
  }
  const Id from = call.IdOf(0);
  if (!IsLocalMoment(from) && from != Id::TIME && from != Id::SQLNULL) {
    ThrowCannotCast(call, "time");
  }
  return call.Cast(call.Argument(0), LogicalType::TIME);
}

/// To so many digits of the second; what is rounded up to midnight begins the day.
duckdb::dtime_t RoundTime(duckdb::dtime_t time, int64_t digits) {
  return duckdb::dtime_t(RoundedMicros(time.micros, digits) %
                         duckdb::Interval::MICROS_PER_DAY);
}

ExpressionPtr CastTime(const BoundCall& call) {
  ExpressionPtr time = WholeTime(call);
  const int64_t digits = DigitsOf(call);
  if (digits >= 6) {
    return time;
  }
  return call.Ours("round_time",
                   ListOf(std::move(time), ConstantOf(duckdb::Value::BIGINT(digits))));
}

ExpressionPtr CastUuid(const BoundCall& call) {
  const Id from = call.IdOf(0);
  if (!IsText(call.TypeOf(0)) && from != Id::UUID && from != Id::BLOB &&
      from != Id::SQLNULL) {
    ThrowCannotCast(call, "uuid");
  }
  return call.Cast(call.Argument(0), LogicalType::UUID);
}

ExpressionPtr CastVarbinary(const BoundCall& call) {
  if (IsText(call.TypeOf(0))) {
    return call.Own("encode", call.Arguments());
  }
  const Id from = call.IdOf(0);
  if (from != Id::BLOB && from != Id::UUID && from != Id::SQLNULL) {
    ThrowCannotCast(call, "varbinary");
  }
  if (IsSketch(call.TypeOf(0))) {
    return call.Ours("sketch_bytes", call.Arguments());
  }
  return call.Cast(call.Argument(0), LogicalType::BLOB);
}

// --- to decimals -----------------------------------------------------------------------

ExpressionPtr CastDecimal(const BoundCall& call) {
  const auto width = call.Constant(1).GetValue<uint8_t>();
  const auto scale = call.Constant(2).GetValue<uint8_t>();
  const LogicalType target = LogicalType::DECIMAL(width, scale);
  const LogicalType from = call.TypeOf(0);
  if (!IsNumber(from.id()) && !IsText(from) && !from.IsJSONType() &&
      from.id() != Id::BOOLEAN && from.id() != Id::SQLNULL) {
    ThrowCannotCast(call, TrinoTypeName(target));
  }
  if (!IsText(from)) {
    return call.Cast(call.Argument(0), target);
  }
  auto checked = call.Ours(
      "checked_decimal_text",
      ListOf(call.Argument(0), ConstantOf(duckdb::Value(fmt::format(
                                   "DECIMAL({}, {})", int{width}, int{scale})))));
  return call.Cast(std::move(checked), target);
}

std::string CheckedDecimalText(std::string_view text, std::string_view type) {
  const bool blank = Trimmed(text).size() != text.size();
  if (blank || text.empty() ||
      text.find_first_not_of("0123456789+-.eE") != std::string_view::npos ||
      !ParseDouble(text)) {
    ThrowTrino(kInvalidCast, fmt::format("Cannot cast VARCHAR '{}' to {}. Value is not a "
                                         "number.",
                                         text, type));
  }
  return std::string(text);
}

// --- to timestamps ---------------------------------------------------------------------

LogicalType TimestampOf(int64_t digits) {
  if (digits == 0) {
    return LogicalType::TIMESTAMP_S;
  }
  if (digits <= 3) {
    return LogicalType::TIMESTAMP_MS;
  }
  return digits <= 6 ? LogicalType::TIMESTAMP : LogicalType::TIMESTAMP_NS;
}

ExpressionPtr Rounded(const BoundCall& call, ExpressionPtr moment, int64_t digits) {
  const Id id = moment->return_type.id();
  if (digits >= 6 || id == Id::TIMESTAMP_SEC || (id == Id::TIMESTAMP_MS && digits >= 3)) {
    return moment;
  }
  return call.Ours("round_timestamp",
                   ListOf(std::move(moment), ConstantOf(duckdb::Value::BIGINT(digits))));
}

ExpressionPtr TextToTimestamp(const BoundCall& call, int64_t digits) {
  return call.Ours(
      "text_to_timestamp",
      ListOf(call.Argument(0),
             ConstantOf(duckdb::Value::BIGINT(std::min<int64_t>(digits, 6)))));
}

ExpressionPtr CastTimestamp(const BoundCall& call) {
  const int64_t digits = DigitsOf(call);
  const LogicalType target = TimestampOf(digits);
  const Id from = call.IdOf(0);
  if (IsText(call.TypeOf(0))) {
    return call.Cast(TextToTimestamp(call, digits), target);
  }
  if (from == Id::DATE || from == Id::SQLNULL) {
    return call.Cast(call.Argument(0), target);
  }
  if (from == Id::TIMESTAMP_TZ || IsLocalMoment(from)) {
    return call.Cast(Rounded(call, LocalArgument(call), digits), target);
  }
  ThrowCannotCast(call, TrinoTypeName(target));
}

duckdb::timestamp_tz_t RoundInstant(duckdb::timestamp_tz_t instant, int64_t digits) {
  return duckdb::timestamp_tz_t(RoundedMicros(instant.value, digits));
}

/// In its own zone still.
ExpressionPtr RoundedInstant(const BoundCall& call) {
  const int64_t digits = DigitsOf(call);
  if (digits >= 6) {
    return call.Argument(0);
  }
  auto rounded =
      call.Ours("round_instant",
                ListOf(call.Argument(0), ConstantOf(duckdb::Value::BIGINT(digits))));
  return ShownIn(call, std::move(rounded), ZoneOf(call, 0));
}

ExpressionPtr CastTimestampTz(const BoundCall& call) {
  const Id from = call.IdOf(0);
  if (from == Id::TIMESTAMP_TZ) {
    return RoundedInstant(call);
  }
  if (from == Id::SQLNULL) {
    return call.Cast(call.Argument(0), LogicalType::TIMESTAMP_TZ);
  }
  if (IsText(call.TypeOf(0))) {
    return InstantOfText(call, TextToTimestamp(call, DigitsOf(call)));
  }
  if (from == Id::DATE) {
    return InstantOf(call, call.Argument(0), SessionZone(call.context()));
  }
  if (IsLocalMoment(from)) {
    return InstantOf(call, Rounded(call, call.Argument(0), DigitsOf(call)),
                     SessionZone(call.context()));
  }
  ThrowCannotCast(call, "timestamp with time zone");
}

// --- JSON ------------------------------------------------------------------------------

/// As Java writes it: plain from a thousandth to ten millions.
template <typename T>
std::string JsonOfFloat(T value) {
  if (!std::isfinite(value)) {
    return '"' + ScientificText(value) + '"';
  }
  const T size = std::fabs(value);
  const bool is_plain = size == 0 || (size >= T{1e-3F} && size < T{1e7F});
  const std::string digits = fmt::format("{}", value);
  return !is_plain ? ScientificText(value)
                   : digits + (digits.find('.') == std::string::npos ? ".0" : "");
}

ExpressionPtr CastJson(const BoundCall& call) {
  const LogicalType from = call.TypeOf(0);
  if (from.IsJSONType()) {
    return call.Argument(0);
  }
  if (from.id() == Id::SQLNULL) {
    return call.Cast(call.Argument(0), LogicalType::JSON());
  }
  if (from.id() == Id::DECIMAL) {
    return call.Cast(call.Ours("cast_varchar", ListOf(call.Argument(0))),
                     LogicalType::JSON());
  }
  if (IsFloat(from.id())) {
    return call.Cast(call.Ours("json_of_number", ListOf(call.Argument(0))),
                     LogicalType::JSON());
  }
  constexpr Id kOthers[] = {Id::BLOB,         Id::TIME, Id::TIME_TZ,
                            Id::TIMESTAMP_TZ, Id::UUID, Id::INTERVAL};
  if (std::ranges::find(kOthers, from.id()) != std::end(kOthers)) {
    ThrowCannotCast(call, "json");
  }
  auto json = call.Own("to_json", call.Arguments());
  if (from.id() == Id::MAP) {  // by key
    json =
        call.Ours("json_parse", ListOf(call.Cast(std::move(json), LogicalType::VARCHAR)));
  }
  return call.Ours("unless_null", ListOf(std::move(json), call.Argument(0)));
}

ExpressionPtr JsonCast(const BoundCall& call) {
  const LogicalType target = call.TypeOf(1);
  if (target.id() == Id::VARCHAR && !target.IsJSONType()) {
    return call.Ours("cast_varchar", ListOf(call.Argument(0)));
  }
  return call.Cast(call.Cast(call.Argument(0), LogicalType::JSON()), target);
}

// --- literals --------------------------------------------------------------------------

/// checked_literal(cast, type, text): the cast of a literal, which is refused by the
/// name of its type where its text is none of it.
ExpressionPtr CheckedLiteral(const BoundCall& call) {
  if (call.Peek(0).IsFoldable()) {
    try {
      call.Constant(0);
    } catch (const duckdb::Exception&) {
      ThrowTrino(kInvalidLiteral,
                 fmt::format("'{}' is not a valid {} literal",
                             call.Constant(2).ToString(), call.Constant(1).ToString()));
    }
  }
  return call.Argument(0);
}

}  // namespace

void AddValueCasts(FunctionLibrary& library) {
  library.Add(Rewritten<&CheckedLiteral>("checked_literal", 3), Reach::kTranslatorOnly);
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&RoundedInteger<int8_t>>("round_to_tinyint"));
  internal(Typed<&RoundedInteger<int16_t>>("round_to_smallint"));
  internal(Typed<&RoundedInteger<int32_t>>("round_to_integer"));
  internal(Typed<&RoundedInteger<int64_t>>("round_to_bigint"));
  internal(Typed<&Narrowed<int8_t>>("narrow_to_tinyint"));
  internal(Typed<&Narrowed<int16_t>>("narrow_to_smallint"));
  internal(Typed<&Narrowed<int32_t>>("narrow_to_integer"));
  internal(Typed<&JsonOfFloat<float>>("json_of_number"));
  internal(Typed<&JsonOfFloat<double>>("json_of_number"));
  internal(Typed<&CheckedDecimalText>("checked_decimal_text"));
  internal(Rewritten<&CastTinyint>("cast_tinyint", 1));
  internal(Rewritten<&CastSmallint>("cast_smallint", 1));
  internal(Rewritten<&CastInteger>("cast_integer", 1));
  internal(Rewritten<&CastBigint>("cast_bigint", 1));
  internal(Rewritten<&CastReal>("cast_real", 1));
  internal(Rewritten<&CastDouble>("cast_double", 1));
  internal(Rewritten<&CastBoolean>("cast_boolean", 1));
  internal(Rewritten<&CastDate>("cast_date", 1));
  internal(Rewritten<&CastTime>("cast_time", 1));
  internal(Rewritten<&CastTime>("cast_time", 2));
  internal(Typed<&RoundTime>("round_time"));
  internal(Typed<&RoundInstant>("round_instant"));
  internal(Rewritten<&CastUuid>("cast_uuid", 1));
  internal(Rewritten<&CastVarbinary>("cast_varbinary", 1));
  internal(Rewritten<&CastDecimal>("cast_decimal", 3));
  internal(Rewritten<&CastTimestamp>("cast_timestamp", 1));
  internal(Rewritten<&CastTimestamp>("cast_timestamp", 2));
  internal(Rewritten<&CastTimestampTz>("cast_timestamp_tz", 1));
  internal(Rewritten<&CastTimestampTz>("cast_timestamp_tz", 2));
  internal(Rewritten<&CastJson>("cast_json", 1));
  internal(Rewritten<&JsonCast>("json_cast", 2));
}

}  // namespace tarn::engine
