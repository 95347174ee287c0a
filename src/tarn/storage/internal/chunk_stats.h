// Statistics of column chunks in the footers of Parquet files of any writer, as the
// statistics that manifests hold.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/type.h"

namespace parquet {
class FileMetaData;
}

namespace tarn::storage {

/// Parquet's number of a column and the table's field that is read from it.
using LeafFields = std::vector<std::pair<int, iceberg::Field>>;

/// What the footer says of one row group, bounds as values of the fields' types, never
/// narrower than the truth; ascending by field id. May throw Parquet's exceptions.
Result<std::vector<iceberg::ColumnStats>> RowGroupStats(
    const parquet::FileMetaData& footer, int row_group, const LeafFields& fields);

}  // namespace tarn::storage
