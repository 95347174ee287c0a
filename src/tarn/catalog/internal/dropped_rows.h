// Rows of tarn_dropped_tables: tables without a name that can still have one again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/internal/catalog_tables.h"

namespace tarn::catalog::internal {

struct DroppedRow {
  DroppedTable table;
  Entry entry;  // as it was; for a table only
};

/// Statements on one catalog's dropped tables, in the transactions of `tables`.
Status InsertDropped(CatalogTables& tables, const DroppedRow& row);
/// Within a transaction the row stays as it is until that ends.
Result<std::optional<DroppedRow>> FindDropped(CatalogTables& tables,
                                              const std::string& id);

/// Rows whose time ends after `now`, or by then.
enum class DroppedSet : uint8_t { kUndroppable, kExpired };
/// Of the namespace `ns` (empty: of all), the newest first.
Result<std::vector<DroppedTable>> ListDropped(CatalogTables& tables,
                                              const std::string& ns, DroppedSet which,
                                              std::chrono::milliseconds now);
/// False if there is no such row.
Result<bool> EndDropped(CatalogTables& tables, const std::string& id,
                        std::chrono::milliseconds expires_at);
Result<bool> RemoveDropped(CatalogTables& tables, const std::string& id);

}  // namespace tarn::catalog::internal
