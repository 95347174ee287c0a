// Files of statistics that table metadata lists (spec: Table Statistics, Partition
// Statistics). Model only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/iceberg/ids.h"

namespace tarn::iceberg {

struct StatisticsBlob {
  std::string type;
  SnapshotId snapshot_id;
  SequenceNumber sequence_number;
  std::vector<FieldId> fields = {};
  std::map<std::string, std::string> properties = {};  // "ndv" of theta sketches
  /// Members that we do not know, as JSON text by key: kept on rewrite.
  std::map<std::string, std::string> carried = {};

  bool operator==(const StatisticsBlob&) const = default;
};

/// At most one for a snapshot.
struct StatisticsFile {
  SnapshotId snapshot_id;
  std::string path;
  int64_t file_size_bytes = 0;
  int64_t footer_size_bytes = 0;
  std::optional<std::string> key_metadata = {};  // base64 text, as in the metadata
  std::vector<StatisticsBlob> blobs = {};
  std::map<std::string, std::string> carried = {};  // as in StatisticsBlob

  bool operator==(const StatisticsFile&) const = default;
};

/// At most one for a snapshot.
struct PartitionStatisticsFile {
  SnapshotId snapshot_id;
  std::string path;
  int64_t file_size_bytes = 0;
  std::map<std::string, std::string> carried = {};  // as in StatisticsBlob

  bool operator==(const PartitionStatisticsFile&) const = default;
};

/// The distinct values of column `field_id` that `file` tells, or unset.
std::optional<int64_t> DistinctValues(const StatisticsFile& file, FieldId field_id);

}  // namespace tarn::iceberg
