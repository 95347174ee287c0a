// One Parquet data file while it is written.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/internal/encoder_properties.h"
#include "tarn/storage/internal/kept_dictionaries.h"
#include "tarn/storage/internal/metrics_config.h"
#include "tarn/storage/internal/value_scan.h"
#include "tarn/storage/table_writer.h"

namespace parquet::schema {
class GroupNode;
}

namespace tarn::storage {

/// How rows come to the files of a TableWriter: as its caller has them, all into one
/// file; sorted or clustered, into one file at a time; or split between open files.
enum class RowFlow : uint8_t { kAsGiven, kOneFile, kManyFiles };

/// What all files of a TableWriter share. Immutable.
struct DataFileLayout {
  std::shared_ptr<const iceberg::Schema> schema;
  std::shared_ptr<arrow::Schema> arrow_schema;  // ArrowSchemaOf(schema): that of batches
  std::shared_ptr<const iceberg::Schema> stored_schema;  // see stored_columns.h
  std::shared_ptr<arrow::Schema> stored_arrow_schema;    // ArrowSchemaOf(stored_schema)
  bool changes_stored_columns;
  int64_t num_leaves;  // columns of a file
  std::shared_ptr<parquet::schema::GroupNode> parquet_schema;
  std::unordered_map<iceberg::FieldId, MetricsMode> modes;
  ValueScanPlan scan_plan;
  ParquetOptions parquet;
  std::vector<EncodedColumn> encoded_columns;  // those with options of their own
  bool encode_in_parallel;                     // columns on Arrow's CPU threads
  /// By column: text that may come as a dictionary (kept_dictionaries.h).
  std::vector<bool> keeps_dictionary;
  /// Set if the files are encrypted, each with a key of its own of this many bytes.
  std::optional<int32_t> key_bytes;
  std::string table_location;
  std::shared_ptr<WriteJournal> journal;  // nullptr: none is kept
  bool check_closed_files;                // against what was written
  std::shared_ptr<WriteFigures> figures;  // nullptr: not asked for
  std::shared_ptr<MemoryReuse> reuse;     // nullptr: left to Arrow's pool

  /// Errors: kForbidden (an encrypted table whose key `io` does not have).
  static Result<std::shared_ptr<const DataFileLayout>> Make(
      io::FileIO& io, const iceberg::TableMetadata& metadata,
      std::shared_ptr<const iceberg::Schema> schema,
      std::unordered_map<iceberg::FieldId, MetricsMode> modes,
      const TableWriterOptions& options, RowFlow flow);
};

/// Thread-compatible. After an error only Abort() is allowed.
class DataFileWriter {
 public:
  static Result<std::unique_ptr<DataFileWriter>> Open(
      io::FileIO& io, std::string location, std::shared_ptr<const DataFileLayout> layout);
  virtual ~DataFileWriter() = default;  // aborts what is not closed

  /// Encodes rows into the current row group. `batch` has the layout's schema, but for
  /// dictionaries where the layout keeps them, and is not kept.
  virtual Status Write(const arrow::RecordBatch& batch) = 0;
  /// Ends the row group, if there is one: its pages leave the encoders' memory.
  virtual Status EndRowGroup() = 0;
  /// Opens the file and moves the bytes kept in memory to it.
  virtual Status OpenFile() = 0;
  virtual bool is_file_open() const = 0;

  virtual const std::string& location() const = 0;
  virtual int64_t num_rows() const = 0;
  /// Memory of the encoders of the current row group, pages and dictionaries included.
  virtual int64_t encoder_bytes() const = 0;
  /// Finished row groups that are still in memory.
  virtual int64_t buffered_bytes() const = 0;
  /// Bloom filters of finished row groups, and what the encoders keep beside: only the
  /// end of the file frees them.
  virtual int64_t filter_bytes() const = 0;
  /// What an upload holds back until its file is closed; 0 for local files.
  virtual int64_t upload_bytes() const = 0;
  /// The current one too.
  virtual int64_t num_row_groups() const = 0;
  /// Bytes of the file so far, footer and bloom filters left out: those that will not
  /// change, and those of values and dictionaries that are encoded but in no page yet, or
  /// whose pages are counted roughly.
  virtual int64_t settled_bytes() const = 0;
  virtual int64_t unsettled_bytes() const = 0;

  /// Ends the file. `partition`, `spec_id` and `sort_order_id` of the result are the
  /// caller's to set.
  virtual Result<iceberg::DataFile> Close() = 0;
  virtual void Abort() = 0;
};

}  // namespace tarn::storage
