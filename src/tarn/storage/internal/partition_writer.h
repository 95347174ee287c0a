// Fan-out: rows of many partitions to one open file each, within the memory that the
// writer may have at the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/internal/data_file_writer.h"
#include "tarn/storage/internal/file_size.h"
#include "tarn/storage/internal/partition_slots.h"
#include "tarn/storage/table_writer.h"
#include "tarn/storage/write_memory.h"

namespace tarn::storage {

/// Of what the account allows, footers and slots are taken off; of the rest a third is
/// for rows that wait until there are enough of them to encode, a half for encoders and
/// finished row groups, and what is left for work on the batch at hand
/// (docs/internals/write-memory.md). Thread-compatible; between calls, and during those
/// of its owner's thread elsewhere, other writers' threads may have it give up memory.
class PartitionWriter : private WriteMemory::User {
 public:
  /// Gives the location of a new file of a partition; called under the writer's lock, on
  /// any thread.
  using NameFile = std::function<std::string(const iceberg::PartitionTuple&)>;

  PartitionWriter(io::FileIO& io, std::shared_ptr<const DataFileLayout> layout,
                  const TableWriterOptions& options, Clock& clock, NameFile name_file);

  /// The slot `partition`; slots are numbered without gaps and made in order.
  void AddPartition(iceberg::PartitionTuple tuple);
  int32_t num_partitions() const { return slots_.size(); }

  /// Writes rows of one partition now, after those that wait for it. The first of them
  /// came at `since`, now if unset.
  Status WriteThrough(int32_t partition, const arrow::RecordBatch& rows,
                      std::optional<std::chrono::milliseconds> since = {});
  /// Lets rows wait; `rows` shares its memory with other partitions' rows, `bytes` is its
  /// part.
  Status Append(int32_t partition, std::shared_ptr<arrow::RecordBatch> rows,
                int64_t bytes, std::optional<std::chrono::milliseconds> since = {});
  /// What the owner itself keeps for rows on their way here.
  Status SetStaged(int64_t bytes);
  /// What of rows the owner should keep, or hand over, at a time: less when memory is
  /// short.
  int64_t stage_bytes_max() const;

  /// Writes what waits and closes all files.
  Status Close();
  /// The same for partitions whose oldest row came at `when` or before.
  Status CloseOpenedBy(std::chrono::milliseconds when);
  /// When the oldest row came that is in no closed file.
  std::optional<std::chrono::milliseconds> oldest() const;
  /// Deletes every file, closed ones too.
  void Abort();

  std::vector<iceberg::DataFile> files() const;
  /// Closed files; Abort() does not know them any more.
  std::vector<iceberg::DataFile> TakeFiles();
  std::vector<OpenFileInfo> open_files() const;
  /// Of closed and open files, encoded.
  int64_t bytes_written() const;
  /// Rows that wait, encoders, finished row groups in memory, and what is kept to know
  /// partitions and files.
  int64_t memory_bytes() const;

 private:
  struct Limits {
    int64_t pending = 0;  // rows that wait
    int64_t movable = 0;  // encoders and finished row groups
    int64_t fixed = 0;    // what only the end of a file frees
  };

  bool TryShrink(int64_t bytes) override;

  // All with mutex_ held.
  Status BeginPartition(int32_t partition, std::chrono::milliseconds since);
  Status WritePending();
  Status WriteSlotPending(PartitionSlot& slot);
  Status WriteRows(PartitionSlot& slot, const arrow::RecordBatch& rows);
  /// How many of the first of `rows` fit into the slot's file; at least one.
  int64_t RowsThatFit(const PartitionSlot& slot, const arrow::RecordBatch& rows) const;
  /// By how much the slot's file may be larger than it is expected to be.
  int64_t DoubtOf(const PartitionSlot& slot) const;
  /// Ends the row group or the file if it is full.
  Status Rotate(PartitionSlot& slot);
  Status EndRowGroup(PartitionSlot& slot);
  Status OpenFile(PartitionSlot& slot);
  Status CloseFile(PartitionSlot& slot);
  void Count(PartitionSlot& slot);

  int64_t MemoryBytes() const;
  /// While rows of so many partitions wait.
  Limits LimitsNow(size_t num_waiting) const;
  Limits LimitsNow() const { return LimitsNow(waiting_.size()); }
  bool IsWithin(const Limits& limits) const;
  /// Has idle writers give way if this one cannot have its share.
  void AskOthers();
  /// Brings the writer under its limits, and waits for room if that is not enough.
  Status EnforceMemory();
  /// Row groups end and move to their files, those of the largest partition first.
  Status GiveUpRows(int64_t movable_max);
  /// Closes the files that hold the most which only that frees.
  Status GiveUpFiles(int64_t fixed_max);

  io::FileIO& io_;
  const std::shared_ptr<const DataFileLayout> layout_;
  const TableWriterOptions options_;
  Clock& clock_;
  const NameFile name_file_;
  /// So small that a batch may hold several files.
  const bool cuts_batches_;

  mutable std::mutex mutex_;  // guards what follows
  PartitionSlots slots_;
  FileSizes sizes_;
  std::vector<int32_t> waiting_;  // slots that have pending rows
  std::vector<iceberg::DataFile> files_;
  int64_t files_bytes_ = 0;  // memory of `files_`
  int64_t pending_bytes_ = 0;
  int64_t staged_bytes_ = 0;
  int64_t bytes_closed_ = 0;
  int32_t current_ = -1;   // with Fanout::kClustered
  Status shrink_failure_;  // of TryShrink(), for the next call

  WriteMemory::Account account_;  // last: others may call TryShrink() while it lives
};

}  // namespace tarn::storage
