// The tables of a store: those that every SQL/JDBC catalog shares, and Tarn's own with
// their version.
#pragma once

#include "tarn/base/result.h"
#include "tarn/catalog/internal/store_database.h"

namespace tarn::catalog::internal {

/// Makes what is missing and brings Tarn's own tables up to date, in one transaction that
/// has the store for itself; only looks if nothing is to be done. Foreign tables are left
/// as they are. Errors: those of the database; kInvalidData if a shared table is there
/// with other columns, or a newer Tarn has been here.
Status PrepareStore(StoreDatabase& database);

}  // namespace tarn::catalog::internal
