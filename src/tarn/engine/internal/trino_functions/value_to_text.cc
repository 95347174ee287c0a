// Casts to varchar and char, and typeof.
#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/utf8_text.h"
#include "tarn/engine/internal/trino_functions/value_text.h"
#include "tarn/engine/internal/trino_functions/zoned_type.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;

std::string DoubleText(double value) { return ScientificText(value); }
std::string RealText(float value) { return ScientificText(value); }

std::string TextOfDate(duckdb::date_t date) {
  int32_t year = 0;
  int32_t month = 0;
  int32_t day = 0;
  duckdb::Date::Convert(date, year, month, day);
  return DateText(year, month, day);
}

std::string TextOfTime(duckdb::dtime_t time, int32_t digits) {
  return TimeText(time.micros, digits);
}

std::string TextOfTimestamp(duckdb::timestamp_t timestamp, int32_t digits) {
  duckdb::date_t date;
  duckdb::dtime_t time;
  duckdb::Timestamp::Convert(timestamp, date, time);
  return TextOfDate(date) + " " + TimeText(time.micros, digits);
}

std::string TextOfNanoseconds(duckdb::timestamp_ns_t timestamp) {
  duckdb::date_t date;
  duckdb::dtime_t time;
  int32_t nanos = 0;
  duckdb::Timestamp::Convert(timestamp, date, time, nanos);
  return fmt::format("{} {}{:03}", TextOfDate(date), TimeText(time.micros, 6), nanos);
}

/// DuckDB's own intervals may have months, of which those of YEAR TO MONTH are made.
std::string TextOfInterval(duckdb::interval_t interval) {
  if (interval.months != 0) {
    return MonthsText(interval.months);
  }
  return DayTimeText(interval.days * duckdb::Interval::MICROS_PER_DAY + interval.micros);
}

std::string TextOfMonths(duckdb::interval_t interval) {
  return MonthsText(interval.months);
}

std::string TextOfBoolean(bool value) { return value ? "true" : "false"; }

/// DuckDB leaves out the zero of ".5".
std::string TextOfDecimal(std::string_view digits) {
  const bool is_negative = digits.starts_with("-");
  const std::string_view size = digits.substr(is_negative ? 1 : 0);
  return fmt::format("{}{}{}", is_negative ? "-" : "", size.starts_with(".") ? "0" : "",
                     size);
}

/// The text of a time with no more than `digits` of the second's fraction.
std::string WithDigits(std::string_view text, int64_t digits) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos) {
    return std::string(text);
  }
  const size_t end =
      std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  const auto kept = std::min(static_cast<size_t>(digits), end - point - 1);
  const size_t fraction_size = kept == 0 ? 0 : kept + 1;
  return fmt::format("{}{}{}", text.substr(0, point), text.substr(point, fraction_size),
                     text.substr(end));
}

std::string WithZone(std::string_view text, std::string_view zone) {
  return fmt::format("{} {}", text, zone);
}

std::optional<std::string> ScalarOfJson(std::string_view json) {
  json = Trimmed(json);
  if (json == "null") {
    return {};
  }
  if (json.starts_with("{") || json.starts_with("[")) {
    ThrowTrino(kInvalidCast, fmt::format("Cannot cast '{}' to varchar", json));
  }
  return std::string(json);
}

int32_t DigitsOf(Id id) {
  switch (id) {
    case Id::TIMESTAMP_SEC:
      return 0;
    case Id::TIMESTAMP_MS:
      return 3;
    default:
      return 6;
  }
}

ExpressionPtr TimestampText(const BoundCall& call, ExpressionPtr moment, Id id) {
  return call.Ours("text_of_timestamp",
                   ListOf(std::move(moment), ConstantOf(Value::INTEGER(DigitsOf(id)))));
}

ExpressionPtr JsonText(const BoundCall& call) {
  auto scalar = call.Ours("scalar_of_json",
                          ListOf(call.Cast(call.Argument(0), LogicalType::VARCHAR)));
  return call.Own("->>", ListOf(call.Cast(std::move(scalar), LogicalType::JSON()),
                                ConstantOf(Value("$"))));
}

ExpressionPtr CastVarchar(const BoundCall& call) {
  const LogicalType from = call.TypeOf(0);
  switch (from.id()) {
    case Id::VARCHAR:
      return from.IsJSONType() ? JsonText(call) : call.Argument(0);
    case Id::FLOAT:
      return call.Ours("text_of_real", call.Arguments());
    case Id::DOUBLE:
      return call.Ours("text_of_double", call.Arguments());
    case Id::BOOLEAN:
      return call.Ours("text_of_boolean", call.Arguments());
    case Id::DECIMAL:
      return call.Ours("text_of_decimal",
                       ListOf(call.Cast(call.Argument(0), LogicalType::VARCHAR)));
    case Id::DATE:
      return call.Ours("text_of_date", call.Arguments());
    case Id::TIME:
      return call.Ours("text_of_time",
                       ListOf(call.Argument(0), ConstantOf(Value::INTEGER(6))));
    case Id::INTERVAL:
      return call.Ours(IsYearMonth(from) ? "text_of_months" : "text_of_interval",
                       ListOf(PlainInterval(call, 0)));
    case Id::TIMESTAMP_SEC:
    case Id::TIMESTAMP_MS:
    case Id::TIMESTAMP:
      return TimestampText(call, call.Argument(0), from.id());
    case Id::TIMESTAMP_NS:
      return call.Ours("text_of_nanoseconds", call.Arguments());
    case Id::TIMESTAMP_TZ: {
      auto text = TimestampText(call, LocalTimeOf(call, 0), from.id());
      const Value zone(ZoneOf(call, 0));
      return call.Ours("with_zone", ListOf(std::move(text), ConstantOf(zone)));
    }
    case Id::BLOB:
    case Id::LIST:
    case Id::MAP:
    case Id::STRUCT:
      ThrowTrino(kTypeMismatch,
                 fmt::format("Cannot cast {} to varchar", TrinoTypeName(from)));
    default:
      return call.Cast(call.Argument(0), LogicalType::VARCHAR);
  }
}

std::string CutText(std::string_view text, int64_t length) {
  return std::string(FirstCharacters(text, length));
}

std::string FittedText(std::string_view text, int64_t length) {
  if (CharacterCount(text) > length) {
    ThrowTrino(kInvalidCast, fmt::format("Value {} cannot be represented as varchar({})",
                                         text, length));
  }
  return std::string(text);
}

std::string PaddedText(std::string_view text, int64_t length) {
  std::string padded(FirstCharacters(text, length));
  const int64_t missing = length - CharacterCount(padded);
  padded.append(static_cast<size_t>(std::max<int64_t>(missing, 0)), ' ');
  return padded;
}

ExpressionPtr CastVarcharOf(const BoundCall& call) {
  const bool is_text = call.IdOf(0) == Id::VARCHAR && !call.TypeOf(0).IsJSONType();
  auto text = call.Ours("cast_varchar", ListOf(call.Argument(0)));
  return call.Ours(is_text ? "cut_text" : "fitted_text",
                   ListOf(std::move(text), call.Argument(1)));
}

ExpressionPtr CastChar(const BoundCall& call) {
  const bool is_text = call.IdOf(0) == Id::VARCHAR && !call.TypeOf(0).IsJSONType();
  if (!is_text && call.IdOf(0) != Id::SQLNULL) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Cannot cast {} to char({})", TrinoTypeName(call.TypeOf(0)),
                           call.Constant(1).ToString()));
  }
  auto text = call.Ours("cast_varchar", ListOf(call.Argument(0)));
  return call.Ours("padded_text", ListOf(std::move(text), call.Argument(1)));
}

ExpressionPtr TypeNameOf(const BoundCall& call) {
  const LogicalType type = call.TypeOf(0);
  return ConstantOf(Value(TrinoTypeName(type)));
}

}  // namespace

void AddValueTexts(FunctionLibrary& library) {
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&DoubleText>("text_of_double"));
  internal(Typed<&RealText>("text_of_real"));
  internal(Typed<&TextOfBoolean>("text_of_boolean"));
  internal(Typed<&TextOfDecimal>("text_of_decimal"));
  internal(Typed<&TextOfDate>("text_of_date"));
  internal(Typed<&TextOfTime>("text_of_time"));
  internal(Typed<&TextOfTimestamp>("text_of_timestamp"));
  internal(Typed<&TextOfNanoseconds>("text_of_nanoseconds"));
  internal(Typed<&TextOfInterval>("text_of_interval"));
  internal(Typed<&TextOfMonths>("text_of_months"));
  internal(Typed<&WithZone>("with_zone"));
  internal(Typed<&WithDigits>("with_digits"));
  internal(Typed<&ScalarOfJson>("scalar_of_json"));
  internal(Typed<&CutText>("cut_text"));
  internal(Typed<&FittedText>("fitted_text"));
  internal(Typed<&PaddedText>("padded_text"));
  internal(Rewritten<&CastVarchar>("cast_varchar", 1));
  internal(Rewritten<&CastVarcharOf>("cast_varchar", 2));
  internal(Rewritten<&CastChar>("cast_char", 2));
  library.Add(Rewritten<&TypeNameOf>("typeof", 1));
}

}  // namespace tarn::engine
