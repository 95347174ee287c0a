// Rows of a table on their way into files of their partitions: data files and equality
// delete files alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/internal/data_file_writer.h"
#include "tarn/storage/internal/file_names.h"
#include "tarn/storage/internal/partition_sorter.h"
#include "tarn/storage/internal/partition_writer.h"
#include "tarn/storage/internal/partitioner.h"
#include "tarn/storage/table_writer.h"

namespace tarn::storage {

/// What kind of files a RowWriter makes.
struct RowTarget {
  std::shared_ptr<const iceberg::TableMetadata> metadata;
  /// Columns of the rows and of the files: the table's first, in their order.
  std::shared_ptr<const iceberg::Schema> file_schema;
  iceberg::PartitionSpec spec;
  iceberg::FileContent content = iceberg::FileContent::kData;
  std::vector<int32_t> equality_ids = {};
  std::optional<iceberg::SortOrderId> sort_order_id = iceberg::SortOrderId{0};
  std::string kind = "data";  // in the files' names
  /// Rows are sorted by it, as RowOrdering::kTable says; unset: they stay as they come.
  std::optional<iceberg::SortOrder> sort_by = {};
};

/// Behaves as TableWriter says. Thread-compatible.
class RowWriter {
 public:
  static Result<std::unique_ptr<RowWriter>> Open(io::FileIO& io, RowTarget target,
                                                 const TableWriterOptions& options,
                                                 Clock& clock, Random& random);
  RowWriter(io::FileIO& io, RowTarget target, const TableWriterOptions& options,
            std::shared_ptr<const DataFileLayout> layout, Partitioner partitioner,
            std::unique_ptr<PartitionSorter> sorter, Clock& clock, Random& random);
  ~RowWriter();

  Status Append(const arrow::RecordBatch& batch);
  Status CloseDue();
  Status CloseAll();
  std::optional<std::chrono::milliseconds> next_due() const;
  std::vector<iceberg::DataFile> TakeClosed();
  std::vector<OpenFileInfo> open_files() const { return writer_.open_files(); }
  Result<std::vector<iceberg::DataFile>> Finish();
  void Abort();
  int64_t rows_written() const { return rows_written_; }
  int64_t bytes_written() const { return writer_.bytes_written(); }

 private:
  Status CheckUsable() const;
  /// `files` as the manifests shall have them.
  std::vector<iceberg::DataFile> Described(std::vector<iceberg::DataFile> files) const;
  /// Runs `work` and aborts all if it fails.
  Status AllOrAbort(const std::function<Status()>& work);
  int64_t PieceRows(const arrow::RecordBatch& rows) const;
  Status AssignPartitions(const arrow::RecordBatch& rows,
                          std::vector<int32_t>* partitions);
  Status SortLater(const std::shared_ptr<arrow::RecordBatch>& rows);
  Status WriteUnpartitioned(const arrow::RecordBatch& rows);
  Status WritePartitioned(const std::shared_ptr<arrow::RecordBatch>& rows);
  /// Slices `rows` where the partition changes; nothing is copied.
  Status PassRuns(const arrow::RecordBatch& rows, const std::vector<int32_t>& partitions,
                  int64_t bytes);
  /// Gives rows [begin, end) of `rows`, which has `bytes`, to one partition; they came at
  /// `since`, now if unset.
  Status Pass(int32_t partition, const arrow::RecordBatch& rows, int64_t begin,
              int64_t end, int64_t bytes, std::optional<std::chrono::milliseconds> since);
  /// Rows that wait go to the files of their partitions.
  Status FlushStaged();
  Status FlushSorter();

  const RowTarget target_;
  Clock& clock_;
  const std::chrono::milliseconds file_age_max_;
  FileNames names_;
  const std::function<Status(const RejectedRow&)> reject_;
  std::shared_ptr<const DataFileLayout> layout_;
  Partitioner partitioner_;
  std::vector<std::shared_ptr<arrow::RecordBatch>> staged_;  // rows in mixed partitions
  std::vector<int32_t> staged_partitions_;                   // of the rows of `staged_`
  int64_t staged_bytes_ = 0;
  /// When the first of the rows came that are staged or in sorter_.
  std::optional<std::chrono::milliseconds> staged_since_;
  std::unique_ptr<PartitionSorter> sorter_;  // nullptr: rows stay as they come
  const int64_t memory_bytes_max_;
  const int64_t batch_rows_max_;
  PartitionWriter writer_;
  int64_t rows_given_ = 0;  // those that were rejected too
  int64_t rows_written_ = 0;
  bool failed_ = false;
  bool finished_ = false;
};

}  // namespace tarn::storage
