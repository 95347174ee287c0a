// Merging small manifests, so that a table of many small commits stays quick to plan.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/table/internal/manifest_rewrite.h"

namespace tarn::table::internal {

/// `carried` with small manifests of one spec and content merged, if the head would have
/// more of that content than the table's commit.manifest.min-count-to-merge (100);
/// `added` are the new ones, which stay apart. Merged ones hold about
/// commit.manifest.target-size-bytes (8 MiB). Entries stay live with the sequence
/// numbers, snapshot ids and row ids that they have. Manifests of the new snapshot are
/// not merged: what they say about removed files must last.
Result<std::vector<iceberg::ManifestFile>> MergeSmallManifests(
    const RewriteTarget& target, std::vector<iceberg::ManifestFile> carried,
    const std::vector<iceberg::ManifestFile>& added);

}  // namespace tarn::table::internal
