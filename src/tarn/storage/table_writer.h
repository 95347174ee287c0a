// The one way rows become data files: every producer hands Arrow batches to a
// TableWriter.
//
//   ARROW_ASSIGN_OR_RAISE(auto writer, TableWriter::Open(io, *metadata, options));
//   RETURN_NOT_OK(writer->Append(*batch));
//   ARROW_ASSIGN_OR_RAISE(std::vector<iceberg::DataFile> files, writer->Finish());
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {

enum class Compression : uint8_t { kNone, kSnappy, kGzip, kZstd, kBrotli, kLz4 };

struct TableWriterOptions {
  /// A file is closed once it holds this many encoded bytes; write.target-file-size-bytes
  /// of the table by default.
  int64_t file_bytes_max = int64_t{50} << 30;
  int64_t row_group_rows_max = 122'880 * 8;
  /// A row group also ends once its encoders hold this much memory.
  int64_t row_group_bytes_max = int64_t{128} << 20;
  /// Bytes of buffered rows and open encoders over all partitions of this writer; the
  /// largest partition is flushed first when it is reached.
  int64_t memory_bytes_max = int64_t{256} << 20;
  int32_t open_files_max = 256;
  Compression compression = Compression::kSnappy;
  std::optional<int32_t> compression_level = {};
  /// Goes into file names; the last part of the table's location if empty.
  std::string table_name = {};
  /// The spec by which rows are put into partitions; the default one if unset.
  std::optional<iceberg::SpecId> spec_id = {};
  /// The order in which the caller appends rows, for the files' sort_order_id; 0 is none.
  iceberg::SortOrderId sort_order_id = {};
  /// Batches have two more columns behind those of the table, _row_id and
  /// _last_updated_sequence_number (long, null: inherited), which go into the files: for
  /// rows that are moved or updated (spec: Row Lineage). Needs a v3 table.
  bool row_lineage = false;
};

/// `defaults`, overridden by the table's properties (write.target-file-size-bytes,
/// write.parquet.compression-codec, write.parquet.compression-level,
/// write.parquet.row-group-size-bytes). Errors: kInvalidArgument for a senseless value,
/// with the valid range.
Result<TableWriterOptions> TableWriterOptionsFor(const iceberg::TableMetadata& metadata,
                                                 TableWriterOptions defaults = {});

/// The codec that "snappy", "zstd", "gzip", "brotli", "lz4" or "none" names, in any case.
/// Errors: kInvalidArgument.
Result<Compression> CompressionFromString(std::string_view name);

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

  /// Closes all files. On an error every file written is aborted.
  virtual Result<std::vector<iceberg::DataFile>> Finish() = 0;

  /// Deletes every file that this writer made, finished ones too. Best effort; never
  /// fails.
  virtual void Abort() = 0;

  virtual int64_t rows_written() const = 0;
  virtual int64_t bytes_written() const = 0;
};

}  // namespace tarn::storage
