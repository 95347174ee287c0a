#include "tarn/iceberg/transform.h"

#include <charconv>
#include <optional>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"
#include "tarn/iceberg/internal/datetime.h"
#include "tarn/iceberg/internal/utf8.h"
#include "tarn/iceberg/internal/value_get.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

using internal::FloorDiv;
using internal::FloorMod;
using internal::Get;
using internal::GetInteger;

bool IsTimestamp(TypeId id) {
  return id >= TypeId::kTimestamp && id <= TypeId::kTimestampTzNs;
}

bool CanBucket(TypeId id) {
  switch (id) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDecimal:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
    case TypeId::kString:
    case TypeId::kUuid:
    case TypeId::kFixed:
    case TypeId::kBinary:
      return true;
    default:
      return false;
  }
}

bool CanTruncate(TypeId id) {
  return id == TypeId::kInt || id == TypeId::kLong || id == TypeId::kDecimal ||
         id == TypeId::kString || id == TypeId::kBinary;
}

bool CanPassThrough(const Type& type) {
  return type.is_primitive() && type.id() != TypeId::kGeometry &&
         type.id() != TypeId::kGeography;
}

/// Microseconds since the epoch, nanoseconds floored.
int64_t Micros(const Type& type, const Value& value) {
  const auto units = Get<int64_t>(value);
  const bool nanos =
      type.id() == TypeId::kTimestampNs || type.id() == TypeId::kTimestampTzNs;
  return nanos ? FloorDiv(units, 1000) : units;
}

/// Days since the epoch of a date or a timestamp, floored before 1970.
int64_t Days(const Type& type, const Value& value) {
  if (type.id() == TypeId::kDate) {
    return Get<int32_t>(value);
  }
  return FloorDiv(Micros(type, value), internal::kMicrosPerDay);
}

int32_t MonthsSinceEpoch(int64_t days) {
  const internal::CivilDate date = internal::CivilFromDays(days);
  return static_cast<int32_t>((date.year - 1970) * 12 + date.month - 1);
}

int32_t YearsSinceEpoch(int64_t days) {
  return static_cast<int32_t>(internal::CivilFromDays(days).year - 1970);
}

// v - floorMod(v, W). Near the type's minimum the result wraps, as the Java reference's
// does.
template <typename Signed, typename Unsigned>
Signed TruncateInteger(Signed value, int32_t width) {
  const Signed remainder = value % width;
  const Signed above = remainder < 0 ? remainder + width : remainder;
  return static_cast<Signed>(static_cast<Unsigned>(value) - static_cast<Unsigned>(above));
}

Value ApplyTruncate(const Type& source, const Value& value, int32_t width) {
  switch (source.id()) {
    case TypeId::kInt:
      return TruncateInteger<int32_t, uint32_t>(Get<int32_t>(value), width);
    case TypeId::kLong:
      return TruncateInteger<int64_t, uint64_t>(Get<int64_t>(value), width);
    case TypeId::kDecimal:
      return TruncateInteger<int128_t, unsigned __int128>(Get<int128_t>(value), width);
    case TypeId::kString: {
      const auto& text = Get<std::string>(value);
      return text.substr(0, internal::PrefixBytes(text, width));
    }
    default:
      return Get<std::string>(value).substr(0, static_cast<size_t>(width));
  }
}

Value ApplyBucket(const Type& source, const Value& value, int32_t num_buckets) {
  return (HashValue(source, value) & INT32_MAX) % num_buckets;
}

Value ApplyHour(const Type& source, const Value& value) {
  return static_cast<int32_t>(FloorDiv(Micros(source, value), internal::kMicrosPerHour));
}

std::string Padded(int64_t number, size_t width) {
  // As Java's "%04d": the sign counts as one of the places.
  std::string digits = std::to_string(number);
  const size_t sign = number < 0 ? 1 : 0;
  if (digits.size() < width) {
    digits.insert(sign, width - digits.size(), '0');
  }
  return digits;
}

std::string DayText(int64_t days) {
  const internal::CivilDate date = internal::CivilFromDays(days);
  return Padded(date.year, 4) + "-" + Padded(date.month, 2) + "-" + Padded(date.day, 2);
}

std::string MonthText(int64_t months) {
  return Padded(1970 + FloorDiv(months, 12), 4) + "-" +
         Padded(1 + FloorMod(months, 12), 2);
}

std::string HourText(int64_t hours) {
  return DayText(FloorDiv(hours, 24)) + "-" + Padded(FloorMod(hours, 24), 2);
}

// A value of a type that we no longer know: by what it holds.
std::string TextByAlternative(const Value& value) {
  return std::visit(
      Overload{[](std::monostate) { return std::string("null"); },
               [&](bool) { return ValueToString(Type::Boolean(), value); },
               [&](int32_t) { return ValueToString(Type::Int(), value); },
               [&](int64_t) { return ValueToString(Type::Long(), value); },
               [&](float) { return ValueToString(Type::Float(), value); },
               [&](double) { return ValueToString(Type::Double(), value); },
               [](int128_t unscaled) { return DecimalToString(unscaled, 0); },
               [](const std::string& text) { return text; }},
      value);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return lower;
}

// The N of "bucket[N]", given "[N]".
std::optional<int32_t> ParseArgument(std::string_view text) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') {
    return std::nullopt;
  }
  const char* begin = text.data() + 1;
  const char* end = text.data() + text.size() - 1;
  int32_t number = 0;
  const auto [ptr, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || ptr != end || number < 1) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

std::string TransformToString(const Transform& transform) {
  const auto with_number = [](const char* name, int32_t number) {
    return name + ("[" + std::to_string(number)) + "]";
  };
  return std::visit(
      Overload{[](Identity) { return std::string("identity"); },
               [&](Bucket t) { return with_number("bucket", t.num_buckets); },
               [&](Truncate t) { return with_number("truncate", t.width); },
               [](Year) { return std::string("year"); },
               [](Month) { return std::string("month"); },
               [](Day) { return std::string("day"); },
               [](Hour) { return std::string("hour"); },
               [](Void) { return std::string("void"); },
               [](const UnknownTransform& t) { return t.text; }},
      transform);
}

Result<Transform> TransformFromString(std::string_view text) {
  const std::string lower = LowerCase(text);
  if (lower == "identity") {
    return Transform(Identity{});
  }
  if (lower == "year") {
    return Transform(Year{});
  }
  if (lower == "month") {
    return Transform(Month{});
  }
  if (lower == "day") {
    return Transform(Day{});
  }
  if (lower == "hour") {
    return Transform(Hour{});
  }
  if (lower == "void") {
    return Transform(Void{});
  }
  const std::string name = lower.substr(0, lower.find('['));
  if (name != "bucket" && name != "truncate") {
    return Transform(UnknownTransform{std::string(text)});
  }
  const auto number = ParseArgument(std::string_view(lower).substr(name.size()));
  if (!number) {
    return MakeError(ErrorCode::kInvalidData,
                     "The transform " + name + " needs a positive number, as in " + name +
                         "[16], got '" + std::string(text) + "'");
  }
  if (name == "bucket") {
    return Transform(Bucket{*number});
  }
  return Transform(Truncate{*number});
}

bool CanTransform(const Transform& transform, const Type& source) {
  const bool is_date = source.id() == TypeId::kDate;
  const bool is_timestamp = IsTimestamp(source.id());
  return std::visit(
      Overload{[&](Identity) { return CanPassThrough(source); },
               [&](Bucket) { return CanBucket(source.id()); },
               [&](Truncate) { return CanTruncate(source.id()); },
               [&](Year) { return is_date || is_timestamp; },
               [&](Month) { return is_date || is_timestamp; },
               [&](Day) { return is_date || is_timestamp; },
               [&](Hour) { return is_timestamp; }, [](Void) { return true; },
               [](const UnknownTransform&) { return false; }},
      transform);
}

Type ResultType(const Transform& transform, const Type& source) {
  return std::visit(
      Overload{[&](Identity) { return source; }, [](Bucket) { return Type::Int(); },
               [&](Truncate) { return source; }, [](Year) { return Type::Int(); },
               [](Month) { return Type::Int(); }, [](Day) { return Type::Date(); },
               [](Hour) { return Type::Int(); }, [&](Void) { return source; },
               [](const UnknownTransform&) { return Type::Unknown(); }},
      transform);
}

Value ApplyTransform(const Transform& transform, const Type& source, const Value& value) {
  if (IsNull(value)) {
    return {};
  }
  return std::visit(
      Overload{[&](Identity) { return value; },
               [&](Bucket t) { return ApplyBucket(source, value, t.num_buckets); },
               [&](Truncate t) { return ApplyTruncate(source, value, t.width); },
               [&](Year) { return Value(YearsSinceEpoch(Days(source, value))); },
               [&](Month) { return Value(MonthsSinceEpoch(Days(source, value))); },
               [&](Day) { return Value(static_cast<int32_t>(Days(source, value))); },
               [&](Hour) { return ApplyHour(source, value); },
               [](Void) { return Value(); },
               [](const UnknownTransform&) { return Value(); }},
      transform);
}

std::string PartitionValueToString(const Transform& transform, const Type& source,
                                   const Value& partition_value) {
  if (IsNull(partition_value)) {
    return "null";
  }
  const auto integer = [&] { return GetInteger(partition_value); };
  const auto as_source = [&] {
    return source.id() == TypeId::kUnknown || !source.is_primitive()
               ? TextByAlternative(partition_value)
               : ValueToString(source, partition_value);
  };
  return std::visit(Overload{[&](Identity) { return as_source(); },
                             [&](Bucket) { return std::to_string(integer()); },
                             [&](Truncate) { return as_source(); },
                             [&](Year) { return Padded(1970 + integer(), 4); },
                             [&](Month) { return MonthText(integer()); },
                             [&](Day) { return DayText(integer()); },
                             [&](Hour) { return HourText(integer()); },
                             [](Void) { return std::string("null"); },
                             [&](const UnknownTransform&) {
                               return TextByAlternative(partition_value);
                             }},
                    transform);
}

bool PreservesOrder(const Transform& transform) {
  return !std::holds_alternative<Bucket>(transform) &&
         !std::holds_alternative<Void>(transform) &&
         !std::holds_alternative<UnknownTransform>(transform);
}

}  // namespace tarn::iceberg
