// Delete files that name rows by the values of some of their columns (spec: Equality
// Delete Files).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/internal/key_set.h"

namespace tarn::storage {

/// The columns by which rows are compared.
struct KeyColumns {
  std::vector<iceberg::FieldId> ids;  // ascending, each once
  std::vector<iceberg::Type> types;
  /// These columns alone, all optional, as they are today or in the latest schema that
  /// had them; their names mean nothing.
  std::shared_ptr<const iceberg::Schema> schema;
  std::vector<std::vector<int>> paths;  // of LeafColumn, in the order of `ids`
};

/// Errors: kInvalidData (no ids, or one that no schema of the table has or that is not
/// reachable through structs), kNotSupported (float, double and nested columns).
Result<KeyColumns> KeyColumnsOf(const iceberg::TableMetadata& metadata,
                                std::vector<int32_t> equality_ids);

/// Ids and types: texts of two KeyColumns are equal if their keys can be compared.
std::string KeyColumnsText(const KeyColumns& columns);

/// The keys in one delete file. Columns of it beside the keys do not count. Errors:
/// kInvalidData (a key column is missing), kNotSupported (Avro, ORC), those of FileIO.
Result<std::shared_ptr<const KeySet>> ReadEqualityDeletes(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const iceberg::DataFile& delete_file, const KeyColumns& columns);

/// Adds the positions of the rows of a data file that are in one of `keys` to `found`.
/// Rows that are deleted already (`known`, may be nullptr) are not looked at, nor are row
/// groups that cannot hold a key by their bounds. Large files are read on Arrow's CPU
/// threads, so this must not be called from one of them. Errors: as DataFileReader.
Status FindRows(io::FileIO& io, const iceberg::TableMetadata& metadata,
                const iceberg::DataFile& file, const KeyColumns& columns,
                const std::vector<std::shared_ptr<const KeySet>>& keys,
                const std::shared_ptr<const iceberg::PositionSet>& known,
                iceberg::PositionSet* found);

}  // namespace tarn::storage
