// Rows of one data file in a table's own columns, for work outside of SQL: compaction,
// copy-on-write, changelogs, statistics.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::storage {

/// Metadata columns (spec: Reserved Field IDs).
inline constexpr iceberg::FieldId kRowIdField = 2147483540;
inline constexpr iceberg::FieldId kLastUpdatedSequenceField = 2147483539;
inline constexpr iceberg::FieldId kFilePathField = 2147483546;  // of position deletes
inline constexpr iceberg::FieldId kPositionField = 2147483545;
inline constexpr iceberg::FieldId kRowPositionField = 2147483645;  // _pos of data files

/// The columns of row lineage, optional longs.
iceberg::Field RowIdColumn();
iceberg::Field LastUpdatedSequenceColumn();

enum class MissingColumns : uint8_t {
  kFill,    // by partition value, default or null, as the spec has it for data files
  kRefuse,  // but for partition values: kInvalidData, for delete files
};

struct DataFileReadOptions {
  /// Columns of the result: ArrowSchemaOf(*schema), by field id; a schema of any
  /// projection of the table's columns.
  std::shared_ptr<const iceberg::Schema> schema;
  /// Adds _row_id and _last_updated_sequence_number (long, nullable): the stored value,
  /// or else first_row_id + position and the data sequence number; null in files without
  /// first_row_id (spec: Row Lineage).
  bool row_lineage = false;
  /// Adds the row's position in the file, named _pos (long, required), last.
  bool positions = false;
  MissingColumns missing_columns = MissingColumns::kFill;
  /// Batches are smaller where rows are large.
  int64_t batch_rows_max = 65'536;
  /// Which row groups to read, ascending; unset: all. Positions stay those of the file.
  std::optional<std::vector<int32_t>> row_groups = {};
  /// Asked once for each row group with the statistics of its columns (those of `schema`
  /// that the footer knows, by field id, bounds as in manifests); false skips it. Absent
  /// statistics are unknown.
  std::function<bool(const std::vector<iceberg::ColumnStats>&)> may_match = {};
};

/// Thread-compatible.
class DataFileReader {
 public:
  /// Columns that the file lacks follow the spec (Column Projection): identity partition
  /// value, name mapping, initial default, null. Types are promoted. `deleted` (nullptr:
  /// none) are left out. Parquet only. Errors: kInvalidData, kNotSupported, those of
  /// FileIO.
  static Result<std::unique_ptr<DataFileReader>> Open(
      io::FileIO& io, const iceberg::TableMetadata& metadata,
      const iceberg::DataFile& file, iceberg::SequenceNumber data_sequence_number,
      std::shared_ptr<const iceberg::PositionSet> deleted, DataFileReadOptions options);
  virtual ~DataFileReader() = default;

  virtual const std::shared_ptr<arrow::Schema>& schema() const = 0;
  /// The next rows; nullptr at the end. Batches may be empty.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
};

/// A data file for a Parquet file that exists already (add files): metrics from its
/// footer by field id or, without ids, by the table's name mapping. `partition` are its
/// values in the default spec. Errors: kTypeMismatch (a column the table's type cannot
/// read, a required column it lacks), kInvalidData, those of FileIO.
Result<iceberg::DataFile> DescribeDataFile(io::FileIO& io,
                                           const iceberg::TableMetadata& metadata,
                                           const std::string& location,
                                           iceberg::PartitionTuple partition);

}  // namespace tarn::storage
