// system.metadata: catalogs, comments, and the properties that WITH (…) takes.
#include <span>
#include <utility>

#include "tarn/engine/internal/attached_catalog.h"
#include "tarn/engine/internal/materialized_view.h"
#include "tarn/engine/internal/system_tables/object_details.h"
#include "tarn/engine/internal/system_tables/system_table.h"
#include "tarn/engine/internal/transaction.h"

namespace tarn::engine::system_tables {
namespace {

using duckdb::Value;
using Rows = std::vector<Row>;

/// What Trino calls the kind of a catalog.
std::string ConnectorOf(const CatalogListing& listing, const std::string& catalog) {
  if (catalog == kSystemCatalog) {
    return kSystemCatalog;
  }
  if (listing.Ours(catalog) != nullptr) {
    return "iceberg";
  }
  const auto* found = listing.Find(catalog);
  const std::string type =
      found == nullptr ? "" : const_cast<duckdb::Catalog*>(found)->GetCatalogType();
  return type == "postgres" ? "postgresql" : type;
}

void Catalog(const RowRequest& request, const ListedObject& object, Rows* rows) {
  const Value name(object.catalog);
  rows->push_back(
      {name, name, Value(ConnectorOf(CatalogListing(request.context), object.catalog))});
}

void Comment(const RowRequest& request, const ListedObject& object, Rows* rows) {
  constexpr size_t kComment = 3;
  Row row = {Value(object.catalog), Value(object.schema), Value(object.name)};
  if (request.Reads(kComment)) {
    row.push_back(TextOrNull(DetailsOf(request.context, object).comment));
  }
  rows->push_back(std::move(row));
}

/// Views are loaded to be asked, tables are not. One that cannot be read is left out.
void MaterializedView(const RowRequest& request, const ListedObject& object, Rows* rows) {
  AttachedCatalog* const ours = CatalogListing(request.context).Ours(object.catalog);
  if (object.kind != ObjectKind::kView || ours == nullptr || !object.ident.has_value()) {
    return;
  }
  auto& transaction = IcebergTransaction::Get(request.context, *ours);
  const auto loaded = transaction.view().Find(object.ident->ns, object.ident->name);
  if (!loaded.ok() || !loaded->has_value()) {
    return;
  }
  const auto view = ListMaterializedView(request.context, transaction, **loaded);
  if (!view.ok() || !view->has_value()) {
    return;
  }
  const auto& fresh = (*view)->last_fresh_time;
  rows->push_back({Value(object.catalog), Value(object.schema), Value(object.name),
                   Value(object.catalog), Value(object.schema),
                   Value((*view)->storage.name), Value((*view)->freshness),
                   fresh.has_value()
                       ? Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(fresh->count() * 1000))
                       : Value(duckdb::LogicalType::TIMESTAMP_TZ),
                   TextOrNull((*view)->comment), Value((*view)->definition)});
}

struct Property {
  const char* name;
  const char* default_value;
  const char* type;
  const char* description;
};

constexpr Property kTableProperties[] = {
    {"extra_properties", "", "map(varchar, varchar)", "Further properties of the table"},
    {"format", "PARQUET", "varchar", "File format of the table: PARQUET"},
    {"format_version", "2", "integer", "Version of the Iceberg format: 1, 2 or 3"},
    {"location", "", "varchar", "Where the table's files are"},
    {"partitioning", "[]", "array(varchar)", "Partition transforms"},
    {"sorted_by", "[]", "array(varchar)", "Columns that rows in files are sorted by"},
};
constexpr Property kSchemaProperties[] = {
    {"location", "", "varchar", "Where the schema's tables are"},
};
constexpr Property kAnalyzeProperties[] = {
    {"columns", "", "array(varchar)", "Columns to be analyzed"},
};

void AddProperties(const RowRequest& request, const std::string& catalog,
                   std::span<const Property> properties, Rows* rows) {
  if (CatalogListing(request.context).Ours(catalog) == nullptr) {
    return;
  }
  for (const Property& property : properties) {
    rows->push_back({Value(catalog), Value(property.name), Value(property.default_value),
                     Value(property.type), Value(property.description)});
  }
}

void TableProperties(const RowRequest& request, const ListedObject& object, Rows* rows) {
  AddProperties(request, object.catalog, kTableProperties, rows);
}
void SchemaProperties(const RowRequest& request, const ListedObject& object, Rows* rows) {
  AddProperties(request, object.catalog, kSchemaProperties, rows);
}
void AnalyzeProperties(const RowRequest& request, const ListedObject& object,
                       Rows* rows) {
  AddProperties(request, object.catalog, kAnalyzeProperties, rows);
}

}  // namespace

void AddMetadataTables(std::vector<SystemTable>* tables) {
  const auto add = [&](const char* name, std::string_view columns, NameColumns names,
                       RowsPer per, auto* add_rows) {
    tables->push_back({.schema = "metadata",
                       .name = name,
                       .columns = Columns(columns),
                       .names = names,
                       .per = per,
                       .add_rows = add_rows});
  };
  constexpr std::string_view kPropertyColumns =
      "catalog_name property_name default_value type description";
  add("catalogs", "catalog_name connector_id connector_name", {.catalog = 0},
      RowsPer::kCatalog, Catalog);
  add("table_comments", "catalog_name schema_name table_name comment",
      {.catalog = 0, .schema = 1, .name = 2}, RowsPer::kObject, Comment);
  add("materialized_views",
      "catalog_name schema_name name storage_catalog storage_schema storage_table "
      "freshness last_fresh_time:t comment definition",
      {.catalog = 0, .schema = 1, .name = 2}, RowsPer::kObject, MaterializedView);
  add("table_properties", kPropertyColumns, {.catalog = 0}, RowsPer::kCatalog,
      TableProperties);
  add("materialized_view_properties", kPropertyColumns, {.catalog = 0}, RowsPer::kCatalog,
      TableProperties);
  add("schema_properties", kPropertyColumns, {.catalog = 0}, RowsPer::kCatalog,
      SchemaProperties);
  add("analyze_properties", kPropertyColumns, {.catalog = 0}, RowsPer::kCatalog,
      AnalyzeProperties);
  add("column_properties", kPropertyColumns, {}, RowsPer::kServer, NoRows);
}

}  // namespace tarn::engine::system_tables
