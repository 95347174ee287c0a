// The one way rows become data files: every producer hands Arrow batches to a
// TableWriter.
//
//   ARROW_ASSIGN_OR_RAISE(auto writer, TableWriter::Open(io, *metadata, options));
//   RETURN_NOT_OK(writer->Append(*batch));
//   ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::DataFile> files, writer->Finish());
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
#include "tarn/storage/parquet_options.h"
#include "tarn/storage/write_figures.h"
#include "tarn/storage/write_journal.h"
#include "tarn/storage/write_memory.h"

namespace tarn::storage {

enum class Fanout : uint8_t { kFanOut, kClustered };
enum class RowOrdering : uint8_t { kGiven, kTable };

/// One row that does not fit.
struct RejectedRow {
  int64_t row = 0;      // the first one that the writer was given is 1
  std::string path;     // "address.lines[3]", "tags['k']": elements from 1
  std::string problem;  // with the value, shortened
  std::shared_ptr<arrow::RecordBatch> batch;  // one row, as it was given
};

/// A file on its way.
struct OpenFileInfo {
  std::string location;
  int64_t bytes = 0;  // encoded so far
  int64_t rows = 0;
  std::chrono::milliseconds opened{0};  // since the Unix epoch
};

struct TableWriterOptions {
  /// A file is closed once it holds this many encoded bytes; write.target-file-size-bytes
  /// of the table by default.
  int64_t file_bytes_max = int64_t{50} << 30;
  /// A file is due to be closed when it has been open this long: see CloseDue().
  std::chrono::milliseconds file_age_max = std::chrono::minutes(5);
  /// How files are encoded.
  ParquetOptions parquet = {};
  /// The budget of the process, shared with other writers; unset: one of its own, of
  /// `memory_bytes_max`.
  std::shared_ptr<WriteMemory> memory = nullptr;
  int64_t memory_bytes_max = int64_t{256} << 20;
  /// What freed memory may be kept for the next writer; unset: as Arrow's pool likes.
  std::shared_ptr<MemoryReuse> reuse = nullptr;
  /// Rows that go through the writer at a time; limits are looked at in between.
  int64_t batch_rows_max = 65'536;
  int32_t open_files_max = 256;
  /// While one file takes the rows, Arrow's threads encode its columns side by side; off
  /// for a caller whose writers are as many as the cores.
  bool columns_in_parallel = true;
  /// kFanOut keeps a file open for each partition; kClustered expects rows of one
  /// partition together, keeps one file open and opens another for one that comes again.
  Fanout fanout = Fanout::kFanOut;
  /// Knows the files that are being written, so that a crash leaves a list of them.
  std::shared_ptr<WriteJournal> journal = nullptr;
  /// The footer of a closed file is read again and compared with what was written.
  bool check_closed_files = true;
  /// Told of every closed file: sizes, ratios and times of the process.
  std::shared_ptr<WriteFigures> figures = nullptr;
  /// Where sorted runs are spilled to; the system's directory for temporary files if
  /// empty.
  std::string spill_directory = {};
  /// Goes into file names; the last part of the table's location if empty.
  std::string table_name = {};
  /// The spec by which rows are put into partitions; the default one if unset.
  std::optional<iceberg::SpecId> spec_id = {};
  /// kTable sorts rows by the table's default order (if it has one), also over files;
  /// kGiven writes them as they come.
  RowOrdering ordering = RowOrdering::kGiven;
  /// With kTable: the order, if it is not the table's default. `sort_order_id` is then
  /// its id, if the table knows it.
  std::optional<iceberg::SortOrder> sort_by = {};
  /// With kGiven: the order in which the caller appends rows, for the files'
  /// sort_order_id; 0 is none.
  iceberg::SortOrderId sort_order_id = {};
  /// Batches have two more columns behind those of the table, _row_id and
  /// _last_updated_sequence_number (long, null: inherited), which go into the files: for
  /// rows that are moved or updated (spec: Row Lineage). Needs a v3 table.
  bool row_lineage = false;
  /// Rows that do not fit the table go here with the reason, and the rest is written;
  /// unset: the first one fails Append().
  std::function<Status(const RejectedRow&)> reject = nullptr;
};

/// `defaults`, overridden by the table's properties: write.target-file-size-bytes and
/// write.parquet.* (docs/user/writing.md lists them). Properties of columns that the
/// table does not have are left alone, as other engines do. Errors: kInvalidArgument for
/// a senseless value, with the valid range.
Result<TableWriterOptions> TableWriterOptionsFor(const iceberg::TableMetadata& metadata,
                                                 TableWriterOptions defaults = {});
/// The same for delete files: write.delete.parquet.* and
/// write.delete.target-file-size-bytes above those of data files.
Result<TableWriterOptions> DeleteWriterOptionsFor(const iceberg::TableMetadata& metadata,
                                                  TableWriterOptions defaults = {});

/// How producers leave rows whose order is theirs to choose: kTable if the table has an
/// order that we can sort by, unless its property write.ordering is "given" ("table" is
/// the default). Errors: kInvalidArgument for another value.
Result<RowOrdering> RowOrderingFor(const iceberg::TableMetadata& metadata);

/// Thread-compatible: one thread at a time; use one writer per producing thread, or
/// serialize.
class TableWriter {
 public:
  /// Writes files of the table's current schema under "<location>/data/"
  /// (or write.data.path), named "{table}_data_{YYYYMMDD}_{ulid}.parquet" in partition
  /// directories.
  static Result<std::unique_ptr<TableWriter>> Open(
      io::FileIO& io, std::shared_ptr<const iceberg::TableMetadata> metadata,
      TableWriterOptions options, Clock& clock, Random& random);
  virtual ~TableWriter() = default;  // aborts what is not finished

  /// Columns by position must match the table's current schema (ArrowSchemaOf) up to
  /// lossless coercions (int32→long, large_string→string, dictionary, timestamp units…).
  /// Zero-copy into the encoder. Errors: kTypeMismatch, kConstraintViolated (row and
  /// column), kIoFailed, kDiskFull; after an error only Abort() is allowed.
  virtual Status Append(const arrow::RecordBatch& batch) = 0;

  /// Closes the files that have been open for file_age_max, or all of them; rows that
  /// wait for their partition's turn go into them first. Sorted writers close all or
  /// nothing. For a timer: Append() does not look at the clock.
  virtual Status CloseDue() = 0;
  virtual Status CloseAll() = 0;
  /// When the next file becomes due; unset if none is open and no row waits.
  virtual std::optional<std::chrono::milliseconds> next_due() const = 0;
  /// Files closed since the last call, for a commit while the writer goes on. They are
  /// the caller's from then on: Abort() and Finish() do not know them any more.
  virtual std::vector<iceberg::DataFile> TakeClosed() = 0;
  virtual std::vector<OpenFileInfo> open_files() const = 0;

  /// Closes all files. On an error every file written is aborted.
  virtual Result<std::vector<iceberg::DataFile>> Finish() = 0;

  /// Deletes every file that this writer made, finished ones too. Best effort; never
  /// fails.
  virtual void Abort() = 0;

  virtual int64_t rows_written() const = 0;
  virtual int64_t bytes_written() const = 0;
};

}  // namespace tarn::storage
