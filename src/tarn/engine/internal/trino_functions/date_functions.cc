// Parts, arithmetic and truncation of dates, times and timestamps.
#include <algorithm>
#include <cmath>
#include <limits>

#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types/interval.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/call_rewrite.h"
#include "tarn/engine/internal/trino_functions/fixed_name.h"
#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/zoned_type.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using Id = duckdb::LogicalTypeId;

constexpr int64_t kSecond = duckdb::Interval::MICROS_PER_SEC;

struct Unit {
  std::string_view name;
  int32_t months;
  int32_t days;
  int64_t micros;
};
constexpr Unit kUnits[] = {
    {"millisecond", 0, 0, 1000},
    {"second", 0, 0, kSecond},
    {"minute", 0, 0, 60 * kSecond},
    {"hour", 0, 0, 3600 * kSecond},
    {"day", 0, 1, 0},
    {"week", 0, 7, 0},
    {"month", 1, 0, 0},
    {"quarter", 3, 0, 0},
    {"year", 12, 0, 0},
};

/// The unit of that name (any case) if values of `kind` (DATE, TIME, TIMESTAMP) have it.
const Unit& UnitOf(std::string_view name, std::string_view kind) {
  const std::string lower = duckdb::StringUtil::Lower(std::string(name));
  const auto* const found = std::find_if(std::begin(kUnits), std::end(kUnits),
                                         [&](const Unit& u) { return u.name == lower; });
  const bool is_time_unit = found != std::end(kUnits) && found->micros != 0;
  if (found == std::end(kUnits) || (kind == "DATE" && is_time_unit) ||
      (kind == "TIME" && !is_time_unit)) {
    ThrowTrino(kInvalidArgument, fmt::format("'{}' is not a valid {} field", name, kind));
  }
  return *found;
}

std::string CheckedUnit(std::string_view name, std::string_view kind) {
  return std::string(UnitOf(name, kind).name);
}

duckdb::interval_t UnitsOf(std::string_view name, std::string_view kind, int64_t count) {
  const Unit& unit = UnitOf(name, kind);
  return {.months = static_cast<int32_t>(unit.months * count),
          .days = static_cast<int32_t>(unit.days * count),
          .micros = unit.micros * count};
}

duckdb::dtime_t TruncateTime(std::string_view name, duckdb::dtime_t time) {
  return duckdb::dtime_t(time.micros - time.micros % UnitOf(name, "TIME").micros);
}

int64_t IntervalPart(std::string_view name, duckdb::interval_t interval) {
  const int64_t micros =
      interval.days * duckdb::Interval::MICROS_PER_DAY + interval.micros;
  if (name == "year" || name == "month") {
    return name == "year" ? interval.months / 12 : interval.months % 12;
  }
  const Unit& unit = UnitOf(name, "TIMESTAMP");
  if (unit.name == "day") {
    return micros / duckdb::Interval::MICROS_PER_DAY;
  }
  const int64_t count = micros / unit.micros;
  return count % (unit.name == "hour" ? 24 : unit.name == "millisecond" ? 1000 : 60);
}

ExpressionPtr TextOf(std::string_view text) {
  return ConstantOf(Value(std::string(text)));
}

std::string_view KindOf(Id id) {
  return id == Id::DATE ? "DATE" : (id == Id::TIME ? "TIME" : "TIMESTAMP");
}

bool IsZoned(const BoundCall& call, size_t i) { return call.IdOf(i) == Id::TIMESTAMP_TZ; }

/// Argument `i` with the local time of its zone instead of an instant.
ExpressionPtr Local(const BoundCall& call, size_t i) {
  return IsZoned(call, i) ? LocalTimeOf(call, i) : call.Argument(i);
}

/// A local time as a value of argument i's type.
ExpressionPtr BackToType(const BoundCall& call, size_t i, ExpressionPtr local) {
  if (!IsZoned(call, i)) {
    return call.Cast(std::move(local), call.TypeOf(i));
  }
  const std::string zone = ZoneOf(call, i);
  return ShownIn(call, InstantOf(call, std::move(local), zone), zone);
}

ExpressionPtr Unit1(const BoundCall& call, std::string_view kind) {
  return call.Ours("checked_unit", ListOf(call.Argument(0), TextOf(kind)));
}

ExpressionPtr DateTrunc(const BoundCall& call) {
  if (call.IdOf(1) == Id::TIME) {
    return call.Ours("truncate_time", call.Arguments());
  }
  auto unit = Unit1(call, KindOf(call.IdOf(1)));
  auto truncated = call.Own("date_trunc", ListOf(std::move(unit), Local(call, 1)));
  return BackToType(call, 1, std::move(truncated));
}

ExpressionPtr DateAdd(const BoundCall& call) {
  const std::string_view kind = KindOf(call.IdOf(2));
  auto interval =
      call.Ours("units_of", ListOf(call.Argument(0), TextOf(kind), call.Argument(1)));
  if (call.IdOf(2) == Id::DATE) {
    return call.Ours("date_plus", ListOf(call.Argument(2), std::move(interval)));
  }
  if (IsZoned(call, 2) && UnitOf(call.Constant(0).ToString(), kind).micros != 0) {
    auto later = call.Own("+", ListOf(call.Argument(2), std::move(interval)));
    return ShownIn(call, std::move(later), ZoneOf(call, 2));  // clocks may have changed
  }
  auto sum = call.Own("+", ListOf(Local(call, 2), std::move(interval)));
  return BackToType(call, 2, std::move(sum));
}

/// The local time of argument `i` without what is shorter than a millisecond, which
/// differences do not count.
ExpressionPtr Milliseconds(const BoundCall& call, size_t i) {
  const bool has_more = call.IdOf(i) == Id::TIMESTAMP || IsZoned(call, i);
  return has_more ? call.Own("date_trunc", ListOf(TextOf("millisecond"), Local(call, i)))
                  : Local(call, i);
}

ExpressionPtr DateDiff(const BoundCall& call) {
  const bool dates = call.IdOf(1) == Id::DATE && call.IdOf(2) == Id::DATE;
  auto unit = Unit1(call, dates ? "DATE" : KindOf(call.IdOf(2)));
  return call.Own("date_sub",
                  ListOf(std::move(unit), Milliseconds(call, 1), Milliseconds(call, 2)));
}

/// What has a part: dates and moments all, times of day and intervals some.
bool HasPart(const LogicalType& type, std::string_view part) {
  const bool is_of_day =
      part == "hour" || part == "minute" || part == "second" || part == "millisecond";
  switch (type.id()) {
    case Id::INTERVAL:
      return IsYearMonth(type) ? part == "year" || part == "month"
                               : is_of_day || part == "day";
    case Id::TIME:
    case Id::TIME_TZ:
      return is_of_day;
    case Id::DATE:
    case Id::TIMESTAMP_SEC:
    case Id::TIMESTAMP_MS:
    case Id::TIMESTAMP:
    case Id::TIMESTAMP_NS:
    case Id::TIMESTAMP_TZ:
    case Id::SQLNULL:
      return true;
    default:
      return false;
  }
}

/// DuckDB's part `own` of argument 0, as BIGINT.
ExpressionPtr PartOf(const BoundCall& call, std::string_view own) {
  if (!HasPart(call.TypeOf(0), own)) {
    ThrowTrino(kNoFunction, fmt::format("Unexpected parameters ({}) for function {}",
                                        TrinoTypeName(call.TypeOf(0)), own));
  }
  if (call.IdOf(0) == Id::INTERVAL) {
    return call.Ours("interval_part", ListOf(TextOf(own), PlainInterval(call, 0)));
  }
  return call.Cast(call.Own(own, ListOf(Local(call, 0))), LogicalType::BIGINT);
}

/// The part that a field of EXTRACT asks a value for; zones have no part of their own.
std::string_view PartNamed(std::string_view field) {
  return field.starts_with("timezone") ? "week" : field;
}

/// extractable(x, field): x, of which EXTRACT takes the field.
ExpressionPtr Extractable(const BoundCall& call) {
  const std::string field = call.Constant(1).ToString();
  const LogicalType type = call.TypeOf(0);
  const bool is_date = type.id() == Id::DATE;
  const bool is_of_day = field == "hour" || field == "minute" || field == "second";
  if ((is_date && is_of_day) || !HasPart(type, is_of_day ? field : PartNamed(field))) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Cannot extract {} from {}", duckdb::StringUtil::Upper(field),
                           TrinoTypeName(type)));
  }
  return call.Argument(0);
}

template <FixedName kOwn>
ExpressionPtr Part(const BoundCall& call) {
  return PartOf(call, kOwn.text);
}

ExpressionPtr Millisecond(const BoundCall& call) {
  auto part = PartOf(call, "millisecond");
  return call.Own("%", ListOf(std::move(part), ConstantOf(Value::BIGINT(1000))));
}

ExpressionPtr ToUnixtime(const BoundCall& call) {
  const Id id = call.IdOf(0);
  if (id == Id::TIME || id == Id::TIME_TZ || id == Id::INTERVAL ||
      call.TypeOf(0).IsNumeric()) {
    ThrowTrino(kNoFunction, fmt::format("Unexpected parameters ({}) for function "
                                        "to_unixtime. Expected: to_unixtime(timestamp(p) "
                                        "with time zone), to_unixtime(timestamp(p))",
                                        TrinoTypeName(call.TypeOf(0))));
  }
  return call.Own("epoch", ListOf(call.Argument(0)));
}

void AddParts(FunctionLibrary& library) {
  library.Add(Rewritten<&Part<"year">>("year", 1));
  library.Add(Rewritten<&Part<"quarter">>("quarter", 1));
  library.Add(Rewritten<&Part<"month">>("month", 1));
  library.Add(Rewritten<&Part<"week">>("week", 1));
  library.AddAlias("week_of_year", "week");
  library.Add(Rewritten<&Part<"day">>("day", 1));
  library.AddAlias("day_of_month", "day");
  library.Add(Rewritten<&Part<"isodow">>("day_of_week", 1));
  library.AddAlias("dow", "day_of_week");
  library.Add(Rewritten<&Part<"dayofyear">>("day_of_year", 1));
  library.AddAlias("doy", "day_of_year");
  library.Add(Rewritten<&Part<"isoyear">>("year_of_week", 1));
  library.AddAlias("yow", "year_of_week");
  library.Add(Rewritten<&Part<"hour">>("hour", 1));
  library.Add(Rewritten<&Part<"minute">>("minute", 1));
  library.Add(Rewritten<&Part<"second">>("second", 1));
  library.Add(Rewritten<&Millisecond>("millisecond", 1));
}

/// The days and the time of an interval, or its months, divided.
duckdb::interval_t QuotientOfInterval(duckdb::interval_t interval, double divisor) {
  if (divisor == 0 || std::isnan(divisor)) {
    ThrowTrino(kInvalidArgument, fmt::format("Cannot divide by double {:.1f}", divisor));
  }
  constexpr double kMilli = duckdb::Interval::MICROS_PER_MSEC;
  const double months = std::trunc(interval.months / divisor);
  const double micros =
      static_cast<double>(interval.days) * duckdb::Interval::MICROS_PER_DAY +
      static_cast<double>(interval.micros);
  const double millis = std::trunc(micros / kMilli / divisor);
  constexpr double kMonthsMax = std::numeric_limits<int32_t>::max();
  constexpr double kMillisMax = 9.2e15;
  if (std::abs(months) > kMonthsMax || std::abs(millis) > kMillisMax) {
    ThrowTrino(kOutOfRange, "interval division overflow");
  }
  return {.months = static_cast<int32_t>(months),
          .days = 0,
          .micros = static_cast<int64_t>(millis) * duckdb::Interval::MICROS_PER_MSEC};
}

}  // namespace

void AddDates(FunctionLibrary& library) {
  library.Add(Typed<&QuotientOfInterval>("quotient_of_interval"), Reach::kTranslatorOnly);
  AddParts(library);
  library.Add(Rewritten<&DateTrunc>("date_trunc", 2));
  library.Add(Rewritten<&DateAdd>("date_add", 3));
  library.Add(Rewritten<&DateDiff>("date_diff", 3));
  library.Add(Rewritten<&ToUnixtime>("to_unixtime", 1));
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Rewritten<&Extractable>("extractable", 2));
  internal(Typed<&CheckedUnit>("checked_unit"));
  internal(Typed<&UnitsOf>("units_of"));
  internal(Typed<&TruncateTime>("truncate_time"));
  internal(Typed<&IntervalPart>("interval_part"));
}

}  // namespace tarn::engine
