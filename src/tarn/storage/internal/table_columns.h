// What a table says about the columns of one of its files beside the schema: partition
// values and names.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/storage/internal/column_projection.h"
#include "tarn/storage/internal/file_columns.h"

namespace tarn::storage {

/// Values of the identity partition fields of the file's spec.
ColumnProjection::Constants IdentityValues(const iceberg::TableMetadata& metadata,
                                           const iceberg::DataFile& file);

/// FileColumnsOf by the table's name mapping. A file without ids lacks every field:
/// `constants` come before the names that are mapped (spec: Column Projection). Errors:
/// kInvalidData.
Result<std::vector<FileColumn>> TableColumnsOf(
    const parquet::arrow::SchemaManifest& manifest,
    const iceberg::TableMetadata& metadata, const ColumnProjection::Constants& constants);

}  // namespace tarn::storage
