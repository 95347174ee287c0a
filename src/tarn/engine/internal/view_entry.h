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

/// What CREATE VIEW in Trino's dialect says beside DuckDB's, in tags of CreateViewInfo:
/// the query as Trino's formatter prints it, the session's path, which short names in it
/// mean, and the user in whose name it runs (unset: who asks).
inline constexpr char kTrinoTextTag[] = "trino.text";
inline constexpr char kViewCatalogTag[] = "trino.catalog";
inline constexpr char kViewSchemaTag[] = "trino.schema";
inline constexpr char kViewOwnerTag[] = "trino.owner";

/// Property of views, as Trino's own connector has it: set for SECURITY DEFINER.
inline constexpr char kRunAsOwner[] = "trino.run-as-owner";

/// Tags that begin so become properties of the view.
inline constexpr char kViewPropertyTag[] = "property:";
/// Tags that begin so are comments of its columns, by name.
inline constexpr char kViewColumnTag[] = "comment:";

/// The view's query, with full names. Errors: kNotSupported if no representation of it
/// can be read.
Result<duckdb::unique_ptr<duckdb::SelectStatement>> QueryOfView(
    const std::string& catalog_name, const iceberg::TableIdent& ident,
    const iceberg::ViewMetadata& metadata);

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
