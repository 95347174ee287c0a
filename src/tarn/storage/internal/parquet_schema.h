// The Parquet schema of a table's files: logical types that Arrow's plain types do not
// name.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"

namespace parquet {
class WriterProperties;
}
namespace parquet::schema {
class GroupNode;
}

namespace tarn::storage {

/// `arrow_schema` is ArrowSchemaOf(schema). uuid, variant, geometry and geography get the
/// logical types of Parquet by which every reader knows them (spec: Appendix A, Parquet).
Result<std::shared_ptr<parquet::schema::GroupNode>> ParquetSchemaOf(
    const iceberg::Schema& schema, const arrow::Schema& arrow_schema,
    const parquet::WriterProperties& properties);

}  // namespace tarn::storage
