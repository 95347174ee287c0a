// Sizes of columns before and after compression, as a Parquet footer has them.
#pragma once

#include <map>

#include "tarn/storage/write_figures.h"

namespace parquet {
class FileMetaData;
}

namespace tarn::storage {

/// By field id (FieldIdOf); columns without one are left out. May throw Parquet's
/// exceptions.
std::map<iceberg::FieldId, ColumnFigures> ColumnFiguresOf(
    const parquet::FileMetaData& footer);

}  // namespace tarn::storage
