#include "tarn/engine/internal/trino_functions/moment_operators.h"

#include <optional>
#include <utility>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/interval.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/interval_type.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/zoned_type.h"

namespace tarn::engine {
namespace {

using Id = duckdb::LogicalTypeId;

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

duckdb::interval_t InMilliseconds(duckdb::interval_t interval) {
  constexpr int64_t kMilli = duckdb::Interval::MICROS_PER_MSEC;
  const int64_t half = interval.micros < 0 ? -kMilli / 2 : kMilli / 2;
  interval.micros = (interval.micros + half) / kMilli * kMilli;
  return interval;
}

duckdb::interval_t TimeBetween(duckdb::dtime_t later, duckdb::dtime_t earlier) {
  return InMilliseconds(
      {.months = 0, .days = 0, .micros = later.micros - earlier.micros});
}

/// An instant and an interval: months move what clocks in its own zone show, days and
/// shorter times the instant.
ExpressionPtr ShiftedInZone(const BoundCall& call, size_t moment,
                            std::string_view symbol) {
  const std::string zone = ZoneOf(call, moment);
  const auto part = [&](std::string_view function) {
    return call.Ours(function, ListOf(PlainInterval(call, 1 - moment)));
  };
  auto local = call.Own(symbol, ListOf(LocalTimeOf(call, moment), part("months_of")));
  auto instant = InstantOf(call, std::move(local), zone);
  return ShownIn(call, call.Own(symbol, ListOf(std::move(instant), part("time_of"))),
                 zone);
}

/// A moment and an interval. Of whole seconds the sum has milliseconds if the interval
/// may have some; DuckDB's sum has no nanoseconds, so such a moment is refused.
ExpressionPtr Shifted(const BoundCall& call, size_t moment, std::string_view symbol) {
  const duckdb::LogicalType type = call.TypeOf(moment);
  if (type.id() == Id::TIMESTAMP_NS) {
    ThrowTrino(kNotSupportedHere, "An interval and a timestamp(9) are not supported");
  }
  bool has_fraction = true;
  if (call.Peek(1 - moment).IsFoldable()) {
    const duckdb::Value value = call.Constant(1 - moment);
    has_fraction = !value.IsNull() && value.GetValue<duckdb::interval_t>().micros != 0;
  }
  if (type.id() == Id::TIMESTAMP_TZ &&
      ZoneOf(call, moment) != SessionZone(call.context())) {
    return ShiftedInZone(call, moment, symbol);
  }
  const bool widens = type.id() == Id::TIMESTAMP_SEC && has_fraction;
  return call.Cast(
      call.Own(symbol, ListOf(call.Argument(moment), PlainInterval(call, 1 - moment))),
      widens ? duckdb::LogicalType(Id::TIMESTAMP_MS) : type);
}

/// Between two moments: an interval in milliseconds, as Trino's are.
ExpressionPtr Elapsed(const BoundCall& call) {
  const bool has_zone =
      call.IdOf(0) == Id::TIMESTAMP_TZ || call.IdOf(1) == Id::TIMESTAMP_TZ;
  const auto instant = [&](size_t i) {
    if (!has_zone) {
      return call.Cast(call.Argument(i), duckdb::LogicalType::TIMESTAMP);
    }
    return call.IdOf(i) == Id::TIMESTAMP_TZ
               ? call.Cast(call.Argument(i), duckdb::LogicalType::TIMESTAMP_TZ)
               : InstantOf(call, call.Argument(i), SessionZone(call.context()));
  };
  auto between = call.Own("-", ListOf(instant(0), instant(1)));
  return call.Ours("in_milliseconds", ListOf(std::move(between)));
}

/// The days of a constant interval that has nothing else.
std::optional<int32_t> WholeDays(const BoundCall& call, size_t interval) {
  constexpr int64_t kDay = duckdb::Interval::MICROS_PER_DAY;
  if (!call.Peek(interval).IsFoldable()) {
    return {};
  }
  const duckdb::Value value = call.Constant(interval);
  if (value.IsNull()) {
    return {};
  }
  const auto parts = value.GetValue<duckdb::interval_t>();
  const int64_t days = parts.days + parts.micros / kDay;
  const bool is_whole = parts.months == 0 && parts.micros % kDay == 0;
  if (!is_whole || days != static_cast<int32_t>(days)) {
    return {};
  }
  return static_cast<int32_t>(days);
}

/// A date and an interval; of whole days DuckDB's date and number, which is quick.
ExpressionPtr ShiftedDate(const BoundCall& call, size_t date, std::string_view symbol) {
  const auto days = WholeDays(call, 1 - date);
  ExpressionPtr start = call.Argument(date);
  if (days) {
    return call.Own(symbol,
                    ListOf(std::move(start), ConstantOf(duckdb::Value::INTEGER(*days))));
  }
  return call.Ours(symbol == "+" ? "date_plus" : "date_minus",
                   ListOf(std::move(start), PlainInterval(call, 1 - date)));
}

/// Two intervals of one type.
ExpressionPtr OfIntervals(const BoundCall& call, std::string_view symbol) {
  if (call.TypeOf(0) != call.TypeOf(1)) {
    ThrowCannotApply(call, symbol);
  }
  return IntervalAs(
      call, call.Own(symbol, ListOf(PlainInterval(call, 0), PlainInterval(call, 1))),
      call.TypeOf(0));
}

/// A time of day and an interval, which has no months.
ExpressionPtr ShiftedTime(const BoundCall& call, size_t time, std::string_view symbol) {
  if (IsYearMonth(call.TypeOf(1 - time))) {
    ThrowCannotApply(call, symbol);
  }
  return call.Own(symbol, ListOf(call.Argument(time), call.Argument(1 - time)));
}

}  // namespace

void ThrowCannotApply(const BoundCall& call, std::string_view symbol) {
  ThrowTrino(kTypeMismatch,
             fmt::format("Cannot apply operator: {} {} {}", TrinoTypeName(call.TypeOf(0)),
                         symbol, TrinoTypeName(call.TypeOf(1))));
}

/// An interval times or through a number.
ExpressionPtr ScaledInterval(const BoundCall& call, size_t interval,
                             std::string_view day_time, std::string_view year_month) {
  auto factor = call.Cast(call.Argument(1 - interval), duckdb::LogicalType::DOUBLE);
  const bool has_months = IsYearMonth(call.TypeOf(interval));
  return IntervalAs(call,
                    call.Ours(has_months ? year_month : day_time,
                              ListOf(PlainInterval(call, interval), std::move(factor))),
                    call.TypeOf(interval));
}

ExpressionPtr SumOfMoments(const BoundCall& call) {
  for (size_t i = 0; i < 2; ++i) {
    if (call.IdOf(1 - i) != Id::INTERVAL) {
      continue;
    }
    switch (call.IdOf(i)) {
      case Id::DATE:
        return ShiftedDate(call, i, "+");
      case Id::TIME:
        return ShiftedTime(call, i, "+");
      case Id::INTERVAL:
        return OfIntervals(call, "+");
      default:
        if (IsMoment(call.IdOf(i))) {
          return Shifted(call, i, "+");
        }
    }
  }
  return nullptr;
}

ExpressionPtr DifferenceOfMoments(const BoundCall& call) {
  const Id left = call.IdOf(0);
  const Id right = call.IdOf(1);
  if (left == Id::DATE && right == Id::DATE) {
    return call.Ours("days_between", call.Arguments());
  }
  const bool is_moment = IsMoment(left) || left == Id::DATE;
  if (is_moment && (IsMoment(right) || right == Id::DATE)) {
    return Elapsed(call);
  }
  if (left == Id::TIME && right == Id::TIME) {
    return call.Ours("time_between", call.Arguments());
  }
  if (right != Id::INTERVAL) {
    return nullptr;
  }
  switch (left) {
    case Id::DATE:
      return ShiftedDate(call, 0, "-");
    case Id::TIME:
      return ShiftedTime(call, 0, "-");
    case Id::INTERVAL:
      return OfIntervals(call, "-");
    default:
      return is_moment ? Shifted(call, 0, "-") : nullptr;
  }
}

void AddMomentOperators(FunctionLibrary& library) {
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Typed<&AddToDate>("date_plus"));
  internal(Typed<&SubtractFromDate>("date_minus"));
  internal(Typed<&DaysBetween>("days_between"));
  internal(Typed<&InMilliseconds>("in_milliseconds"));
  internal(Typed<&TimeBetween>("time_between"));
}

}  // namespace tarn::engine
