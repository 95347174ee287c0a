#include "tarn/ingest/postgres/numeric.h"

#include <array>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/postgres/big_endian.h"

namespace tarn::ingest::postgres {
namespace {

// Digits come in groups of four, the most significant first: group i counts
// 10000^(weight - i).
constexpr int32_t kGroupDigits = 4;
constexpr uint32_t kGroup = 10'000;
constexpr size_t kHeadBytes = 8;
constexpr uint16_t kNegative = 0x4000;
constexpr uint16_t kNotANumber = 0xC000;
constexpr uint16_t kInfinity = 0xD000;
constexpr uint16_t kMinusInfinity = 0xF000;

__extension__ using Wide = unsigned __int128;

constexpr std::array<uint32_t, 5> kPowers = {1, 10, 100, 1'000, 10'000};

/// False if it does not fit.
bool MultiplyAdd(Wide* value, uint32_t factor, uint32_t addend) {
  return !__builtin_mul_overflow(*value, static_cast<Wide>(factor), value) &&
         !__builtin_add_overflow(*value, static_cast<Wide>(addend), value);
}

Status DoesNotFit(int32_t precision, int32_t scale) {
  return MakeError(ErrorCode::kTypeMismatch,
                   fmt::format("A number does not fit into decimal({}, {}); cast the "
                               "column in a query, or load it as text",
                               precision, scale));
}

/// The groups behind the head as a number times 10^-scale; false if it does not fit.
bool ReadGroups(std::string_view groups, int32_t weight, int32_t scale, Wide* value) {
  int32_t exponent = kGroupDigits * (weight + 1);  // of the last digit that was read
  for (size_t at = 0; at < groups.size(); at += 2) {
    const uint32_t group = LoadBigEndian<uint16_t>(groups.data() + at);
    exponent -= kGroupDigits;
    const int32_t cut = -scale - exponent;  // digits of this group that are too many
    if (cut <= 0) {
      if (!MultiplyAdd(value, kGroup, group)) {
        return false;
      }
    } else if (cut >= kGroupDigits) {
      if (group != 0) {
        return false;
      }
    } else {
      const uint32_t power = kPowers[static_cast<size_t>(cut)];
      const uint32_t kept = kPowers[static_cast<size_t>(kGroupDigits - cut)];
      if (group % power != 0 || !MultiplyAdd(value, kept, group / power)) {
        return false;
      }
    }
  }
  for (int32_t missing = exponent + scale; missing > 0 && *value != 0; --missing) {
    if (!MultiplyAdd(value, 10, 0)) {
      return false;
    }
  }
  return true;
}

bool HasAtMost(int32_t precision, Wide value) {
  Wide bound = 1;
  for (int32_t i = 0; i < precision; ++i) {
    bound *= 10;  // 10^38 is below 2^128
  }
  return value < bound;
}

}  // namespace

Result<Numeric> DecodeNumeric(std::string_view bytes, int32_t precision, int32_t scale) {
  const auto broken = [] {
    return MakeError(ErrorCode::kInvalidData, "A numeric is not as PostgreSQL sends it");
  };
  if (bytes.size() < kHeadBytes) {
    return broken();
  }
  const auto num_groups = LoadBigEndian<uint16_t>(bytes.data());
  const auto weight = LoadBigEndian<int16_t>(bytes.data() + 2);
  const auto sign = LoadBigEndian<uint16_t>(bytes.data() + 4);
  const std::string_view groups = bytes.substr(kHeadBytes);
  if (groups.size() != size_t{2} * num_groups) {
    return broken();
  }
  if (sign == kNotANumber) {
    return Numeric{.kind = NumericKind::kNotANumber};
  }
  if (sign == kInfinity || sign == kMinusInfinity) {
    return Numeric{.kind = NumericKind::kInfinite};
  }
  if (sign != 0 && sign != kNegative) {
    return broken();
  }
  for (size_t at = 0; at < groups.size(); at += 2) {
    if (LoadBigEndian<uint16_t>(groups.data() + at) >= kGroup) {
      return broken();
    }
  }
  Wide value = 0;
  if (!ReadGroups(groups, weight, scale, &value) || !HasAtMost(precision, value)) {
    return DoesNotFit(precision, scale);
  }
  arrow::Decimal128 unscaled(static_cast<int64_t>(value >> 64U),
                             static_cast<uint64_t>(value));
  if (sign == kNegative) {
    unscaled.Negate();
  }
  return Numeric{.unscaled = unscaled};
}

}  // namespace tarn::ingest::postgres
