// What `tarn maintain` runs on one table, and what it says about it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tarn/base/result.h"
#include "tarn/cli/command.h"
#include "tarn/cli/workspace.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/table/maintenance/compute_table_stats.h"
#include "tarn/table/maintenance/expire_snapshots.h"
#include "tarn/table/maintenance/remove_orphan_files.h"
#include "tarn/table/maintenance/rewrite_data_files.h"
#include "tarn/table/maintenance/rewrite_delete_files.h"
#include "tarn/table/maintenance/rewrite_manifests.h"

namespace tarn::cli {

/// `tarn maintain leftovers`, which is about processes and not about one table.
void AddLeftoversCommand(CLI::App& parent, Invocation& invocation);

/// `tarn maintain dropped`, which is about tables that have no name any more.
void AddDroppedCommand(CLI::App& parent, Invocation& invocation);

/// Options of all actions, as the command line gave them.
struct MaintainOptions {
  table::RewriteDataFilesOptions compact = {};
  table::ExpireSnapshotsOptions expire = {};
  table::RemoveOrphanFilesOptions orphans = {};
  table::RewriteManifestsOptions manifests = {};
  table::RewriteDeleteFilesOptions deletes = {};
  table::ComputeTableStatsOptions stats = {};
  table::DryRun dry_run = table::DryRun::kNo;

  /// Sets `dry_run` and `control` of every action.
  void ShareWithAll(const table::ActionControl& control);
};

/// What an action did: for programs, and as lines for people.
struct MaintainReport {
  nlohmann::ordered_json json;
  std::string text;
};

using MaintainAction = Result<MaintainReport> (*)(Workspace&, const iceberg::TableIdent&,
                                                  const MaintainOptions&);

Result<MaintainReport> Compact(Workspace& workspace, const iceberg::TableIdent& ident,
                               const MaintainOptions& options);
Result<MaintainReport> Expire(Workspace& workspace, const iceberg::TableIdent& ident,
                              const MaintainOptions& options);
Result<MaintainReport> RemoveOrphans(Workspace& workspace,
                                     const iceberg::TableIdent& ident,
                                     const MaintainOptions& options);
Result<MaintainReport> RewriteManifestFiles(Workspace& workspace,
                                            const iceberg::TableIdent& ident,
                                            const MaintainOptions& options);
/// Equality deletes to positions, position deletes to deletion vectors or fewer files,
/// and those that apply to nothing away.
Result<MaintainReport> RewriteDeletes(Workspace& workspace,
                                      const iceberg::TableIdent& ident,
                                      const MaintainOptions& options);
Result<MaintainReport> ComputeStats(Workspace& workspace,
                                    const iceberg::TableIdent& ident,
                                    const MaintainOptions& options);
Result<MaintainReport> ComputePartitions(Workspace& workspace,
                                         const iceberg::TableIdent& ident,
                                         const MaintainOptions& options);
/// All of the above, in the order that suits: files before what describes them, expiry
/// before orphans.
Result<MaintainReport> MaintainAll(Workspace& workspace, const iceberg::TableIdent& ident,
                                   const MaintainOptions& options);

}  // namespace tarn::cli
