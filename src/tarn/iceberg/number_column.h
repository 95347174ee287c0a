// Columns of numbers in memory: what all rows share is kept once.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::iceberg {

/// What building columns may cost. Once it is exceeded nothing more is stored: the
/// columns are to be thrown away.
struct ColumnBudget {
  size_t rows_expected = 0;  // a guess: columns are made for as many
  size_t bytes_left = 0;
  bool exceeded = false;

  bool Take(size_t bytes) {
    if (exceeded || bytes > bytes_left) {
      exceeded = true;
      return false;
    }
    bytes_left -= bytes;
    return true;
  }
};

/// One number for each row. Filled in the order of the rows, then read. Rows that are
/// left out hold `kAbsent`.
template <typename T, T kAbsent = T{}>
class NumberColumn {
 public:
  T at(size_t row) const { return values_ == nullptr ? all_ : values_[row]; }
  /// Where row's number lies, for views into it.
  const T* address_of(size_t row) const {
    return values_ == nullptr ? &all_ : &values_[row];
  }
  /// True if all rows hold at(0).
  bool is_constant() const { return values_ == nullptr; }
  size_t memory_bytes() const { return capacity_ * sizeof(T); }

  /// `row` is the last one or comes after all others; for the last one the value is
  /// replaced.
  [[gnu::always_inline]] void Set(size_t row, T value, ColumnBudget* budget) {
    if (row == size_ && size_ < capacity_) [[likely]] {
      values_[size_++] = value;
    } else if (row == size_ && capacity_ == 0 && size_ != 0 && value == all_) {
      ++size_;
    } else {
      SetRarely(row, value, budget);
    }
  }

  /// Makes it `rows` long.
  void Finish(size_t rows, ColumnBudget* budget) {
    if (rows > size_) {
      Pad(rows, budget);
    }
    if (capacity_ > size_ + size_ / 8) {
      Move(size_);
    }
  }

 private:
  [[gnu::noinline]] void SetRarely(size_t row, T value, ColumnBudget* budget) {
    if (row < size_) {
      if (at(size_ - 1) != value && Reserve(size_, budget)) {
        values_[size_ - 1] = value;
      }
      return;
    }
    if (row > size_ && !Pad(row, budget)) {
      return;
    }
    if (capacity_ == 0 && (size_ == 0 || value == all_)) {
      all_ = value;
      ++size_;
    } else if (Reserve(size_ + 1, budget)) {
      values_[size_++] = value;
    }
  }

  /// Leaves out the rows before `row`.
  bool Pad(size_t row, ColumnBudget* budget) {
    if (capacity_ == 0 && (size_ == 0 || all_ == kAbsent)) {
      all_ = kAbsent;
      size_ = row;
      return true;
    }
    if (!Reserve(row, budget)) {
      return false;
    }
    std::fill(values_.get() + size_, values_.get() + row, kAbsent);
    size_ = row;
    return true;
  }

  /// Gives every row a value of its own, with room for `rows` of them.
  bool Reserve(size_t rows, ColumnBudget* budget) {
    if (capacity_ != 0 && rows <= capacity_) {
      return true;
    }
    const size_t grown = std::max({rows, budget->rows_expected, 2 * capacity_});
    if (!budget->Take(grown * sizeof(T))) {
      return false;
    }
    Move(grown);
    return true;
  }

  void Move(size_t capacity) {
    auto moved = std::make_unique_for_overwrite<T[]>(capacity);
    if (values_ == nullptr) {
      std::fill(moved.get(), moved.get() + size_, all_);
    } else {
      std::copy(values_.get(), values_.get() + size_, moved.get());
    }
    values_ = std::move(moved);
    capacity_ = capacity;
  }

  std::unique_ptr<T[]> values_;  // none while all rows hold `all_`
  size_t capacity_ = 0;
  size_t size_ = 0;
  T all_ = kAbsent;
};

/// Counts and sizes, which nearly always fit 32 bits.
class CountColumn {
 public:
  static constexpr int64_t kUnknown = -1;

  /// kUnknown if the row has none.
  int64_t at(size_t row) const {
    if (wide_ != nullptr) {
      return wide_->at(row);
    }
    const uint32_t value = narrow_.at(row);
    return value == kNarrowUnknown ? kUnknown : int64_t{value};
  }
  bool is_constant() const {
    return wide_ != nullptr ? wide_->is_constant() : narrow_.is_constant();
  }
  std::optional<int64_t> Find(size_t row) const {
    const int64_t value = at(row);
    return value == kUnknown ? std::nullopt : std::optional(value);
  }
  size_t memory_bytes() const {
    const size_t wide = wide_ == nullptr ? 0 : sizeof(WideColumn) + wide_->memory_bytes();
    return narrow_.memory_bytes() + wide;
  }

  /// A negative count is as good as none.
  void Set(size_t row, int64_t value, ColumnBudget* budget) {
    if (static_cast<uint64_t>(value) < kNarrowUnknown && wide_ == nullptr) [[likely]] {
      narrow_.Set(row, static_cast<uint32_t>(value), budget);
    } else if (value >= 0) {
      SetWide(row, value, budget);
    }
  }
  void Finish(size_t rows, ColumnBudget* budget) {
    wide_ != nullptr ? wide_->Finish(rows, budget) : narrow_.Finish(rows, budget);
  }

 private:
  static constexpr uint32_t kNarrowUnknown = UINT32_MAX;
  using WideColumn = NumberColumn<int64_t, kUnknown>;

  [[gnu::noinline]] void SetWide(size_t row, int64_t value, ColumnBudget* budget) {
    if (wide_ == nullptr) {
      Widen(row, budget);
    }
    wide_->Set(row, value, budget);
  }

  void Widen(size_t rows, ColumnBudget* budget) {
    narrow_.Finish(rows, budget);
    auto wide = std::make_unique<WideColumn>();
    for (size_t row = 0; row < rows && !budget->exceeded; ++row) {
      wide->Set(row, at(row), budget);
    }
    wide_ = std::move(wide);
    narrow_ = {};
  }

  NumberColumn<uint32_t, kNarrowUnknown> narrow_;
  std::unique_ptr<WideColumn> wide_;
};

/// Text or bytes of a row, or none: up to eight bytes are kept in place, more in an arena
/// that columns share.
class BytesColumn {
 public:
  static constexpr uint8_t kLong = 0xFE;
  static constexpr uint8_t kAbsent = 0xFF;
  static_assert(std::endian::native == std::endian::little);

  bool has(size_t row) const { return lengths_.at(row) != kAbsent; }
  /// Number of bytes up to eight, or kLong, or kAbsent.
  uint8_t length_code(size_t row) const { return lengths_.at(row); }
  /// Up to eight bytes as a little-endian number.
  uint64_t bits(size_t row) const { return bits_.at(row); }
  /// Empty if the row has none. Valid as long as the column and `arena`.
  std::string_view at(size_t row, const std::string& arena) const {
    const uint8_t code = lengths_.at(row);
    if (code == kLong) {
      const uint64_t place = bits_.at(row);
      return std::string_view(arena).substr(place >> 32, static_cast<uint32_t>(place));
    }
    const size_t length = code == kAbsent ? 0 : code;
    return {reinterpret_cast<const char*>(bits_.address_of(row)), length};
  }
  std::optional<std::string> Find(size_t row, const std::string& arena) const {
    return has(row) ? std::optional(std::string(at(row, arena))) : std::nullopt;
  }
  size_t memory_bytes() const { return lengths_.memory_bytes() + bits_.memory_bytes(); }

  void Set(size_t row, std::string_view bytes, std::string* arena, ColumnBudget* budget) {
    if (bytes.size() <= sizeof(uint64_t)) {
      lengths_.Set(row, static_cast<uint8_t>(bytes.size()), budget);
      bits_.Set(row, Load(bytes), budget);
      return;
    }
    SetLong(row, bytes, arena, budget);
  }
  void Finish(size_t rows, ColumnBudget* budget) {
    lengths_.Finish(rows, budget);
    bits_.Finish(rows, budget);
  }

 private:
  template <typename T>
  static uint64_t LoadAs(const char* bytes) {
    T value{};
    std::memcpy(&value, bytes, sizeof(T));
    return value;
  }
  /// Up to eight bytes, the first one lowest. Ends that overlap hold the same bits.
  static uint64_t Load(std::string_view bytes) {
    const size_t n = bytes.size();
    const char* at = bytes.data();
    if (n == 8) {
      return LoadAs<uint64_t>(at);
    }
    if (n >= 4) {
      return LoadAs<uint32_t>(at) | (LoadAs<uint32_t>(at + n - 4) << (8 * (n - 4)));
    }
    if (n >= 2) {
      return LoadAs<uint16_t>(at) | (LoadAs<uint16_t>(at + n - 2) << (8 * (n - 2)));
    }
    return n == 1 ? LoadAs<uint8_t>(at) : 0;
  }

  [[gnu::noinline]] void SetLong(size_t row, std::string_view bytes, std::string* arena,
                                 ColumnBudget* budget) {
    // Neighbours often have the same text, that of their partition.
    if (row > 0 && last_row_ + 1 == row && last_ == bytes.size() &&
        at(row - 1, *arena) == bytes) {
      bits_.Set(row, bits_.at(row - 1), budget);
    } else if (arena->size() + bytes.size() > UINT32_MAX) {
      budget->exceeded = true;
      return;
    } else {
      bits_.Set(row, (uint64_t{arena->size()} << 32) | bytes.size(), budget);
      arena->append(bytes);
    }
    lengths_.Set(row, kLong, budget);
    last_row_ = row;
    last_ = bytes.size();
  }

  NumberColumn<uint8_t, kAbsent> lengths_;
  NumberColumn<uint64_t> bits_;
  size_t last_row_ = 0;  // that holds a long text, and
  size_t last_ = 0;      // how long it is
};

}  // namespace tarn::iceberg
