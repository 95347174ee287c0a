// Writing delete files: position deletes for v2 tables, deletion vectors for v3, equality
// deletes for streams (spec: Delete Formats).
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/table_writer.h"

namespace tarn::storage {

/// Rows that one data file loses.
struct FileDeletes {
  const iceberg::DataFile* file =
      nullptr;  // its spec and partition become the delete file's
  /// All deleted positions, those of earlier deletes of this file included when they are
  /// replaced (deletion vectors always: at most one applies to a data file).
  iceberg::PositionSet positions;
};

/// One delete file for each data file (v2: a Parquet file with referenced_data_file and
/// equal path bounds, sorted by position) or one Puffin file with a deletion vector for
/// each (v3). The files are durable when this returns; on an error those written are
/// deleted. Empty sets are skipped. Errors: kInvalidArgument (format version 1),
/// those of FileIO.
Result<std::vector<iceberg::DataFile>> WritePositionDeletes(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const std::vector<FileDeletes>& deletes, Clock& clock, Random& random);

/// Writes equality deletes of columns `equality_ids` (top-level or nested in structs;
/// never float or double) of the default spec. Batches hold the table's columns, by
/// position as in TableWriter::Append; the partition columns must be among them, others
/// than the equality columns are written as given. Thread-compatible.
class EqualityDeleteWriter {
 public:
  static Result<std::unique_ptr<EqualityDeleteWriter>> Open(
      io::FileIO& io, std::shared_ptr<const iceberg::TableMetadata> metadata,
      std::vector<iceberg::FieldId> equality_ids, TableWriterOptions options,
      Clock& clock, Random& random);
  virtual ~EqualityDeleteWriter() = default;  // aborts what is not finished
  virtual Status Append(const arrow::RecordBatch& keys) = 0;
  virtual Result<std::vector<iceberg::DataFile>> Finish() = 0;
  virtual void Abort() = 0;
};

}  // namespace tarn::storage
