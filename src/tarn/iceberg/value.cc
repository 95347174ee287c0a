#include "tarn/iceberg/value.h"

#include <bit>
#include <cmath>
#include <functional>

#include "tarn/base/error.h"
#include "tarn/base/overload.h"
#include "tarn/iceberg/internal/value_get.h"

namespace tarn::iceberg {
namespace {

using internal::Get;

template <typename T>
std::strong_ordering CompareFloating(T left, T right) {
  if (std::isnan(left) || std::isnan(right)) {
    return std::isnan(left) <=> std::isnan(right);
  }
  if (left < right) {
    return std::strong_ordering::less;
  }
  if (left > right) {
    return std::strong_ordering::greater;
  }
  return std::signbit(right) <=> std::signbit(left);  // -0.0 before +0.0
}

template <typename T>
std::strong_ordering CompareAs(const Value& left, const Value& right) {
  return Get<T>(left) <=> Get<T>(right);
}

// Bits that are equal exactly for floating-point values that ValueEquals takes as the
// same.
template <typename T, typename Bits>
Bits CanonicalBits(T value) {
  return std::isnan(value) ? ~Bits{0} : std::bit_cast<Bits>(value);
}

size_t HashBits(uint64_t low, uint64_t high) {
  // A multiply-and-fold round: standard hashes of integers are the integer itself, too
  // regular for the tables of some containers.
  const auto product = static_cast<unsigned __int128>(low ^ 0x9E3779B97F4A7C15U) *
                       (high ^ 0xBF58476D1CE4E5B9U);
  return static_cast<size_t>(product) ^ static_cast<size_t>(product >> 64);
}

}  // namespace

std::strong_ordering CompareValues(const Type& type, const Value& left,
                                   const Value& right) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return CompareAs<bool>(left, right);
    case TypeId::kInt:
    case TypeId::kDate:
      return CompareAs<int32_t>(left, right);
    case TypeId::kLong:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return CompareAs<int64_t>(left, right);
    case TypeId::kFloat:
      return CompareFloating(Get<float>(left), Get<float>(right));
    case TypeId::kDouble:
      return CompareFloating(Get<double>(left), Get<double>(right));
    case TypeId::kDecimal:
      return CompareAs<int128_t>(left, right);
    case TypeId::kString:
    case TypeId::kUuid:
    case TypeId::kFixed:
    case TypeId::kBinary:
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return CompareAs<std::string>(left, right);  // char_traits compares unsigned bytes
    case TypeId::kUnknown:
    case TypeId::kVariant:
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
      break;
  }
  TARN_CHECK(type.is_primitive() && type.id() != TypeId::kUnknown);
  return std::strong_ordering::equal;
}

bool ValueEquals::operator()(const Value& left, const Value& right) const {
  if (left.index() != right.index()) {
    return false;
  }
  if (const auto* narrow = std::get_if<float>(&left)) {
    return CompareFloating(*narrow, Get<float>(right)) == 0;
  }
  if (const auto* wide = std::get_if<double>(&left)) {
    return CompareFloating(*wide, Get<double>(right)) == 0;
  }
  return left == right;
}

size_t ValueHash::operator()(const Value& value) const {
  // std::hash has no __int128 in strict C++ mode, so there is no std::hash<Value> to fall
  // back on.
  const auto bits = [](auto integer) { return static_cast<uint64_t>(integer); };
  const size_t hash = std::visit(
      Overload{[](std::monostate) { return size_t{0}; },
               [&](bool v) { return HashBits(bits(v), 0); },
               [&](int32_t v) { return HashBits(bits(v), 0); },
               [&](int64_t v) { return HashBits(bits(v), 0); },
               [](float v) { return HashBits(CanonicalBits<float, uint32_t>(v), 0); },
               [](double v) { return HashBits(CanonicalBits<double, uint64_t>(v), 0); },
               [&](int128_t v) { return HashBits(bits(v), bits(v >> 64)); },
               [](const std::string& v) { return std::hash<std::string>{}(v); }},
      value);
  return hash ^ value.index();
}

}  // namespace tarn::iceberg
