// Rows as Parquet's writer takes them: columns of type unknown are always null and not
// stored (spec: Primitive Types), and a required field inside of a null struct has no
// null of its own.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace tarn::storage {

/// `schema` without its fields of type unknown, those inside of structs as well; itself
/// if it has none. Errors: kNotSupported where nothing would be left of a struct, and for
/// lists and maps of unknown, which Parquet has no way to write.
Result<std::shared_ptr<const iceberg::Schema>> StoredSchemaOf(
    const std::shared_ptr<const iceberg::Schema>& schema);

/// True if StoredColumnsOf may change rows of `schema`.
bool ChangesStoredColumns(const iceberg::Schema& schema);

/// The columns of `batch`, whose schema is ArrowSchemaOf(schema), that are stored;
/// `target` is ArrowSchemaOf(StoredSchemaOf(schema)). Nulls of required fields, which
/// CheckValues allows only below a null, are taken out: the null above them says it
/// all.
Result<std::shared_ptr<arrow::RecordBatch>> StoredColumnsOf(
    const arrow::RecordBatch& batch, const iceberg::Schema& schema,
    const std::shared_ptr<arrow::Schema>& target);

}  // namespace tarn::storage
