// Commits of maintenance actions that are not row changes.
#pragma once

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/alter.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table::internal {

/// As AlterTable. A change that the catalog refuses (kInvalidArgument: a new tag on a
/// snapshot to be removed, a sequence number that is taken) is worked out again if the
/// table has moved on. The table must stay the one with `table_uuid`: kCommitConflict if
/// it was dropped and made anew. Errors: also kCancelled, between attempts.
Result<catalog::LoadedTable> CommitMetadata(const Context& context,
                                            const iceberg::TableIdent& ident,
                                            const std::string& table_uuid,
                                            const AlterFunction& change,
                                            const ActionControl& control);

}  // namespace tarn::table::internal
