// Binary COPY as PostgreSQL writes it, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::ingest::postgres {

template <typename T>
std::string BigEndian(T value) {
  std::string bytes;
  for (size_t i = sizeof(T); i-- > 0;) {
    bytes.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  }
  return bytes;
}

/// A length and the bytes, as values of rows and parts of values are.
inline std::string Sized(std::string_view bytes) {
  return BigEndian(static_cast<int32_t>(bytes.size())) + std::string(bytes);
}
inline std::string Null() { return BigEndian<int32_t>(-1); }

inline std::string CopyHead() {
  return std::string("PGCOPY\n\377\r\n\0", 11) + BigEndian<int32_t>(0) +
         BigEndian<int32_t>(0);
}
/// `values` are Sized() or Null().
inline std::string CopyRow(const std::vector<std::string>& values) {
  std::string row = BigEndian(static_cast<int16_t>(values.size()));
  for (const std::string& value : values) {
    row += value;
  }
  return row;
}
inline std::string CopyEnd() { return BigEndian<int16_t>(-1); }

/// A numeric of groups of four digits.
inline std::string NumericBytes(const std::vector<int16_t>& groups, int16_t weight,
                                int16_t sign = 0, int16_t shown = 0) {
  std::string bytes = BigEndian(static_cast<int16_t>(groups.size())) + BigEndian(weight) +
                      BigEndian(sign) + BigEndian(shown);
  for (const int16_t group : groups) {
    bytes += BigEndian(group);
  }
  return bytes;
}

/// One dimension; `elements` are Sized() or Null().
inline std::string ArrayBytes(const std::vector<std::string>& elements) {
  if (elements.empty()) {
    return BigEndian<int32_t>(0) + BigEndian<int32_t>(0) + BigEndian<int32_t>(23);
  }
  std::string bytes =
      BigEndian<int32_t>(1) + BigEndian<int32_t>(0) + BigEndian<int32_t>(23) +
      BigEndian(static_cast<int32_t>(elements.size())) + BigEndian<int32_t>(1);
  for (const std::string& element : elements) {
    bytes += element;
  }
  return bytes;
}

}  // namespace tarn::ingest::postgres
