// Binary single-value serialization (spec: Appendix D).
#include <bit>
#include <cstring>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/datetime.h"
#include "tarn/iceberg/internal/value_get.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

using internal::Get;

static_assert(std::endian::native == std::endian::little,
              "single values are little-endian and are copied as they are in memory");

template <typename T>
std::string ToBytes(T value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <typename T>
T FromBytes(std::string_view bytes) {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

Status BadWidth(const Type& type, std::string_view bytes) {
  return MakeError(ErrorCode::kInvalidData, "A bound of type " + type.ToString() +
                                                " cannot be read from " +
                                                std::to_string(bytes.size()) + " bytes");
}

// Files written before a promotion keep the narrower bytes; some writers store int bounds
// wide.
Result<Value> Int32FromBytes(const Type& type, std::string_view bytes) {
  if (bytes.size() == 4) {
    return Value(FromBytes<int32_t>(bytes));
  }
  if (bytes.size() != 8) {
    return BadWidth(type, bytes);
  }
  const auto wide = FromBytes<int64_t>(bytes);
  if (wide != static_cast<int32_t>(wide)) {
    return MakeError(ErrorCode::kInvalidData,
                     "A bound of type " + type.ToString() +
                         " is out of range: " + std::to_string(wide));
  }
  return Value(static_cast<int32_t>(wide));
}

Result<Value> Int64FromBytes(const Type& type, std::string_view bytes) {
  if (bytes.size() == 8) {
    return Value(FromBytes<int64_t>(bytes));
  }
  if (bytes.size() == 4 && type.id() == TypeId::kLong) {
    return Value(int64_t{FromBytes<int32_t>(bytes)});
  }
  return BadWidth(type, bytes);
}

Result<Value> TimestampFromBytes(const Type& type, std::string_view bytes) {
  if (bytes.size() == 8) {
    return Value(FromBytes<int64_t>(bytes));
  }
  if (bytes.size() != 4) {
    return BadWidth(type, bytes);
  }
  const int64_t seconds = FromBytes<int32_t>(bytes) * internal::kSecondsPerDay;
  const int64_t units_per_second = type.id() == TypeId::kTimestampNs
                                       ? internal::kNanosPerSecond
                                       : internal::kMicrosPerSecond;
  int64_t units = 0;
  if (__builtin_mul_overflow(seconds, units_per_second, &units)) {
    return MakeError(ErrorCode::kInvalidData,
                     "A date bound is out of the range of " + type.ToString() + ": day " +
                         std::to_string(seconds / internal::kSecondsPerDay));
  }
  return Value(units);
}

Result<Value> DoubleFromBytes(const Type& type, std::string_view bytes) {
  if (bytes.size() == 8) {
    return Value(FromBytes<double>(bytes));
  }
  if (bytes.size() == 4) {
    return Value(static_cast<double>(FromBytes<float>(bytes)));
  }
  return BadWidth(type, bytes);
}

}  // namespace

std::string ValueToBytes(const Type& type, const Value& value) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return ToBytes(static_cast<uint8_t>(Get<bool>(value) ? 1 : 0));
    case TypeId::kInt:
    case TypeId::kDate:
      return ToBytes(Get<int32_t>(value));
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return ToBytes(Get<int64_t>(value));
    case TypeId::kFloat:
      return ToBytes(Get<float>(value));
    case TypeId::kDouble:
      return ToBytes(Get<double>(value));
    case TypeId::kDecimal:
      return DecimalToBytes(Get<int128_t>(value));
    default:
      return Get<std::string>(value);
  }
}

Result<Value> ValueFromBytes(const Type& type, std::string_view bytes) {
  switch (type.id()) {
    case TypeId::kBoolean:
      if (bytes.size() != 1) {
        return BadWidth(type, bytes);
      }
      return Value(bytes.front() != 0);
    case TypeId::kInt:
    case TypeId::kDate:
      return Int32FromBytes(type, bytes);
    case TypeId::kLong:
    case TypeId::kTime:
      return Int64FromBytes(type, bytes);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
      return TimestampFromBytes(type, bytes);
    case TypeId::kTimestampTz:
    case TypeId::kTimestampTzNs:
      return Int64FromBytes(type, bytes);  // no date is promoted to a zoned timestamp
    case TypeId::kFloat:
      if (bytes.size() != 4) {
        return BadWidth(type, bytes);
      }
      return Value(FromBytes<float>(bytes));
    case TypeId::kDouble:
      return DoubleFromBytes(type, bytes);
    case TypeId::kDecimal: {
      ARROW_ASSIGN_OR_RAISE(const int128_t unscaled, DecimalFromBytes(bytes));
      return Value(unscaled);
    }
    case TypeId::kUuid:
      if (bytes.size() != 16) {
        return BadWidth(type, bytes);
      }
      return Value(std::string(bytes));
    case TypeId::kFixed:
      // Bounds of fixed columns may be truncated.
      if (bytes.size() > static_cast<size_t>(type.length())) {
        return BadWidth(type, bytes);
      }
      return Value(std::string(bytes));
    case TypeId::kString:
    case TypeId::kBinary:
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return Value(std::string(bytes));
    default:
      return MakeError(ErrorCode::kInvalidData, "Values of type " + type.ToString() +
                                                    " have no single-value bytes");
  }
}

}  // namespace tarn::iceberg
