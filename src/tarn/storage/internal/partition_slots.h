// The partitions of a writer: their open files, ordered by what they cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/iceberg/partition_spec.h"
#include "tarn/storage/internal/data_file_writer.h"

namespace tarn::storage {

/// The open file of one partition and the rows that wait for it.
struct PartitionSlot {
  int32_t number = 0;
  iceberg::PartitionTuple tuple;
  std::vector<std::shared_ptr<arrow::RecordBatch>> pending;
  std::chrono::milliseconds pending_since{0};  // of the first of them
  std::unique_ptr<DataFileWriter> file;  // nullptr before the first row and after a roll
  int64_t input_bytes = 0;               // of the rows in `file`, as they came

  // Kept by PartitionSlots.
  std::optional<std::chrono::milliseconds> since = {};
  int64_t movable_bytes = 0;
  int64_t fixed_bytes = 0;
  int64_t file_bytes = 0;
  std::optional<std::list<PartitionSlot*>::iterator> in_open = {};
};

/// Every operation takes at most logarithmic time in the number of slots.
/// Thread-compatible.
class PartitionSlots {
 public:
  /// `num_leaves`: columns of a file.
  PartitionSlots(int64_t num_leaves, bool has_page_index);

  /// Slots are numbered without gaps, and stay where they are.
  PartitionSlot& Add(iceberg::PartitionTuple tuple);
  PartitionSlot& at(int32_t number) { return slots_[static_cast<size_t>(number)]; }
  const std::deque<PartitionSlot>& all() const { return slots_; }
  int32_t size() const { return static_cast<int32_t>(slots_.size()); }

  /// Rows came at `when`; only the oldest ones since ForgetAge() count.
  void Age(PartitionSlot& slot, std::chrono::milliseconds when);
  void ForgetAge(PartitionSlot& slot);
  /// When the first row came that is in no closed file; unset if there is none.
  std::optional<std::chrono::milliseconds> oldest() const;
  /// Numbers of the slots whose oldest row came at `when` or before, in order.
  std::vector<int32_t> AgedBy(std::chrono::milliseconds when) const;

  /// To be called whenever the slot's file has changed; `file_bytes` is its size if it
  /// were closed now. The slot becomes the last used one.
  void Count(PartitionSlot& slot, int64_t file_bytes);

  /// The slot with the most memory that need not be held until its file is closed
  /// (encoders and finished row groups); nullptr if none has any.
  PartitionSlot* largest_movable();
  /// The slot whose file has the most memory that only its end frees: footer, bloom
  /// filters, the part of an upload; nullptr if none has any.
  PartitionSlot* largest_fixed();
  /// Of those with a stream; nullptr if there is none.
  PartitionSlot* least_recently_used();

  /// What a row group costs however few rows it has.
  int64_t row_group_bytes_min() const;
  int32_t num_open() const { return static_cast<int32_t>(open_.size()); }
  int64_t movable_bytes() const { return movable_bytes_; }
  int64_t fixed_bytes() const { return fixed_bytes_; }
  int64_t file_bytes() const { return file_bytes_; }
  /// Of the slots themselves, which last as long as the writer.
  int64_t own_bytes() const { return own_bytes_; }

 private:
  using Order = std::set<std::pair<int64_t, int32_t>>;

  static void Move(Order& order, int32_t number, int64_t* bytes, int64_t* total,
                   int64_t to);
  int64_t MovableBytesOf(const DataFileWriter& file) const;
  int64_t FixedBytesOf(const DataFileWriter& file) const;

  const int64_t num_leaves_;
  const int64_t writer_bytes_;     // of one file that is being written
  const int64_t row_group_bytes_;  // what its footer grows by with each
  std::deque<PartitionSlot> slots_;
  Order by_movable_;
  Order by_fixed_;
  std::set<std::pair<std::chrono::milliseconds, int32_t>> by_age_;
  std::list<PartitionSlot*> open_;  // the least recently used first
  int64_t movable_bytes_ = 0;
  int64_t fixed_bytes_ = 0;
  int64_t file_bytes_ = 0;
  int64_t own_bytes_ = 0;
};

}  // namespace tarn::storage
