// The snapshots between two points of a table's history.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/table/incremental_scan.h"

namespace tarn::table::internal {

/// Oldest first; empty for a table without snapshots if neither end is given. Errors:
/// kNoSuchSnapshot, kInvalidArgument.
Result<std::vector<const iceberg::Snapshot*>> SnapshotRange(
    const IncrementalRequest& request);

}  // namespace tarn::table::internal
