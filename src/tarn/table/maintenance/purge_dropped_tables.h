// What becomes of dropped tables whose time is over: they are forgotten, and files that
// were to go with them are deleted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table {

struct PurgeDroppedTablesOptions {
  DryRun dry_run = DryRun::kNo;
  int32_t max_concurrent_deletes = 8;
  ActionControl control = {};
};

struct PurgedTable {
  catalog::DroppedTable table;
  std::vector<TableFile> files = {};  // deleted; with kYes: to be deleted
  std::vector<TableFile> failed_files = {};
  /// Why files stayed; empty if all that were to go did. The catalog forgets the table
  /// only then, or if nothing is left that could be deleted: another run tries again.
  std::string problem = {};
  bool is_forgotten = false;
};

struct PurgeDroppedTablesResult {
  std::vector<PurgedTable> tables = {};
};

/// One table after the other; what is wrong with one does not stop the others. Deleted
/// are files that a snapshot or the metadata of a table dropped with `purges` names and
/// that neither a table of the catalog nor another dropped one refers to
/// (FindSharedFiles: single files that another table took over by adding them are not
/// found). A table that got gc.enabled=false keeps its files. Data goes before what
/// describes it, so a run that was broken off is taken up by the next one. Errors: those
/// of the catalog; kCancelled.
Result<PurgeDroppedTablesResult> PurgeDroppedTables(
    const Context& context, const PurgeDroppedTablesOptions& options = {});

}  // namespace tarn::table
