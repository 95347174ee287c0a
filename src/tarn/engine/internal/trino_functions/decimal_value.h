// Decimals of up to 38 digits as 128-bit integers.
#pragma once

#include <cstdint>

#include <duckdb/common/types/hugeint.hpp>

namespace tarn::engine {

inline __int128 Int128Of(duckdb::hugeint_t value) {
  return static_cast<__int128>(
      (static_cast<unsigned __int128>(static_cast<uint64_t>(value.upper)) << 64U) |
      value.lower);
}

inline duckdb::hugeint_t HugeintOf(__int128 value) {
  duckdb::hugeint_t result;
  result.lower = static_cast<uint64_t>(value);
  result.upper = static_cast<int64_t>(value >> 64);
  return result;
}

/// 10^digits, digits from 0 to 38.
inline __int128 PowerOfTen(int digits) {
  __int128 power = 1;
  for (; digits > 0; --digits) {
    power *= 10;
  }
  return power;
}

}  // namespace tarn::engine
