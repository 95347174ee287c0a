// The columns of a Parquet file by field id, in the shape in which Arrow reads them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/name_mapping.h"
#include "tarn/iceberg/type.h"

namespace parquet::arrow {
struct SchemaManifest;
}

namespace tarn::storage {

inline constexpr iceberg::FieldId kNoFieldId = -1;

struct FileColumn {
  iceberg::FieldId id = kNoFieldId;
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  int leaf = -1;  // number of Parquet's column, for leaves
  bool is_int96 = false;
  /// A timestamp of which the file does not say whether it is in UTC: INT96 and files
  /// with the old annotations.
  bool zone_unknown = false;
  bool is_unsigned = false;
  /// A list's element, a map's key and value, a struct's fields.
  std::vector<FileColumn> children = {};
};

/// Ids are the file's own, or those that `mapping` (nullptr: none) gives to the names of
/// a file in which no column has one (spec: Column Projection; by name never if any id
/// is there). Errors: kInvalidData without both, or if an id is there twice.
Result<std::vector<FileColumn>> FileColumnsOf(
    const parquet::arrow::SchemaManifest& manifest, const iceberg::NameMapping* mapping);

/// True if any column of the file has an id of its own.
bool HasFieldIds(const parquet::arrow::SchemaManifest& manifest);

/// True if all values of the column are values of `type`: the same type or one that
/// promotes to it, in any encoding that writers use. Children of nested types are not
/// looked at.
bool CanRead(const FileColumn& column, const iceberg::Type& type);

/// "int64", "timestamp (INT96)": for messages.
std::string DescribeColumn(const FileColumn& column);

}  // namespace tarn::storage
