#include "tarn/storage/internal/footer_figures.h"

#include <parquet/metadata.h>
#include <parquet/schema.h>

#include "tarn/storage/internal/encoder_properties.h"

namespace tarn::storage {

std::map<iceberg::FieldId, ColumnFigures> ColumnFiguresOf(
    const parquet::FileMetaData& footer) {
  std::map<iceberg::FieldId, ColumnFigures> columns;
  for (int i = 0; i < footer.num_columns(); ++i) {
    const iceberg::FieldId id = FieldIdOf(*footer.schema()->Column(i)->schema_node());
    if (id < 0) {
      continue;
    }
    ColumnFigures& column = columns[id];
    for (int group = 0; group < footer.num_row_groups(); ++group) {
      const auto chunk = footer.RowGroup(group)->ColumnChunk(i);
      column.encoded_bytes += chunk->total_uncompressed_size();
      column.compressed_bytes += chunk->total_compressed_size();
    }
  }
  return columns;
}

}  // namespace tarn::storage
