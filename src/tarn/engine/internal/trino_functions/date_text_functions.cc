// Dates and times as text: patterns, ISO 8601, durations.
#include <cmath>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/interval.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/datetime_pattern.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/value_text.h"
#include "tarn/engine/internal/trino_functions/zoned_type.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;

using Parser = Pattern (*)(std::string_view);

/// The pattern of `text`; rows mostly ask for the same one.
template <Parser kParse>
const Pattern& PatternOf(std::string_view text) {
  thread_local std::string last_text;
  thread_local Pattern last;
  if (last.empty() || last_text != text) {
    last = kParse(text);
    last_text = text;
  }
  return last;
}

LocalMoment MomentOf(duckdb::timestamp_t timestamp) {
  duckdb::date_t date;
  duckdb::dtime_t time;
  duckdb::Timestamp::Convert(timestamp, date, time);
  LocalMoment moment;
  duckdb::Date::Convert(date, moment.year, moment.month, moment.day);
  moment.micros = time.micros;
  moment.day_of_year = duckdb::Date::ExtractDayOfTheYear(date);
  moment.day_of_week = duckdb::Date::ExtractISODayOfTheWeek(date);
  duckdb::Date::ExtractISOYearWeek(date, moment.week_year, moment.week);
  return moment;
}

duckdb::timestamp_t TimestampOf(const ReadMoment& moment, std::string_view text) {
  duckdb::date_t date;
  if (moment.week) {
    // The week of January 4th is the first one.
    const duckdb::date_t fourth = duckdb::Date::FromDate(moment.year, 1, 4);
    date = duckdb::Date::GetMondayOfCurrentWeek(fourth);
    date.days += (*moment.week - 1) * 7 + moment.day_of_week - 1;
  } else if (moment.day_of_year) {
    date = duckdb::Date::FromDate(moment.year, 1, 1);
    date.days += *moment.day_of_year - 1;
  } else if (!duckdb::Date::TryFromDate(moment.year, moment.month, moment.day, date)) {
    ThrowTrino(kInvalidArgument,
               fmt::format("Cannot parse \"{}\": Value {} for dayOfMonth must be in the "
                           "range [1,{}]",
                           text, moment.day,
                           duckdb::Date::MonthDays(moment.year, moment.month)));
  }
  return duckdb::Timestamp::FromDatetime(date, duckdb::dtime_t(moment.micros));
}

std::string FormatMysql(duckdb::timestamp_t timestamp, std::string_view pattern) {
  return FormatMoment(MomentOf(timestamp), PatternOf<&ParseMysqlPattern>(pattern));
}

duckdb::timestamp_t ParseMysql(std::string_view text, std::string_view pattern) {
  return TimestampOf(ParseByPattern(text, PatternOf<&ParseMysqlPattern>(pattern)), text);
}

std::string FormatJoda(duckdb::timestamp_t timestamp, std::string_view pattern,
                       int64_t offset_seconds, std::string_view zone) {
  LocalMoment moment = MomentOf(timestamp);
  moment.offset_seconds = static_cast<int32_t>(offset_seconds);
  moment.zone = std::string(zone);
  return FormatMoment(moment, PatternOf<&ParseJodaPattern>(pattern));
}

duckdb::timestamp_t WithoutOffset(duckdb::timestamp_t local, const std::string& zone) {
  const int64_t offset = OffsetOfZone(zone).value_or(0);
  return duckdb::timestamp_t(local.value - offset * 1'000'000);
}

/// The time at UTC of a text with an offset, else the local time in its zone.
duckdb::timestamp_t ParseJoda(std::string_view text, std::string_view pattern) {
  const ReadMoment read = ParseByPattern(text, PatternOf<&ParseJodaPattern>(pattern));
  return WithoutOffset(TimestampOf(read, text), read.zone);
}

/// The zone in which ParseJoda's time is local.
std::string JodaZone(std::string_view text, std::string_view pattern,
                     std::string_view otherwise) {
  const ReadMoment read = ParseByPattern(text, PatternOf<&ParseJodaPattern>(pattern));
  if (read.zone.empty()) {
    return std::string(otherwise);
  }
  return OffsetOfZone(read.zone) ? "UTC" : read.zone;
}

ExpressionPtr LocalArgument(const BoundCall& call) {
  auto local = call.IdOf(0) == Id::TIMESTAMP_TZ ? LocalTimeOf(call, 0) : call.Argument(0);
  return call.Cast(std::move(local), LogicalType::TIMESTAMP);
}

ExpressionPtr DateFormat(const BoundCall& call) {
  return call.Ours("format_mysql", ListOf(LocalArgument(call), call.Argument(1)));
}

ExpressionPtr DateParse(const BoundCall& call) {
  return call.Cast(call.Ours("parse_mysql", call.Arguments()), LogicalType::TIMESTAMP_MS);
}

ExpressionPtr FormatDatetime(const BoundCall& call) {
  const bool zoned = call.IdOf(0) == Id::TIMESTAMP_TZ;
  auto offset = zoned ? call.Ours("offset_seconds", ListOf(call.Argument(0)))
                      : ConstantOf(Value::BIGINT(0));
  const std::string zone = zoned ? ZoneOf(call, 0) : "UTC";
  return call.Ours("format_joda", ListOf(LocalArgument(call), call.Argument(1),
                                         std::move(offset), ConstantOf(Value(zone))));
}

ExpressionPtr ParseDatetime(const BoundCall& call) {
  const std::string session = SessionZone(call.context());
  auto zone = call.Ours("joda_zone", ListOf(call.Argument(0), call.Argument(1),
                                            ConstantOf(Value(session))));
  return call.Own("timezone",
                  ListOf(std::move(zone), call.Ours("parse_joda", call.Arguments())));
}

// --- ISO 8601 --------------------------------------------------------------------------

/// The date part's pattern by its shape: "2024-01-02", "2024-01", "2024", "2024-W05-3",
/// "2024-005".
std::string_view IsoDatePattern(std::string_view date) {
  if (date.find('W') != std::string_view::npos) {
    return date.size() > 8 ? "xxxx-'W'ww-e" : "xxxx-'W'ww";
  }
  switch (date.size()) {
    case 4:
      return "yyyy";
    case 7:
      return "yyyy-MM";
    case 8:
      return "yyyy-DDD";
    default:
      return "yyyy-MM-dd";
  }
}

std::string IsoTimePattern(std::string_view time) {
  const size_t zone = time.find_first_of("Z+-");
  const std::string_view clock = time.substr(0, zone);
  std::string pattern = clock.size() <= 2   ? "HH"
                        : clock.size() <= 5 ? "HH:mm"
                                            : "HH:mm:ss";
  pattern += clock.find('.') == std::string_view::npos ? "" : ".S";
  return pattern + (zone == std::string_view::npos ? "" : "Z");
}

ReadMoment ReadIso(std::string_view text) {
  const size_t at = text.find('T');
  std::string pattern(IsoDatePattern(text.substr(0, at)));
  if (at != std::string_view::npos) {
    pattern += "'T'" + IsoTimePattern(text.substr(at + 1));
  }
  return ParseByPattern(text, PatternOf<&ParseJodaPattern>(pattern));
}

duckdb::date_t FromIsoDate(std::string_view text) {
  const ReadMoment read = ReadIso(text);
  return duckdb::Timestamp::GetDate(TimestampOf(read, text));
}

/// At UTC, if the text has an offset or the session's zone is UTC.
duckdb::timestamp_t IsoTimestamp(std::string_view text) {
  const ReadMoment read = ReadIso(text);
  return WithoutOffset(TimestampOf(read, text), read.zone);
}

std::string IsoZone(std::string_view text, std::string_view session) {
  return ReadIso(text).zone.empty() ? std::string(session) : "UTC";
}

ExpressionPtr FromIsoTimestamp(const BoundCall& call) {
  const std::string session = SessionZone(call.context());
  auto zone = call.Ours("iso_zone", ListOf(call.Argument(0), ConstantOf(Value(session))));
  return call.Own("timezone",
                  ListOf(std::move(zone), call.Ours("iso_timestamp", call.Arguments())));
}

std::string IsoText(std::string_view text, std::string_view offset) {
  std::string iso(text);
  const size_t space = iso.find(' ');
  if (space != std::string::npos) {
    iso[space] = 'T';
  }
  return iso + std::string(offset);
}

std::string IsoOffset(int64_t seconds) {
  return seconds == 0 ? "Z" : ZoneOfOffset(static_cast<int32_t>(seconds));
}

ExpressionPtr ToIso(const BoundCall& call) {
  auto offset = ConstantOf(Value(""));
  ExpressionPtr text;
  if (call.IdOf(0) == Id::TIMESTAMP_TZ) {
    offset = call.Ours("iso_offset",
                       ListOf(call.Ours("offset_seconds", ListOf(call.Argument(0)))));
    text = call.Ours("cast_varchar", ListOf(LocalTimeOf(call, 0)));
  } else {
    text = call.Ours("cast_varchar", ListOf(call.Argument(0)));
  }
  return call.Ours("iso_text", ListOf(std::move(text), std::move(offset)));
}

// --- durations -------------------------------------------------------------------------

std::string HumanReadableSeconds(double value) {
  if (!std::isfinite(value)) {
    ThrowTrino(kInvalidArgument, fmt::format("Invalid argument found: {}", value));
  }
  struct Unit {
    std::string_view name;
    int64_t seconds;
  };
  constexpr Unit kUnits[] = {
      {"week", 604'800}, {"day", 86'400}, {"hour", 3600}, {"minute", 60}, {"second", 1}};
  auto rest = static_cast<int64_t>(std::round(std::abs(value)));
  std::string text;
  for (const Unit& unit : kUnits) {
    const int64_t count = rest / unit.seconds;
    rest %= unit.seconds;
    if (count > 0) {
      text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", count, unit.name,
                          count == 1 ? "" : "s");
    }
  }
  return text.empty() ? "0 seconds" : text;
}

duckdb::interval_t ParseDuration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double micros;
  };
  constexpr Unit kUnits[] = {{"ns", 1e-3}, {"us", 1},     {"ms", 1e3},    {"s", 1e6},
                             {"m", 60e6},  {"h", 3600e6}, {"d", 86'400e6}};
  const size_t end = text.find_first_not_of("0123456789.");
  const std::string_view name =
      end == std::string_view::npos ? "" : Trimmed(text.substr(end));
  const auto count = ParseDouble(text.substr(0, end));
  for (const Unit& unit : kUnits) {
    if (unit.name == name && count) {
      const double millis = std::round(*count * unit.micros / 1e3);
      return {.months = 0, .days = 0, .micros = static_cast<int64_t>(millis) * 1000};
    }
  }
  ThrowTrino(kInvalidArgument,
             fmt::format("duration is not a valid data duration string: {}", text));
}

}  // namespace

void AddDateTexts(FunctionLibrary& library) {
  library.Add(Rewritten<&DateFormat>("date_format", 2));
  library.Add(Rewritten<&DateParse>("date_parse", 2));
  library.Add(Rewritten<&FormatDatetime>("format_datetime", 2));
  library.Add(Rewritten<&ParseDatetime>("parse_datetime", 2));
  library.Add(Rewritten<&FromIsoTimestamp>("from_iso8601_timestamp", 1));
  library.Add(Typed<&FromIsoDate>("from_iso8601_date"));
  library.Add(Rewritten<&ToIso>("to_iso8601", 1));
  library.Add(Typed<&HumanReadableSeconds>("human_readable_seconds"));
  library.Add(Typed<&ParseDuration>("parse_duration"));
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&FormatMysql>("format_mysql"));
  internal(Typed<&ParseMysql>("parse_mysql"));
  internal(Typed<&FormatJoda>("format_joda"));
  internal(Typed<&ParseJoda>("parse_joda"));
  internal(Typed<&JodaZone>("joda_zone"));
  internal(Typed<&IsoTimestamp>("iso_timestamp"));
  internal(Typed<&IsoZone>("iso_zone"));
  internal(Typed<&IsoText>("iso_text"));
  internal(Typed<&IsoOffset>("iso_offset"));
}

}  // namespace tarn::engine
