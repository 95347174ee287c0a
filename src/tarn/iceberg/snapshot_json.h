// Snapshots, references and the snapshot log as JSON (spec: Appendix C).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/snapshot.h"

namespace tarn::iceberg {

/// As a table of `format_version` has it: v1 has no sequence number, only v3 has row ids.
nlohmann::json SnapshotToJson(const Snapshot& snapshot, int32_t format_version);
/// Reads every version's form. A missing sequence number is 0 (v1 and upgraded tables).
/// Errors: kInvalidData.
Result<Snapshot> SnapshotFromJson(const nlohmann::json& json);

nlohmann::json SnapshotRefToJson(const SnapshotRef& ref);
/// Errors: kInvalidData.
Result<SnapshotRef> SnapshotRefFromJson(const nlohmann::json& json);

}  // namespace tarn::iceberg
