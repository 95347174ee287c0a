// The little of Thrift's compact protocol that encrypted Parquet files need.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn::storage {

/// Reads forward; past the end or on a broken number it fails and gives zeros.
class CompactCursor {
 public:
  explicit CompactCursor(std::string_view bytes) : bytes_(bytes) {}

  size_t at() const { return at_; }
  bool failed() const { return failed_; }

  uint8_t Byte() {
    if (at_ >= bytes_.size()) {
      failed_ = true;
      return 0;
    }
    return static_cast<uint8_t>(bytes_[at_++]);
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = Byte();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    failed_ = true;
    return 0;
  }
  int64_t Integer() {
    const uint64_t raw = Varint();
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }
  void Fail() { failed_ = true; }
  std::string_view Binary() {
    const uint64_t length = Varint();
    if (failed_ || length > bytes_.size() - at_) {
      failed_ = true;
      return {};
    }
    const std::string_view value = bytes_.substr(at_, static_cast<size_t>(length));
    at_ += value.size();
    return value;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

/// A footer (FileMetaData) whose column chunks tell only what their pages are, and
/// nothing of encryption and page indexes. Empty if it is broken.
std::string WithoutColumnEncryption(std::string_view footer);

/// Length of the struct that `bytes` begin with; 0 if it is broken. parquet-mr encrypts
/// headers with zeros behind them.
size_t CompactStructBytes(std::string_view bytes);

inline void AppendCompactInteger(int64_t value, std::string* out) {
  uint64_t raw = static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  for (; raw >= 0x80; raw >>= 7) {
    out->push_back(static_cast<char>(raw | 0x80));
  }
  out->push_back(static_cast<char>(raw));
}

}  // namespace tarn::storage
