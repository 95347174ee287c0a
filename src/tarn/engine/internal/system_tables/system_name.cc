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

void DropSystemSchema(const trino::SessionFacts& facts,
                      std::vector<std::string>* column) {
  const size_t size = column->size();
  if (size < 3 || size > 4) {
    return;
  }
  const std::string catalog = size == 4 ? trino::Folded(column->front()) : facts.catalog;
  const std::string schema = trino::Folded((*column)[size - 3]);
  const std::string table = trino::Folded((*column)[size - 2]);
  if (FindSystemTable(catalog, schema, table) != nullptr) {
    column->erase(column->begin(), column->end() - 2);
  }
}

}  // namespace tarn::engine::system_tables
