// Which manifests are worth rewriting, and writing their entries sorted by partition.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/table/internal/staged_files.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table::internal {

/// Manifests of one spec and content.
struct ManifestGroup {
  iceberg::SpecId spec_id;
  iceberg::ManifestContent content = iceberg::ManifestContent::kData;
  std::vector<iceberg::ManifestFile> manifests = {};
  int64_t bytes = 0;
  /// How many manifests should hold the entries.
  int64_t manifests_wanted = 0;
};

struct ManifestGroupOptions {
  std::optional<iceberg::SpecId> spec_id = {};
  int64_t target_bytes = int64_t{8} << 20;
  bool rewrite_all = false;
};

/// Groups of `manifests` that rewriting makes better: there are more than needed, some
/// hold no live file, or their partition ranges overlap.
std::vector<ManifestGroup> PlanManifestGroups(
    const iceberg::TableMetadata& table,
    const std::vector<iceberg::ManifestFile>& manifests,
    const ManifestGroupOptions& options);

/// Live entries of `group` in new manifests of snapshot `snapshot_id`.
Result<std::vector<iceberg::ManifestFile>> WriteClustered(
    io::FileIO& io, StagedFiles& staged, const iceberg::TableMetadata& table,
    iceberg::SnapshotId snapshot_id, const ManifestGroup& group,
    const ActionControl& control);

}  // namespace tarn::table::internal
