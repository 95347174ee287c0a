// ParquetOptions as Parquet's encoder takes them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/iceberg/encryption.h"
#include "tarn/storage/parquet_options.h"

namespace parquet {
class WriterProperties;
}
namespace parquet::schema {
class GroupNode;
class Node;
}  // namespace parquet::schema

namespace tarn::storage {

/// The options of one column of a file.
struct EncodedColumn {
  std::string path;  // Parquet's: "tags.list.element"
  bool is_text;      // of physical type BYTE_ARRAY
  ColumnOptions options;
};

/// The field id that a column of a file goes by: its own or, inside of a variant, that of
/// the variant; -1 if there is none.
iceberg::FieldId FieldIdOf(const parquet::schema::Node& leaf);

/// The columns of `schema` that have options of their own.
std::vector<EncodedColumn> EncodedColumnsOf(
    const std::shared_ptr<parquet::schema::GroupNode>& schema,
    const ParquetOptions& options);

/// Format 2.6 without INT96: what every engine of the last years reads.
/// `without_dictionary` are paths of columns that have none, unless their own options
/// say otherwise. `key` is nullptr for files in clear. Encrypted files have no bloom
/// filters: Parquet's encoder would write them in clear.
std::shared_ptr<parquet::WriterProperties> EncoderPropertiesOf(
    const ParquetOptions& options, const std::vector<std::string>& without_dictionary,
    const std::vector<EncodedColumn>& columns, arrow::MemoryPool* pool,
    const iceberg::FileKey* key);

}  // namespace tarn::storage
