// information_schema of each catalog, and iceberg.system.iceberg_tables.
#include <utility>

#include "tarn/engine/internal/system_tables/object_details.h"
#include "tarn/engine/internal/system_tables/system_table.h"

namespace tarn::engine::system_tables {
namespace {

using duckdb::Value;
using Rows = std::vector<Row>;

constexpr NameColumns kFirstThree = {.catalog = 0, .schema = 1, .name = 2};

void Schema(const RowRequest&, const ListedObject& object, Rows* rows) {
  rows->push_back({Value(object.catalog), Value(object.schema)});
}

void Table(const RowRequest& request, const ListedObject& object, Rows* rows) {
  constexpr size_t kComment = 4;
  Row row = {Value(object.catalog), Value(object.schema), Value(object.name),
             Value(object.kind == ObjectKind::kView ? "VIEW" : "BASE TABLE")};
  if (request.Reads(kComment)) {
    row.push_back(TextOrNull(DetailsOf(request.context, object).comment));
  }
  rows->push_back(std::move(row));
}

void TableColumns(const RowRequest& request, const ListedObject& object, Rows* rows) {
  int64_t position = 0;
  for (const ObjectColumn& column : DetailsOf(request.context, object).columns) {
    const Value comment = TextOrNull(column.comment);
    rows->push_back({Value(object.catalog), Value(object.schema), Value(object.name),
                     Value(column.name), Value::BIGINT(++position), Value(),
                     Value(column.is_nullable ? "YES" : "NO"),
                     Value(ListedTypeText(column.type)), comment, Value(), comment});
  }
}

void View(const RowRequest& request, const ListedObject& object, Rows* rows) {
  if (object.kind == ObjectKind::kView) {
    rows->push_back({Value(object.catalog), Value(object.schema), Value(object.name),
                     TextOrNull(DetailsOf(request.context, object).view_text)});
  }
}

void IcebergTable(const RowRequest&, const ListedObject& object, Rows* rows) {
  if (object.kind == ObjectKind::kTable) {
    rows->push_back({Value(object.schema), Value(object.name)});
  }
}

}  // namespace

void AddInformationSchema(std::vector<SystemTable>* tables) {
  const auto add = [&](const char* name, std::string_view columns, NameColumns names,
                       RowsPer per, auto* add_rows) {
    tables->push_back({.schema = kInformationSchema,
                       .name = name,
                       .columns = Columns(columns),
                       .names = names,
                       .per = per,
                       .add_rows = add_rows});
  };
  add("schemata", "catalog_name schema_name", {.catalog = 0, .schema = 1},
      RowsPer::kSchema, Schema);
  add("tables", "table_catalog table_schema table_name table_type table_comment:h",
      kFirstThree, RowsPer::kObject, Table);
  add("columns",
      "table_catalog table_schema table_name column_name ordinal_position:n "
      "column_default is_nullable data_type comment:h extra_info:h column_comment:h",
      kFirstThree, RowsPer::kObject, TableColumns);
  add("views", "table_catalog table_schema table_name view_definition", kFirstThree,
      RowsPer::kObject, View);
  add("table_privileges",
      "grantor grantor_type grantee grantee_type table_catalog table_schema table_name "
      "privilege_type is_grantable with_hierarchy",
      {}, RowsPer::kServer, NoRows);
  add("roles", "role_name", {}, RowsPer::kServer, NoRows);
  add("enabled_roles", "role_name", {}, RowsPer::kServer, NoRows);
  add("applicable_roles", "grantee grantee_type role_name is_grantable", {},
      RowsPer::kServer, NoRows);
  tables->push_back({.schema = kCatalogSystemSchema,
                     .name = "iceberg_tables",
                     .columns = Columns("table_schema table_name"),
                     .names = {.schema = 0, .name = 1},
                     .per = RowsPer::kObject,
                     .add_rows = IcebergTable});
}

}  // namespace tarn::engine::system_tables
