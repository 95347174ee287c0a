#include "tarn/engine/internal/procedures/argument_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include <duckdb/common/string_util.hpp>
#include <duckdb/main/client_context.hpp>
#include <fmt/format.h>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/engine/internal/catalog_view.h"

namespace tarn::engine::procedures {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;
using std::chrono::milliseconds;

Status Mismatch(Kind kind, const Value& value) {
  std::string wanted;
  switch (kind) {
    case Kind::kInstant:
      wanted = "a timestamp, milliseconds or an age such as '7d'";
      break;
    case Kind::kDuration:
      wanted = "a duration such as '7d'";
      break;
    case Kind::kSize:
      wanted = "a size such as '128MB'";
      break;
    default:
      wanted = TypeTextOf(kind);
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "expected " + wanted + ", not " + value.ToSQLString());
}

bool IsText(const Value& value) { return value.type().id() == LogicalTypeId::VARCHAR; }

Result<std::string> TextOf(Kind kind, const Value& value) {
  if (value.IsNull() || value.type().IsNested()) {
    return Mismatch(kind, value);
  }
  return value.ToString();
}

Result<int64_t> LongOf(Kind kind, const Value& value) {
  Value number;
  std::string ignored;
  const bool takes = IsText(value) || value.type().IsIntegral();
  if (value.IsNull() || !takes ||
      !value.DefaultTryCastAs(LogicalType::BIGINT, number, &ignored)) {
    return Mismatch(kind, value);
  }
  const auto result = number.GetValue<int64_t>();
  const bool fits = result >= std::numeric_limits<int32_t>::min() &&
                    result <= std::numeric_limits<int32_t>::max();
  if (kind == Kind::kInteger && !fits) {
    return Mismatch(kind, value);
  }
  return result;
}

Result<bool> BooleanOf(Kind kind, const Value& value) {
  Value result;
  std::string ignored;
  const bool takes = IsText(value) || value.type().id() == LogicalTypeId::BOOLEAN;
  if (!takes || !value.DefaultTryCastAs(LogicalType::BOOLEAN, result, &ignored)) {
    return Mismatch(kind, value);
  }
  return result.GetValue<bool>();
}

Result<int64_t> InstantOf(duckdb::ClientContext& context, const Value& value,
                          milliseconds now) {
  if (value.type().IsIntegral()) {
    ARROW_ASSIGN_OR_RAISE(const int64_t number, LongOf(Kind::kLong, value));
    return number >= 0 && number < kAgeMax ? now.count() - number : number;
  }
  const bool takes = IsText(value) || value.type().IsTemporal() ||
                     value.type().id() == LogicalTypeId::TIMESTAMP_TZ;
  if (!takes) {
    return Mismatch(Kind::kInstant, value);
  }
  if (IsText(value)) {
    const auto number = LongOf(Kind::kLong, value);
    if (number.ok()) {
      return InstantOf(context, Value::BIGINT(*number), now);
    }
    const auto age = ParseDuration(value.ToString());
    if (age.ok()) {
      return now.count() - age->count();
    }
  }
  Value instant;
  std::string ignored;
  if (!value.TryCastAs(context, LogicalType(LogicalTypeId::TIMESTAMP_TZ), instant,
                       &ignored) ||
      instant.IsNull()) {
    return Mismatch(Kind::kInstant, value);
  }
  // Towards the past: a snapshot of the same millisecond may have come later.
  const std::chrono::microseconds micros(
      instant.GetValueUnsafe<duckdb::timestamp_t>().value);
  return std::chrono::floor<milliseconds>(micros).count();
}

Result<ArgumentValue> MapOf(const Value& value) {
  if (value.type().id() != LogicalTypeId::MAP) {
    return Mismatch(Kind::kTextMap, value);
  }
  TextMap map;
  for (const Value& entry : duckdb::MapValue::GetChildren(value)) {
    const auto& pair = duckdb::StructValue::GetChildren(entry);
    ARROW_ASSIGN_OR_RAISE(std::string key, TextOf(Kind::kTextMap, pair[0]));
    ARROW_ASSIGN_OR_RAISE(std::string text, TextOf(Kind::kTextMap, pair[1]));
    if (!map.emplace(key, std::move(text)).second) {
      return MakeError(ErrorCode::kInvalidArgument, "duplicate key in a map: " + key);
    }
  }
  return map;
}

template <typename T, typename ToElement>
Result<ArgumentValue> ListOf(const Value& value, ToElement to_element) {
  std::vector<T> list;
  if (value.type().id() != LogicalTypeId::LIST) {
    ARROW_ASSIGN_OR_RAISE(T one, to_element(value));
    list.push_back(std::move(one));
    return list;
  }
  for (const Value& element : duckdb::ListValue::GetChildren(value)) {
    ARROW_ASSIGN_OR_RAISE(T one, to_element(element));
    list.push_back(std::move(one));
  }
  return list;
}

Result<int64_t> DurationOf(const Value& value) {
  const auto duration = IsText(value) ? ParseDuration(value.ToString())
                                      : Result<milliseconds>(Status::Invalid(""));
  if (!duration.ok() || duration->count() < 0) {
    return Mismatch(Kind::kDuration, value);
  }
  return duration->count();
}

Result<int64_t> SizeOf(const Value& value) {
  const auto size =
      IsText(value) ? ParseDataSize(value.ToString()) : LongOf(Kind::kLong, value);
  if (!size.ok() || *size <= 0) {
    return Mismatch(Kind::kSize, value);
  }
  return *size;
}

}  // namespace

std::string TypeTextOf(Kind kind) {
  switch (kind) {
    case Kind::kLong:
      return "bigint";
    case Kind::kInteger:
      return "integer";
    case Kind::kBoolean:
      return "boolean";
    case Kind::kInstant:
      return "timestamp(3) with time zone";
    case Kind::kLongs:
      return "array(bigint)";
    case Kind::kTexts:
      return "array(varchar)";
    case Kind::kTextMap:
      return "map(varchar, varchar)";
    case Kind::kText:
    case Kind::kTable:
    case Kind::kDuration:
    case Kind::kSize:
      break;
  }
  return "varchar";
}

Result<ArgumentValue> ConvertArgument(duckdb::ClientContext& context, Kind kind,
                                      const Value& value, milliseconds now) {
  switch (kind) {
    case Kind::kText:
    case Kind::kTable:
      return TextOf(kind, value);
    case Kind::kLong:
    case Kind::kInteger:
      return LongOf(kind, value);
    case Kind::kBoolean:
      return BooleanOf(kind, value);
    case Kind::kInstant:
      return InstantOf(context, value, now);
    case Kind::kLongs:
      return ListOf<int64_t>(value, [&](const Value& one) { return LongOf(kind, one); });
    case Kind::kTexts:
      return ListOf<std::string>(value,
                                 [&](const Value& one) { return TextOf(kind, one); });
    case Kind::kTextMap:
      return MapOf(value);
    case Kind::kDuration:
      return DurationOf(value);
    case Kind::kSize:
      return SizeOf(value);
  }
  return Mismatch(kind, value);
}

Result<int64_t> ParseDataSize(std::string_view text) {
  constexpr std::array<std::string_view, 6> kUnits = {"b", "kb", "mb", "gb", "tb", "pb"};
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  const size_t taken = static_cast<size_t>(end.ptr - text.data());
  const std::string unit = FoldName(text.substr(taken));
  const auto known = std::ranges::find(kUnits, std::string_view(unit));
  const auto index = unit.empty() ? 0 : known - kUnits.begin();
  const double bytes = std::ldexp(number, static_cast<int>(10 * index));
  const bool is_known = unit.empty() || known != kUnits.end();
  if (end.ec != std::errc() || !is_known || !(bytes >= 0) || bytes > 9e18) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Not a size such as 128MB: " + std::string(text));
  }
  return static_cast<int64_t>(bytes);
}

std::string DurationText(milliseconds duration) {
  struct Unit {
    double milliseconds;
    const char* name;
  };
  constexpr std::array<Unit, 5> kUnits = {
      {{86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}}};
  const auto value = static_cast<double>(duration.count());
  for (const Unit& unit : kUnits) {
    if (value >= unit.milliseconds || unit.milliseconds == 1) {
      return fmt::format("{:.2f}{}", value / unit.milliseconds, unit.name);
    }
  }
  return {};
}

}  // namespace tarn::engine::procedures
