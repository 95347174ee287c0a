// Numbers in a fixed byte order, from and to the bytes of a file.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace tarn {

static_assert(std::endian::native == std::endian::little,
              "bytes of files are copied into numbers as they are");

/// The number at `offset`; `bytes` must reach that far.
template <typename T>
T LoadLittle(std::string_view bytes, size_t offset) {
  static_assert(std::is_arithmetic_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

/// The number that `bytes` begin with, which is taken off them; they must hold it.
template <typename T>
T TakeLittle(std::string_view* bytes) {
  const T value = LoadLittle<T>(*bytes, 0);
  bytes->remove_prefix(sizeof(T));
  return value;
}

template <typename T>
T LoadBig(std::string_view bytes, size_t offset) {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(bytes[offset + i]));
  }
  return value;
}

template <typename T>
void AppendLittle(T value, std::string* out) {
  static_assert(std::is_arithmetic_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out->append(bytes, sizeof(T));
}

template <typename T>
void AppendBig(T value, std::string* out) {
  static_assert(std::is_unsigned_v<T>);
  for (size_t i = sizeof(T); i-- > 0;) {
    out->push_back(static_cast<char>(value >> (8 * i)));
  }
}

}  // namespace tarn
