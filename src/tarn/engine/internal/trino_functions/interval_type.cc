#include "tarn/engine/internal/trino_functions/interval_type.h"

#include <cmath>
#include <limits>

#include <duckdb/function/cast/cast_function_set.hpp>
#include <duckdb/function/cast/default_casts.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

using duckdb::LogicalType;
using Id = duckdb::LogicalTypeId;

constexpr char kYearMonth[] = "interval year to month";

duckdb::interval_t MonthsOf(duckdb::interval_t interval) {
  return {.months = interval.months, .days = 0, .micros = 0};
}

duckdb::interval_t TimeOf(duckdb::interval_t interval) {
  return {.months = 0, .days = interval.days, .micros = interval.micros};
}

/// To whole milliseconds.
duckdb::interval_t ScaledInterval(duckdb::interval_t interval, double factor) {
  constexpr double kMilli = duckdb::Interval::MICROS_PER_MSEC;
  const double millis =
      std::trunc((static_cast<double>(interval.days) * duckdb::Interval::MICROS_PER_DAY +
                  static_cast<double>(interval.micros)) /
                 kMilli * factor);
  constexpr double kMillisMax = 9.2e15;
  if (!(std::abs(millis) <= kMillisMax)) {
    ThrowTrino(kOutOfRange, fmt::format("interval multiplication overflow: {}", millis));
  }
  return {.months = 0,
          .days = 0,
          .micros = static_cast<int64_t>(millis) * duckdb::Interval::MICROS_PER_MSEC};
}

/// A product of months without the days that DuckDB makes of its fraction.
duckdb::interval_t ScaledMonths(duckdb::interval_t interval, double factor) {
  const double months = std::trunc(interval.months * factor);
  if (!(std::abs(months) <= std::numeric_limits<int32_t>::max())) {
    ThrowTrino(kOutOfRange,
               fmt::format("interval multiplication overflow: {} months * {}",
                           interval.months, factor));
  }
  return {.months = static_cast<int32_t>(months), .days = 0, .micros = 0};
}

/// There is no cast to an interval but that of its own type.
ExpressionPtr CastTo(const BoundCall& call, const LogicalType& type) {
  if (call.TypeOf(0) != type && call.IdOf(0) != Id::SQLNULL) {
    ThrowTrino(kTypeMismatch,
               fmt::format("Cannot cast {} to {}", TrinoTypeName(call.TypeOf(0)),
                           TrinoTypeName(type)));
  }
  return call.Cast(call.Argument(0), type);
}

ExpressionPtr CastDayTime(const BoundCall& call) {
  return CastTo(call, LogicalType::INTERVAL);
}
ExpressionPtr CastYearMonth(const BoundCall& call) {
  return CastTo(call, YearMonthInterval());
}

}  // namespace

LogicalType YearMonthInterval() {
  LogicalType type = LogicalType::INTERVAL;
  type.SetAlias(kYearMonth);
  return type;
}

bool IsYearMonth(const LogicalType& type) {
  return type.id() == Id::INTERVAL && type.HasAlias() && type.GetAlias() == kYearMonth;
}

ExpressionPtr PlainInterval(const BoundCall& call, size_t i) {
  return call.Cast(call.Argument(i), LogicalType::INTERVAL);
}

ExpressionPtr IntervalAs(const BoundCall& call, ExpressionPtr made,
                         const LogicalType& type) {
  return call.Cast(std::move(made), type);
}

void AddIntervals(FunctionLibrary& library) {
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&MonthsOf>("months_of"));
  internal(Typed<&TimeOf>("time_of"));
  internal(Typed<&ScaledMonths>("scaled_months"));
  internal(Typed<&ScaledInterval>("scaled_interval"));
  internal(Rewritten<&CastDayTime>("cast_interval day to second", 1));
  internal(Rewritten<&CastYearMonth>("cast_interval year to month", 1));
}

void RegisterIntervalCasts(duckdb::DatabaseInstance& database) {
  auto& casts = duckdb::CastFunctionSet::Get(database);
  constexpr int64_t kImplicitCost = 1;
  const auto same = [] {
    return duckdb::BoundCastInfo(&duckdb::DefaultCasts::ReinterpretCast);
  };
  casts.RegisterCastFunction(YearMonthInterval(), LogicalType::INTERVAL, same(),
                             kImplicitCost);
  casts.RegisterCastFunction(LogicalType::INTERVAL, YearMonthInterval(), same());
}

}  // namespace tarn::engine
