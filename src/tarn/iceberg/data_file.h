// Files of a table and their statistics (spec: Manifests, data_file). Model only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::iceberg {

enum class FileContent : uint8_t {
  kData = 0,
  kPositionDeletes = 1,
  kEqualityDeletes = 2
};
enum class FileFormat : uint8_t { kAvro, kOrc, kParquet, kPuffin };

/// Statistics of one column in one file. Absent means unknown, never zero.
struct ColumnStats {
  FieldId field_id = 0;
  std::optional<int64_t> column_size = {};  // bytes on disk
  std::optional<int64_t> value_count = {};  // nulls and NaNs included
  std::optional<int64_t> null_count = {};
  std::optional<int64_t> nan_count = {};
  /// Single-value serialized; may be truncated (lower down, upper up). NaN is never a
  /// bound.
  std::optional<std::string> lower_bound = {};
  std::optional<std::string> upper_bound = {};

  bool operator==(const ColumnStats&) const = default;
};

struct DataFile {
  FileContent content = FileContent::kData;
  std::string file_path;
  FileFormat format = FileFormat::kParquet;
  SpecId spec_id;  // of the manifest that holds the file; not stored in the entry
  PartitionTuple partition;
  int64_t record_count = 0;
  int64_t file_size_bytes = 0;
  std::vector<ColumnStats> columns;  // ascending by field_id, one row per column
  std::optional<std::string> key_metadata = {};
  std::vector<int64_t> split_offsets =
      {};  // row groups' file offsets, ascending; empty = absent
  std::vector<int32_t> equality_ids = {};  // equality deletes only
  std::optional<SortOrderId> sort_order_id = {};
  std::optional<int64_t> first_row_id = {};  // v3
  std::optional<std::string> referenced_data_file = {};
  std::optional<int64_t> content_offset =
      {};  // deletion vectors: place in the Puffin file
  std::optional<int64_t> content_size_bytes = {};

  bool operator==(const DataFile&) const = default;
};

/// The statistics of `field_id`, or nullptr.
const ColumnStats* FindColumnStats(const DataFile& file, FieldId field_id);

}  // namespace tarn::iceberg
