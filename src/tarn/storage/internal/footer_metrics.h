// A data file's statistics from its Parquet footer and from what was seen while writing
// it.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/schema.h"
#include "tarn/storage/internal/metrics_config.h"
#include "tarn/storage/internal/value_scan.h"

namespace parquet {
class FileMetaData;
}

namespace tarn::storage {

/// One entry per leaf column, ascending by field id. Sizes are always there; counts and
/// bounds as the column's mode says; bounds only for columns that are reachable through
/// structs alone. May throw Parquet's exceptions: call it behind CatchParquet.
Result<std::vector<iceberg::ColumnStats>> ColumnStatsOf(
    const parquet::FileMetaData& footer, const iceberg::Schema& schema,
    const std::unordered_map<iceberg::FieldId, MetricsMode>& modes,
    const ValueScanPlan::Columns& scanned);

/// File offsets at which row groups begin, ascending.
std::vector<int64_t> SplitOffsetsOf(const parquet::FileMetaData& footer);

}  // namespace tarn::storage
