// Avro's binary encoding of values, read from memory (Avro specification 1.12, Binary
// Encoding).
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tarn::iceberg::avro {

/// A bounded cursor over encoded values. Failure sticks: after one, every call gives zero
/// or nothing and failed() is true, so a row needs one check at its end and loops end by
/// themselves. Views point into the bytes given. Thread-compatible.
class Decoder {
 public:
  Decoder() = default;
  explicit Decoder(std::string_view bytes) { Reset(bytes); }

  /// Goes on with other bytes; clears a failure but not what was used of the zero-width
  /// budget.
  void Reset(std::string_view bytes) {
    zero_width_left_ += static_cast<int64_t>(bytes.size()) * kZeroWidthPerByte;
    at_ = bytes.data();
    end_ = at_ + bytes.size();
    failure_ = nullptr;
  }

  size_t bytes_left() const { return static_cast<size_t>(end_ - at_); }
  /// What is still to be read.
  std::string_view rest() const { return {at_, bytes_left()}; }
  bool failed() const { return failure_ != nullptr; }
  /// What went wrong first; nullptr if nothing did.
  const char* failure() const { return failure_; }
  /// `what` must be a literal.
  void Fail(const char* what) {
    if (failure_ == nullptr) {
      failure_ = what;
    }
    at_ = end_;
  }

  int64_t Long() {
    uint64_t raw = 0;
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0) {
      raw = static_cast<unsigned char>(*at_++);
    } else if (end_ - at_ >= 2 && static_cast<signed char>(at_[1]) >= 0) {
      raw = (static_cast<unsigned char>(at_[0]) & 0x7Fu) |
            (static_cast<uint64_t>(static_cast<unsigned char>(at_[1])) << 7);
      at_ += 2;
    } else if (!MediumVarint(&raw)) {
      const char* after = LongVarint(at_, end_, &raw);
      if (after == nullptr) {
        Fail("a number is cut off or longer than 64 bits");
        return 0;
      }
      at_ = after;
    }
    return static_cast<int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
  }

  int32_t Int() {
    int64_t value = Long();
    if (value < INT32_MIN || value > INT32_MAX) {
      Fail("an int is out of range");
      return 0;
    }
    return static_cast<int32_t>(value);
  }

  bool Boolean() {
    std::string_view byte = Fixed(1);
    if (byte.empty() || byte[0] == 0) {
      return false;
    }
    if (byte[0] != 1) {
      Fail("a boolean is neither 0 nor 1");
    }
    return true;
  }

  float Float() { return LittleEndian<float, uint32_t>(); }
  double Double() { return LittleEndian<double, uint64_t>(); }

  /// A value of `size` bytes: fixed.
  std::string_view Fixed(size_t size) {
    if (size > bytes_left()) {
      Fail("a value ends beyond its block");
      return {};
    }
    std::string_view view(at_, size);
    at_ += size;
    return view;
  }

  /// bytes or string.
  std::string_view Bytes() {
    int64_t size = Long();
    if (size < 0) {
      Fail("a length is negative");
      return {};
    }
    return Fixed(static_cast<size_t>(size));
  }

  /// Number of items in the next block of an array or map; 0 at its end. `block_bytes`,
  /// if given, receives the block's size where the writer stated it, else -1. The count
  /// is not yet backed by bytes when items can be empty: never reserve by it without
  /// regard to bytes_left().
  int64_t BlockItems(int64_t* block_bytes = nullptr);

  /// To be called for each value that takes no bytes (null, empty record or fixed): a few
  /// bytes could otherwise stand for endless work.
  void ZeroWidth() {
    if (--zero_width_left_ < 0) {
      Fail("too many values that take no bytes");
    }
  }

 private:
  /// Every null in a union costs a byte, and a byte of a row may come with columns of
  /// type null.
  static constexpr int64_t kZeroWidthPerByte = 16;

  /// Reads a number of up to eight bytes at once; false if it is longer or near the end.
  bool MediumVarint(uint64_t* value) {
    if (end_ - at_ < 8) {
      return false;
    }
    uint64_t bytes = 0;
    std::memcpy(&bytes, at_, sizeof(bytes));
    const uint64_t ends = ~bytes & 0x8080808080808080u;
    if (ends == 0) {
      return false;
    }
    // Only the bytes up to the first one without the flag; then seven bits of each.
    uint64_t bits = bytes & (ends ^ (ends - 1)) & 0x7F7F7F7F7F7F7F7Fu;
    bits = (bits & 0x007F007F007F007Fu) | ((bits & 0x7F007F007F007F00u) >> 1);
    bits = (bits & 0x00003FFF00003FFFu) | ((bits & 0x3FFF00003FFF0000u) >> 2);
    *value = (bits & 0x000000000FFFFFFFu) | ((bits & 0x0FFFFFFF00000000u) >> 4);
    at_ += (std::countr_zero(ends) >> 3) + 1;
    return true;
  }

  /// Gives the end of the number, or nullptr. Static, so that a decoder can live in
  /// registers.
  static const char* LongVarint(const char* at, const char* end, uint64_t* value);

  template <typename Number, typename Raw>
  Number LittleEndian() {
    std::string_view bytes = Fixed(sizeof(Raw));
    if (bytes.empty()) {
      return 0;
    }
    Raw raw = 0;
    for (size_t i = sizeof(Raw); i-- > 0;) {
      raw = static_cast<Raw>((raw << 8) | static_cast<unsigned char>(bytes[i]));
    }
    return std::bit_cast<Number>(raw);
  }

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const char* failure_ = nullptr;
  int64_t zero_width_left_ = 1 << 20;
};

}  // namespace tarn::iceberg::avro
