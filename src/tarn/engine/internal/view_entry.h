// Iceberg views as DuckDB's catalog shows them, and the names inside their queries.
#pragma once

#include <functional>
#include <memory>

#include <duckdb/catalog/catalog_entry/view_catalog_entry.hpp>
#include <duckdb/parser/statement/select_statement.hpp>
#include <duckdb/parser/tableref/basetableref.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/iceberg/view_metadata.h"
#include "tarn/table/write.h"

namespace duckdb {
struct CreateViewInfo;
}

namespace tarn::engine {

/// The dialect of the views made here; views of other dialects are read if DuckDB
/// understands their text.
inline constexpr char kViewDialect[] = "duckdb";

/// Errors: kNotSupported if no representation of the view can be read.
Result<std::unique_ptr<duckdb::ViewCatalogEntry>> MakeViewEntry(
    duckdb::Catalog& catalog, duckdb::SchemaCatalogEntry& schema,
    const iceberg::TableIdent& ident, const iceberg::ViewMetadata& metadata);

/// The first version of a view. `info` is bound: its types and names are set.
Result<std::shared_ptr<const iceberg::ViewMetadata>> MakeViewMetadata(
    const table::Context& context, const iceberg::TableIdent& ident,
    const duckdb::CreateViewInfo& info);

/// Calls `visit` for each table that `query` names, those in subqueries too; names of its
/// CTEs are left out. Throws if an old state of a CTE is asked for.
void VisitTables(duckdb::SelectStatement& query,
                 const std::function<void(duckdb::BaseTableRef&)>& visit);

}  // namespace tarn::engine
