#include "tarn/engine/internal/system_tables/system_name.h"

#include <string>

#include "tarn/base/error.h"
#include "tarn/engine/internal/system_tables/system_scan.h"
#include "tarn/engine/internal/system_tables/system_table.h"

namespace tarn::engine::system_tables {

Result<duckdb::unique_ptr<duckdb::TableRef>> SystemTableNamed(
    const duckdb::BaseTableRef& table, const trino::SessionFacts& facts) {
  const bool has_schema = !table.schema_name.empty();
  const std::string schema = has_schema ? table.schema_name : facts.schema;
  const std::string catalog =
      table.catalog_name.empty() ? facts.catalog : table.catalog_name;
  if (catalog.empty() && schema == kInformationSchema) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "MISSING_CATALOG_NAME: Catalog must be specified when session "
                     "catalog is not set");
  }
  if (const SystemTable* found = FindSystemTable(catalog, schema, table.table_name)) {
    return TableOf(catalog, *found);
  }
  // A name without a schema may be that of a query of WITH.
  if (has_schema && IsSystemSchema(catalog, schema)) {
    return MakeError(ErrorCode::kNoSuchTable, "Table '" + catalog + "." + schema + "." +
                                                  table.table_name + "' does not exist");
  }
  return nullptr;
}

}  // namespace tarn::engine::system_tables
