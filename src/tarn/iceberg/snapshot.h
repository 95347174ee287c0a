// Snapshots and references (spec: Snapshots, Snapshot References). Model only.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/iceberg/ids.h"

namespace tarn::iceberg {

inline constexpr char kMainBranch[] = "main";

struct Snapshot {
  SnapshotId id;
  std::optional<SnapshotId> parent_id = {};
  SequenceNumber sequence_number;  // 0 in v1 tables
  std::chrono::milliseconds timestamp{0};
  std::string manifest_list;                   // empty only with `v1_manifests`
  std::vector<std::string> v1_manifests = {};  // paths embedded by old v1 writers
  std::string operation;  // "append", "replace", "overwrite", "delete"; empty in old v1
  std::map<std::string, std::string> summary = {};  // without "operation"
  std::optional<SchemaId> schema_id = {};
  std::optional<int64_t> first_row_id = {};
  std::optional<int64_t> added_rows = {};
  std::optional<std::string> key_id = {};

  bool operator==(const Snapshot&) const = default;
};

enum class RefType : uint8_t { kBranch, kTag };

struct SnapshotRef {
  SnapshotId snapshot_id;
  RefType type = RefType::kBranch;
  std::optional<int32_t> min_snapshots_to_keep = {};               // branches
  std::optional<std::chrono::milliseconds> max_snapshot_age = {};  // branches
  std::optional<std::chrono::milliseconds> max_ref_age = {};

  bool operator==(const SnapshotRef&) const = default;
};

struct SnapshotLogEntry {
  std::chrono::milliseconds timestamp{0};
  SnapshotId snapshot_id;

  bool operator==(const SnapshotLogEntry&) const = default;
};

}  // namespace tarn::iceberg
