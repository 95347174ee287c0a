// Avro container files as Arrow batches.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/schema.h"

namespace arrow::io {
class RandomAccessFile;
}  // namespace arrow::io

namespace tarn::ingest::internal {

/// The Arrow type of an Avro type: [null, T] is a nullable T; any other union a struct
/// member0, member1, … of which one is set, as Spark reads it; enums are strings;
/// timestamps are UTC unless local-timestamp or adjust-to-utc says otherwise. Errors:
/// kNotSupported for recursive records and decimals beyond 38 digits.
Result<std::shared_ptr<arrow::Field>> ArrowFieldOf(const iceberg::avro::Schema& schema,
                                                   iceberg::avro::NodeId node,
                                                   const std::string& name);

/// Reads the file's header and gives its rows in batches of at most `batch_rows`. A file
/// whose rows are not records has one column, "value". Errors: kInvalidData with the row,
/// kNotSupported.
Result<std::shared_ptr<arrow::RecordBatchReader>> OpenAvroBatches(
    std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t batch_rows);

}  // namespace tarn::ingest::internal
