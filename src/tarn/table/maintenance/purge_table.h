// Dropping a table together with its files.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table {

struct PurgeTableOptions {
  DryRun dry_run = DryRun::kNo;
  int32_t max_concurrent_deletes = 8;
  ActionControl control = {};
};

struct PurgeTableResult {
  /// Since the Unix epoch: nothing was deleted, the table can be brought back until then
  /// and is purged later (PurgeDroppedTables).
  std::optional<std::chrono::milliseconds> kept_until = {};
  std::vector<TableFile> files = {};  // deleted; with kYes: to be deleted
  std::vector<TableFile> failed_files = {};
  std::string first_failure = {};  // of those
};

/// Takes the table out of the catalog, for good, then deletes every file that one of its
/// snapshots or its metadata names and that no other table of the catalog, or dropped one
/// that can come back, refers to, as far as FindSharedFiles can tell: single files that
/// another table took over by adding them are not found. What is to be deleted is found
/// before the name goes, so that an unreadable table is left as it is; a crash afterwards
/// leaves files that nothing refers to. Errors: kNoSuchTable; kInvalidArgument if the
/// table has gc.enabled=false; those of the catalog and of FileIO; kCancelled before the
/// name has gone.
Result<PurgeTableResult> PurgeTable(const Context& context,
                                    const iceberg::TableIdent& ident,
                                    const PurgeTableOptions& options = {});

/// What clients mean by dropping a table with its files: as PurgeTable, but where the
/// catalog keeps dropped tables the files stay as long. Errors: as PurgeTable.
Result<PurgeTableResult> DropTableWithFiles(const Context& context,
                                            const iceberg::TableIdent& ident,
                                            const PurgeTableOptions& options = {});

}  // namespace tarn::table
