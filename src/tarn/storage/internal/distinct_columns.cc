#include "tarn/storage/internal/distinct_columns.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/util/checked_cast.h>

namespace tarn::storage {
namespace {

constexpr int64_t kRowsMin = 16'384;
constexpr int64_t kRowsMax = 32'768;
/// So few repeats among the rows mean some 300 000 values in the whole: as 64-bit numbers
/// more than a dictionary of the usual 2 MiB holds.
constexpr double kDistinctShareMin = 0.95;

bool IsShareReached(int64_t distinct, int64_t rows) {
  return static_cast<double>(distinct) >= kDistinctShareMin * static_cast<double>(rows);
}

/// Counts different hashes; a few that fall together do not matter.
class DistinctCount {
 public:
  DistinctCount() : slots_(kSlots, 0) {}

  void Add(uint64_t hash) {
    hash += hash == 0 ? 1 : 0;  // 0 is a free slot
    size_t at = hash & (kSlots - 1);
    while (slots_[at] != 0) {
      if (slots_[at] == hash) {
        return;
      }
      at = (at + 1) & (kSlots - 1);
    }
    slots_[at] = hash;
    ++distinct_;
  }
  int64_t distinct() const { return distinct_; }
  void Clear() {
    std::ranges::fill(slots_, 0);
    distinct_ = 0;
  }

 private:
  static constexpr size_t kSlots = size_t{4} * kRowsMax;  // a power of two
  std::vector<uint64_t> slots_;
  int64_t distinct_ = 0;
};

/// The last step of MurmurHash3: numbers in sequence come apart.
uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 33U)) * 0xff51afd7ed558ccdU;
  value = (value ^ (value >> 33U)) * 0xc4ceb9fe1a85ec53U;
  return value ^ (value >> 33U);
}

template <typename ArrayType>
bool TextRepeats(const ArrayType& column, int64_t rows, DistinctCount* count) {
  for (int64_t i = 0; i < rows; ++i) {
    count->Add(std::hash<std::string_view>()(column.GetView(i)));
  }
  return !IsShareReached(count->distinct(), rows);
}

bool NumbersRepeat(const arrow::Array& column, int32_t width, int64_t rows,
                   DistinctCount* count) {
  const auto& data = *column.data();
  const uint8_t* values = data.buffers[1]->data() + data.offset * width;
  for (int64_t i = 0; i < rows; ++i, values += width) {
    uint64_t hash = 0;
    for (int32_t at = 0; at < width; at += 8) {
      uint64_t word = 0;
      std::memcpy(&word, values + at, static_cast<size_t>(std::min(width - at, 8)));
      hash = Mix(hash ^ word);
    }
    count->Add(hash);
  }
  return !IsShareReached(count->distinct(), rows);
}

bool Repeats(const arrow::Array& column, int64_t rows, DistinctCount* count) {
  const arrow::DataType& type = *column.type();
  if (column.null_count() != 0) {
    return true;  // nulls take no part, and the rest is fewer rows
  }
  count->Clear();
  switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return TextRepeats(static_cast<const arrow::BinaryArray&>(column), rows, count);
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return TextRepeats(static_cast<const arrow::LargeBinaryArray&>(column), rows,
                         count);
    case arrow::Type::BOOL:
    case arrow::Type::DICTIONARY:
      return true;
    default:
      return !arrow::is_fixed_width(type.id()) || arrow::is_nested(type.id()) ||
             type.byte_width() < 4 ||
             NumbersRepeat(column, type.byte_width(), rows, count);
  }
}

}  // namespace

std::vector<bool> ColumnsWithoutRepeats(const arrow::RecordBatch& batch) {
  std::vector<bool> without(static_cast<size_t>(batch.num_columns()), false);
  const int64_t rows = std::min(batch.num_rows(), kRowsMax);
  if (rows < kRowsMin) {
    return without;
  }
  DistinctCount count;
  for (int i = 0; i < batch.num_columns(); ++i) {
    without[static_cast<size_t>(i)] = !Repeats(*batch.column(i), rows, &count);
  }
  return without;
}

}  // namespace tarn::storage
