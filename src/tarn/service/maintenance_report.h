// What actions of maintenance did, for programs: jobs and commands say it in the same
// words.
#pragma once

#include <cstdint>

#include <nlohmann/json.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/compute_partition_stats.h"
#include "tarn/table/maintenance/compute_table_stats.h"
#include "tarn/table/maintenance/expire_snapshots.h"
#include "tarn/table/maintenance/remove_dangling_deletes.h"
#include "tarn/table/maintenance/remove_orphan_files.h"
#include "tarn/table/maintenance/rewrite_data_files.h"
#include "tarn/table/maintenance/rewrite_delete_files.h"
#include "tarn/table/maintenance/rewrite_manifests.h"

namespace tarn::service {

/// Whether each file is named: there may be very many.
enum class ReportFiles : uint8_t { kNamed, kCounted };

/// Delete files made over: equality deletes to positions, position deletes to fewer
/// files, and those that apply to nothing away.
struct DeletesResult {
  table::RewriteDeleteFilesResult equality;
  table::RewriteDeleteFilesResult positions;
  table::RemoveDanglingDeletesResult dangling;
};
/// Errors: those of the three actions.
Result<DeletesResult> RewriteAllDeletes(const table::Context& context,
                                        const iceberg::TableIdent& ident,
                                        const table::RewriteDeleteFilesOptions& options);

nlohmann::ordered_json ReportOf(const table::RewriteDataFilesResult& result);
nlohmann::ordered_json ReportOf(const DeletesResult& result);
nlohmann::ordered_json ReportOf(const table::RewriteManifestsResult& result);
nlohmann::ordered_json ReportOf(const table::ComputeTableStatsResult& result);
nlohmann::ordered_json ReportOf(const table::ComputePartitionStatsResult& result);
nlohmann::ordered_json ReportOf(const table::ExpireSnapshotsResult& result,
                                ReportFiles files);
nlohmann::ordered_json ReportOf(const table::RemoveOrphanFilesResult& result,
                                ReportFiles files);

}  // namespace tarn::service
