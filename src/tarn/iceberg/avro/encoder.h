// Avro's binary encoding of values, appended to a string.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::iceberg::avro {

/// Appends to `*out`, which must outlive the encoder.
class Encoder {
 public:
  explicit Encoder(std::string* out) : out_(*out) {}

  void Long(int64_t value) {
    uint64_t raw =
        (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
    char buffer[10];
    size_t size = 0;
    for (; raw >= 0x80; raw >>= 7) {
      buffer[size++] = static_cast<char>(raw | 0x80);
    }
    buffer[size++] = static_cast<char>(raw);
    out_.append(buffer, size);
  }
  void Int(int32_t value) { Long(value); }
  void Boolean(bool value) { out_.push_back(value ? '\1' : '\0'); }
  void Float(float value) { LittleEndian(std::bit_cast<uint32_t>(value)); }
  void Double(double value) { LittleEndian(std::bit_cast<uint64_t>(value)); }
  /// bytes or string.
  void Bytes(std::string_view value) {
    Long(static_cast<int64_t>(value.size()));
    out_.append(value);
  }
  void Fixed(std::string_view value) { out_.append(value); }
  /// The branch of a union.
  void Branch(int64_t index) { Long(index); }
  /// Starts a block of `count` items; EndItems() ends an array or map.
  void Items(int64_t count) { Long(count); }
  void EndItems() { out_.push_back('\0'); }

 private:
  template <typename Raw>
  void LittleEndian(Raw raw) {
    for (size_t i = 0; i < sizeof(Raw); ++i) {
      out_.push_back(static_cast<char>(raw & 0xFF));
      raw >>= 8;
    }
  }

  std::string& out_;
};

}  // namespace tarn::iceberg::avro
