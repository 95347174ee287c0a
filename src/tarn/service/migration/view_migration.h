// Moving one view: its texts in all dialects, with the names that its tables have there.
#pragma once

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/service/migration/migration_request.h"
#include "tarn/service/migration/table_migration.h"
#include "tarn/service/migration/view_names.h"

namespace tarn::service {

/// Creates the destination from the source's current version, or adds a version to the
/// view that is there if the mode says so. The report holds the error; its note says
/// which texts were copied with names of the source in them, and what they name that is
/// not migrated.
TableReport MigrateView(const MigrationRun& run, const TablePair& pair,
                        const MovedNames& names);

/// True if the catalog says so; what it cannot say is no view.
bool IsView(Places& places, const PlacedTable& object);

/// Compares what two views say: columns, dialects, and texts as they are or as a
/// migration of the whole namespace writes them. Members as reports have them, status
/// "success" or "mismatch". Errors: kNoSuchView, those of the catalogs.
Result<Json> CompareViews(const MigrationRun& run, const TablePair& pair);

}  // namespace tarn::service
