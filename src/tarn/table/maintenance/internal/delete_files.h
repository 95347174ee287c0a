// The delete files of a snapshot.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table::internal {

/// What a delete file is known by: its path, of a deletion vector also its place in the
/// file (trap 25).
std::string DeleteKey(const iceberg::DataFile& file);

/// Live entries of the delete manifests of `snapshot`, with their spec ids.
Result<std::vector<iceberg::ManifestEntry>> LiveDeletes(
    io::FileIO& io, const iceberg::TableMetadata& metadata,
    const iceberg::Snapshot& snapshot, const ActionControl& control);

}  // namespace tarn::table::internal
