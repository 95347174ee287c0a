// Numbers in network order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace tarn::ingest::postgres {

/// `bytes` holds at least sizeof(T).
template <typename T>
T LoadBigEndian(const char* bytes) {
  static_assert(std::is_integral_v<T>);
  std::make_unsigned_t<T> value = 0;
  std::memcpy(&value, bytes, sizeof(value));
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(T) == 2) {
      value = __builtin_bswap16(value);
    } else if constexpr (sizeof(T) == 4) {
      value = __builtin_bswap32(value);
    } else if constexpr (sizeof(T) == 8) {
      value = __builtin_bswap64(value);
    }
  }
  return static_cast<T>(value);
}

}  // namespace tarn::ingest::postgres
