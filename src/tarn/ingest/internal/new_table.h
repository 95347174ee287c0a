// The table that a load makes: its fields from the source's schema, its partitions from a
// person's terms.
#pragma once

#include <memory>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/ingest/load.h"

namespace tarn::ingest::internal {

/// Metadata of the new table of `request`, with a location from the catalog.
Result<std::shared_ptr<const iceberg::TableMetadata>> ProposeTable(
    const table::Context& context, const arrow::Schema& source,
    const LoadRequest& request);

/// `base` with the source's schema and the request's partitions instead of its own.
/// Columns whose name and type stay keep their ids; snapshots stay.
Result<std::shared_ptr<const iceberg::TableMetadata>> ReplacedTable(
    const table::Context& context, const catalog::LoadedTable& base,
    const arrow::Schema& source, const LoadRequest& request);

}  // namespace tarn::ingest::internal
