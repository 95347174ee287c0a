#include "tarn/storage/internal/partition_slots.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <variant>

#include <arrow/record_batch.h>

namespace tarn::storage {
namespace {

// What Arrow's and Parquet's objects take, measured (docs/internals/write-memory.md).
constexpr int64_t kWriterBytes = 8'800;
constexpr int64_t kWriterLeafBytes = 960;
constexpr int64_t kFooterChunkBytes = 960;
constexpr int64_t kPageIndexChunkBytes = 700;
/// Of the encoder of one column, beside what is in its pool.
constexpr int64_t kEncoderBytes = 9'200;
/// In the pool, before there are many values.
constexpr int64_t kEncoderPoolBytes = 26'200;
/// Nodes of the three orders and of the lists.
constexpr int64_t kNodeBytes = 256;

int64_t HeapBytes(const iceberg::PartitionTuple& tuple) {
  auto bytes = static_cast<int64_t>(tuple.capacity() * sizeof(iceberg::Value));
  for (const iceberg::Value& value : tuple) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      bytes += static_cast<int64_t>(text->capacity());
    }
  }
  return bytes;
}

}  // namespace

PartitionSlots::PartitionSlots(int64_t num_leaves, bool has_page_index)
    : num_leaves_(num_leaves),
      writer_bytes_(kWriterBytes + num_leaves * kWriterLeafBytes),
      row_group_bytes_(num_leaves * (kFooterChunkBytes +
                                     (has_page_index ? kPageIndexChunkBytes : 0))) {}

PartitionSlot& PartitionSlots::Add(iceberg::PartitionTuple tuple) {
  PartitionSlot& slot = slots_.emplace_back();
  slot.number = static_cast<int32_t>(slots_.size()) - 1;
  slot.tuple = std::move(tuple);
  // The tuple is known to the partitioner too, and to its look-up tables.
  own_bytes_ += static_cast<int64_t>(sizeof(PartitionSlot)) + kNodeBytes +
                3 * HeapBytes(slot.tuple);
  return slot;
}

void PartitionSlots::Age(PartitionSlot& slot, std::chrono::milliseconds when) {
  if (!slot.since || when < *slot.since) {
    ForgetAge(slot);
    slot.since = when;
    by_age_.emplace(when, slot.number);
  }
}

void PartitionSlots::ForgetAge(PartitionSlot& slot) {
  if (slot.since) {
    by_age_.erase({*slot.since, slot.number});
    slot.since.reset();
  }
}

std::optional<std::chrono::milliseconds> PartitionSlots::oldest() const {
  return by_age_.empty() ? std::nullopt : std::optional(by_age_.begin()->first);
}

std::vector<int32_t> PartitionSlots::AgedBy(std::chrono::milliseconds when) const {
  std::vector<int32_t> numbers;
  for (const auto& [since, number] : by_age_) {
    if (since > when) {
      break;
    }
    numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

void PartitionSlots::Move(Order& order, int32_t number, int64_t* bytes, int64_t* total,
                          int64_t to) {
  if (*bytes == to) {
    return;
  }
  if (*bytes > 0) {
    order.erase({*bytes, number});
  }
  if (to > 0) {
    order.emplace(to, number);
  }
  *total += to - *bytes;
  *bytes = to;
}

int64_t PartitionSlots::row_group_bytes_min() const {
  return num_leaves_ * (kEncoderBytes + kEncoderPoolBytes);
}

int64_t PartitionSlots::MovableBytesOf(const DataFileWriter& file) const {
  const int64_t encoders = file.encoder_bytes();
  return file.buffered_bytes() +
         (encoders == 0 ? 0 : encoders + num_leaves_ * kEncoderBytes);
}

int64_t PartitionSlots::FixedBytesOf(const DataFileWriter& file) const {
  return writer_bytes_ + file.num_row_groups() * row_group_bytes_ + file.filter_bytes() +
         file.upload_bytes();
}

void PartitionSlots::Count(PartitionSlot& slot, int64_t file_bytes) {
  const DataFileWriter* file = slot.file.get();
  Move(by_movable_, slot.number, &slot.movable_bytes, &movable_bytes_,
       file == nullptr ? 0 : MovableBytesOf(*file));
  Move(by_fixed_, slot.number, &slot.fixed_bytes, &fixed_bytes_,
       file == nullptr ? 0 : FixedBytesOf(*file));
  file_bytes_ += file_bytes - std::exchange(slot.file_bytes, file_bytes);
  if (file == nullptr || !file->is_file_open()) {
    if (slot.in_open) {
      open_.erase(*slot.in_open);
      slot.in_open.reset();
    }
  } else if (slot.in_open) {
    open_.splice(open_.end(), open_, *slot.in_open);
  } else {
    slot.in_open = open_.insert(open_.end(), &slot);
  }
}

PartitionSlot* PartitionSlots::largest_movable() {
  return by_movable_.empty() ? nullptr : &at(std::prev(by_movable_.end())->second);
}

PartitionSlot* PartitionSlots::largest_fixed() {
  return by_fixed_.empty() ? nullptr : &at(std::prev(by_fixed_.end())->second);
}

PartitionSlot* PartitionSlots::least_recently_used() {
  return open_.empty() ? nullptr : open_.front();
}

}  // namespace tarn::storage
