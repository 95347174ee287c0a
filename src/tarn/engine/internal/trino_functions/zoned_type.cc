#include "tarn/engine/internal/trino_functions/zoned_type.h"

#include <cmath>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/function_table.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

using Id = duckdb::LogicalTypeId;
using duckdb::LogicalType;
using duckdb::Value;

constexpr char kShownIn[] = "shown_in";

ExpressionPtr ShiftedBy(const BoundCall& call, ExpressionPtr moment, int32_t seconds) {
  const duckdb::interval_t interval{
      .months = 0, .days = 0, .micros = int64_t{seconds} * 1'000'000};
  return call.Own("+", ListOf(std::move(moment), ConstantOf(Value::INTERVAL(interval))));
}

ExpressionPtr AtZone(const BoundCall& call, std::string_view zone, ExpressionPtr moment) {
  return call.Own("timezone",
                  ListOf(ConstantOf(Value(std::string(zone))), std::move(moment)));
}

// --- functions -------------------------------------------------------------------------

std::string ConstantZone(const BoundCall& call, size_t i) {
  const Value value = call.Constant(i);
  if (value.type().id() == Id::INTERVAL) {
    const auto interval = value.GetValue<duckdb::interval_t>();
    return ZoneOfOffset(static_cast<int32_t>(interval.micros / 1'000'000));
  }
  const auto zone = value.IsNull() ? std::string("UTC") : value.ToString();
  CheckZone(call.context(), zone);
  return zone;
}

duckdb::timestamp_tz_t SameInstant(duckdb::timestamp_tz_t instant, std::string_view) {
  return instant;
}

bool HasTime(Id id) {
  return id == Id::TIMESTAMP_SEC || id == Id::TIMESTAMP_MS || id == Id::TIMESTAMP ||
         id == Id::TIMESTAMP_NS || id == Id::TIMESTAMP_TZ || id == Id::SQLNULL;
}

ExpressionPtr AtTimezone(const BoundCall& call) {
  if (!HasTime(call.IdOf(0))) {
    ThrowTrino(kTypeMismatch,
               "Type of value must be a time or timestamp with or without "
               "time zone (actual " +
                   TrinoTypeName(call.TypeOf(0)) + ")");
  }
  const std::string zone = ConstantZone(call, 1);
  if (call.IdOf(0) == Id::TIMESTAMP_TZ) {
    return ShownIn(call, call.Argument(0), zone);
  }
  return ShownIn(call, InstantOf(call, call.Argument(0), SessionZone(call.context())),
                 zone);
}

ExpressionPtr WithTimezone(const BoundCall& call) {
  const std::string zone = ConstantZone(call, 1);
  return ShownIn(call, InstantOf(call, call.Argument(0), zone), zone);
}

ExpressionPtr TimezoneName(const BoundCall& call) {
  return ConstantOf(Value(ZoneOf(call, 0)));
}

ExpressionPtr LocalTimestamp(const BoundCall& call) {
  return call.IdOf(0) == Id::TIMESTAMP_TZ ? LocalTimeOf(call, 0) : call.Argument(0);
}

/// Seconds by which the zone of argument 0 is ahead of UTC at that instant.
ExpressionPtr OffsetSeconds(const BoundCall& call) {
  auto utc = AtZone(call, "UTC", call.Cast(call.Argument(0), LogicalType::TIMESTAMP_TZ));
  return call.Ours("seconds_between", ListOf(std::move(utc), LocalTimeOf(call, 0)));
}

int64_t SecondsBetween(duckdb::timestamp_t earlier, duckdb::timestamp_t later) {
  return (later.value - earlier.value) / 1'000'000;
}

ExpressionPtr FromUnixtime(const BoundCall& call) {
  std::string zone = "UTC";
  if (call.size() == 2) {
    zone = ConstantZone(call, 1);
  } else if (call.size() == 3) {
    const auto hours = call.Constant(1).GetValue<int32_t>();
    const auto minutes = call.Constant(2).GetValue<int32_t>();
    zone = ZoneOfOffset((hours * 60 + minutes) * 60);
  } else {
    zone = SessionZone(call.context());
  }
  auto seconds = call.Cast(call.Argument(0), LogicalType::DOUBLE);
  auto instant = call.Ours("instant_of_seconds", ListOf(std::move(seconds)));
  return call.size() == 1 ? std::move(instant) : ShownIn(call, std::move(instant), zone);
}

duckdb::timestamp_tz_t InstantOfSeconds(double seconds) {
  const double millis = std::round(seconds * 1000);
  if (!(std::abs(millis) < 9.2e15)) {
    ThrowTrino(kInvalidArgument, "Millis overflow: " + PlainText(millis));
  }
  return duckdb::timestamp_tz_t(static_cast<int64_t>(millis) * 1000);
}

}  // namespace

std::string SessionZone(duckdb::ClientContext& context) {
  Value zone;
  if (context.TryGetCurrentSetting("TimeZone", zone)) {
    return zone.ToString();
  }
  return "UTC";
}

std::string ZoneOfType(duckdb::ClientContext& context, const LogicalType&) {
  return SessionZone(context);
}

std::string ZoneOf(const BoundCall& call, size_t i) {
  const duckdb::Expression& argument = call.Peek(i);
  if (argument.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION) {
    const auto& function = argument.Cast<duckdb::BoundFunctionExpression>();
    if (function.function.name == kShownIn) {
      return function.children[1]
          ->Cast<duckdb::BoundConstantExpression>()
          .value.ToString();
    }
  }
  return SessionZone(call.context());
}

ExpressionPtr ShownIn(const BoundCall& call, ExpressionPtr instant,
                      const std::string& zone) {
  return call.Ours(kShownIn, ListOf(std::move(instant), ConstantOf(Value(zone))));
}

void CheckZone(duckdb::ClientContext& context, const std::string& zone) {
  if (OffsetOfZone(zone)) {
    return;
  }
  duckdb::vector<ExpressionPtr> arguments = ListOf(
      ConstantOf(Value(zone)), ConstantOf(Value::TIMESTAMP(duckdb::timestamp_t(0))));
  try {
    duckdb::FunctionBindExpressionInput input(context, nullptr, arguments);
    const BoundCall call(input);
    duckdb::ExpressionExecutor::EvaluateScalar(context,
                                               *call.Own("timezone", call.Arguments()));
  } catch (const duckdb::Exception&) {
    ThrowTrino(kInvalidArgument, "'" + zone + "' is not a valid time zone");
  }
}

ExpressionPtr LocalTimeOf(const BoundCall& call, size_t i) {
  const std::string zone = ZoneOf(call, i);
  auto instant = call.Cast(call.Argument(i), LogicalType::TIMESTAMP_TZ);
  if (const auto offset = OffsetOfZone(zone)) {
    auto utc = AtZone(call, "UTC", std::move(instant));
    return *offset == 0 ? std::move(utc) : ShiftedBy(call, std::move(utc), *offset);
  }
  return AtZone(call, zone, std::move(instant));
}

ExpressionPtr InstantOf(const BoundCall& call, ExpressionPtr local,
                        const std::string& zone) {
  local = call.Cast(std::move(local), LogicalType::TIMESTAMP);
  if (const auto offset = OffsetOfZone(zone)) {
    return AtZone(
        call, "UTC",
        *offset == 0 ? std::move(local) : ShiftedBy(call, std::move(local), -*offset));
  }
  return AtZone(call, zone, std::move(local));
}

namespace {

/// True if clocks of `zone` are never at the constant `local`: they were set forward.
bool IsSkipped(const BoundCall& call, const duckdb::Expression& local,
               const std::string& zone) {
  Value written;
  Value shown;
  const auto is_known = [&](const duckdb::Expression& expression, Value* value) {
    return duckdb::ExpressionExecutor::TryEvaluateScalar(call.context(), expression,
                                                         *value) &&
           !value->IsNull();
  };
  if (OffsetOfZone(zone) || !is_known(local, &written)) {
    return false;
  }
  const auto again = AtZone(call, zone, InstantOf(call, ConstantOf(written), zone));
  return is_known(*again, &shown) &&
         written.GetValue<duckdb::timestamp_t>() != shown.GetValue<duckdb::timestamp_t>();
}

duckdb::timestamp_tz_t SkippedLocalTime(std::string_view text) {
  ThrowTrino(kInvalidCast, "Value cannot be cast to timestamp with time zone: " +
                               std::string(text) + " (clocks were set forward over it)");
}

}  // namespace

ExpressionPtr InstantOfText(const BoundCall& call, ExpressionPtr local) {
  auto zone = call.Ours("zone_in_text", ListOf(call.Argument(0)));
  const std::string session = SessionZone(call.context());
  if (!zone->IsFoldable()) {
    auto known = OrElse(std::move(zone), ConstantOf(Value(session)));
    return call.Own("timezone", ListOf(std::move(known), std::move(local)));
  }
  const Value name = duckdb::ExpressionExecutor::EvaluateScalar(call.context(), *zone);
  if (name.IsNull()) {
    return InstantOf(call, std::move(local), session);
  }
  const std::string region = name.ToString();
  CheckZone(call.context(), region);
  if (IsSkipped(call, *local, region)) {
    return call.Ours("skipped_local_time", ListOf(call.Argument(0)));
  }
  return ShownIn(call, InstantOf(call, std::move(local), region), region);
}

void AddZones(FunctionLibrary& library) {
  library.Add(Rewritten<&AtTimezone>("at_timezone", 2));
  library.Add(Rewritten<&WithTimezone>("with_timezone", 2));
  library.Add(Rewritten<&TimezoneName>("timezone", 1));
  library.Add(Rewritten<&FromUnixtime>("from_unixtime", 1));
  library.Add(Rewritten<&FromUnixtime>("from_unixtime", 2));
  library.Add(Rewritten<&FromUnixtime>("from_unixtime", 3));
  const auto internal = [&](duckdb::ScalarFunction function) {
    library.Add(std::move(function), Reach::kTranslatorOnly);
  };
  internal(Rewritten<&OffsetSeconds>("offset_seconds", 1));
  internal(Rewritten<&LocalTimestamp>("local_timestamp", 1));
  internal(Typed<&SameInstant>(kShownIn));
  internal(Typed<&SkippedLocalTime>("skipped_local_time"));
  internal(Typed<&SecondsBetween>("seconds_between"));
  internal(Typed<&InstantOfSeconds>("instant_of_seconds"));
}

}  // namespace tarn::engine
