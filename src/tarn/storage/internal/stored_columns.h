// Columns of type unknown are always null and not stored in files (spec: Primitive Types).
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace tarn::storage {

/// `schema` without its fields of type unknown, those inside of structs as well; itself if
/// it has none. Errors: kNotSupported where nothing would be left of a struct, and for
/// lists and maps of unknown, which Parquet has no way to write.
Result<std::shared_ptr<const iceberg::Schema>> StoredSchemaOf(
    const std::shared_ptr<const iceberg::Schema>& schema);

/// The columns of `batch`, whose schema is ArrowSchemaOf(schema), that `stored` keeps;
/// `target` is ArrowSchemaOf(StoredSchemaOf(schema)).
Result<std::shared_ptr<arrow::RecordBatch>> StoredColumnsOf(
    const arrow::RecordBatch& batch, const iceberg::Schema& schema,
    const std::shared_ptr<arrow::Schema>& target);

}  // namespace tarn::storage
