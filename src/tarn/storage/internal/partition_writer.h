// Fan-out: rows of many partitions to one open file each, under one memory budget.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/internal/data_file_writer.h"
#include "tarn/storage/table_writer.h"

namespace tarn::storage {

/// The open file of one partition and the rows that wait for it.
struct PartitionSlot {
  iceberg::PartitionTuple tuple;
  std::vector<std::shared_ptr<arrow::RecordBatch>> pending;
  int64_t pending_rows = 0;
  std::unique_ptr<DataFileWriter> file;  // nullptr before the first row and after a roll
  /// When the first row came that is in no closed file; unset if there is none.
  std::optional<std::chrono::milliseconds> since = {};
  uint64_t last_used = 0;
  // As of the last write; the totals over all slots are kept up with them.
  int64_t memory_bytes = 0;
  int64_t file_bytes = 0;
};

/// Memory goes to three uses, each with its share of `memory_bytes_max`: rows that wait
/// until there are enough of them to encode (a third), encoders and finished row groups
/// (a half), and work on the batch at hand (the rest). Thread-compatible.
class PartitionWriter {
 public:
  /// Gives the location of a new file of a partition.
  using NameFile = std::function<std::string(const iceberg::PartitionTuple&)>;

  PartitionWriter(io::FileIO& io, std::shared_ptr<const DataFileLayout> layout,
                  const TableWriterOptions& options, Clock& clock, NameFile name_file);

  /// The slot `partition`; slots are numbered without gaps and made in order.
  void AddPartition(iceberg::PartitionTuple tuple);
  int32_t num_partitions() const { return static_cast<int32_t>(slots_.size()); }

  /// Writes rows of one partition now, after those that wait for it.
  Status WriteThrough(int32_t partition, const arrow::RecordBatch& rows);
  /// Lets rows wait; `rows` shares its memory with other partitions' rows, `bytes` is its
  /// part.
  Status Append(int32_t partition, std::shared_ptr<arrow::RecordBatch> rows,
                int64_t bytes);
  /// Writes what waits and closes all files.
  Status Close();
  /// The same for partitions whose oldest row came at `when` or before.
  Status CloseOpenedBy(std::chrono::milliseconds when);
  /// When the oldest row came that is in no closed file.
  std::optional<std::chrono::milliseconds> oldest() const;
  /// Deletes every file, closed ones too.
  void Abort();

  /// Closed files; Abort() does not know them any more.
  std::vector<iceberg::DataFile> TakeFiles() { return std::exchange(files_, {}); }
  std::vector<OpenFileInfo> open_files() const;
  /// Of closed and open files, encoded.
  int64_t bytes_written() const { return bytes_closed_ + file_bytes_; }
  /// Rows that wait, encoders and finished row groups in memory.
  int64_t memory_bytes() const { return pending_bytes_ + memory_bytes_; }

 private:
  Status WritePending();
  Status WriteSlotPending(PartitionSlot& slot);
  Status WriteRows(PartitionSlot& slot, const arrow::RecordBatch& rows);
  Status CloseFile(PartitionSlot& slot);
  /// Brings encoders and buffers under their share, the largest partition first.
  Status EnforceMemory();
  Status EnforceOpenFiles();
  Status OpenFile(PartitionSlot& slot);
  void Count(PartitionSlot& slot);
  /// Slots with files, those with the most memory first.
  std::vector<PartitionSlot*> LargestFirst();

  io::FileIO& io_;
  std::shared_ptr<const DataFileLayout> layout_;
  TableWriterOptions options_;
  Clock& clock_;
  NameFile name_file_;
  std::vector<PartitionSlot> slots_;
  std::vector<iceberg::DataFile> files_;
  int64_t pending_bytes_ = 0;
  int64_t memory_bytes_ = 0;  // of all open files
  int64_t file_bytes_ = 0;    // of all open files
  int64_t bytes_closed_ = 0;
  int32_t num_open_ = 0;  // files with a stream
  uint64_t uses_ = 0;
};

}  // namespace tarn::storage
