#include "tarn/cli/sql_client/embedded_names.h"

#include <algorithm>

#include "tarn/base/error.h"
#include "tarn/cli/sql_client/text_rows.h"

namespace tarn::cli {
namespace {

constexpr char kWarehouse[] = "iceberg";

Status AppendNamespaces(catalog::Catalog& catalog, const iceberg::Namespace& parent,
                        std::vector<std::string>* names) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<iceberg::Namespace> children,
                        catalog.ListNamespaces(parent));
  for (const iceberg::Namespace& child : children) {
    names->push_back(child.ToString());
    RETURN_NOT_OK(AppendNamespaces(catalog, child, names));
  }
  return Status::OK();
}

std::vector<ColumnName> ColumnsOf(const iceberg::Schema& schema) {
  std::vector<ColumnName> columns;
  for (const iceberg::Field& field : schema.fields()) {
    columns.push_back(
        {field.name, field.type.ToString(), field.required, field.doc.value_or("")});
  }
  return columns;
}

ObjectDetail DetailOf(const iceberg::TableMetadata& metadata) {
  ObjectDetail detail{.columns = ColumnsOf(metadata.schema()), .notes = {}};
  if (metadata.spec().is_unpartitioned()) {
    return detail;
  }
  std::string terms;
  for (const iceberg::PartitionField& field : metadata.spec().fields) {
    terms += (terms.empty() ? "" : ", ") + iceberg::TransformToString(field.transform) +
             "(" + metadata.schema().NameOf(field.source_id()) + ")";
  }
  detail.notes.push_back("Partitioned by " + terms);
  return detail;
}

ObjectDetail DetailOf(const iceberg::ViewMetadata& metadata) {
  ObjectDetail detail;
  const iceberg::ViewVersion& version = metadata.current_version();
  const auto schema = metadata.FindSchema(version.schema_id);
  if (schema != nullptr) {
    detail.columns = ColumnsOf(*schema);
  }
  for (const iceberg::ViewRepresentation& text : version.representations) {
    detail.notes.push_back("As (" + text.dialect + "): " + text.sql);
  }
  return detail;
}

std::vector<std::string> FirstColumn(std::vector<std::vector<std::string>> rows) {
  std::vector<std::string> values;
  for (std::vector<std::string>& row : rows) {
    values.push_back(std::move(row.front()));
  }
  return values;
}

}  // namespace

Result<std::vector<std::vector<std::string>>> EmbeddedNames::Query(
    const std::string& sql) {
  const std::lock_guard one_query(query_mutex_);
  engine::Session* session = nullptr;
  {
    const std::lock_guard lock(session_mutex_);
    if (session_ == nullptr) {
      engine::SessionOptions options;
      options.dialect = "duckdb";
      ARROW_ASSIGN_OR_RAISE(session_, engine_.Connect(options));
    }
    session = session_.get();
  }
  ARROW_ASSIGN_OR_RAISE(const auto result, session->Execute(sql));
  return ReadTextRows(*result);
}

void EmbeddedNames::Interrupt() {
  const std::lock_guard lock(session_mutex_);
  if (session_ != nullptr) {
    session_->Interrupt();
  }
}

Result<std::vector<std::string>> EmbeddedNames::Catalogs() {
  ARROW_ASSIGN_OR_RAISE(auto rows,
                        Query("SELECT database_name FROM duckdb_databases() WHERE NOT "
                              "internal ORDER BY 1"));
  return FirstColumn(std::move(rows));
}

Result<std::vector<std::string>> EmbeddedNames::Schemas(const std::string& catalog) {
  if (catalog == kWarehouse) {
    std::vector<std::string> names;
    RETURN_NOT_OK(AppendNamespaces(warehouse_, {}, &names));
    return names;
  }
  ARROW_ASSIGN_OR_RAISE(auto rows, Query("SHOW SCHEMAS FROM " + SqlName(catalog)));
  return FirstColumn(std::move(rows));
}

Result<std::vector<ObjectName>> EmbeddedNames::Objects(const std::string& catalog,
                                                       const std::string& schema) {
  std::vector<ObjectName> objects;
  if (catalog != kWarehouse) {
    ARROW_ASSIGN_OR_RAISE(const auto rows, Query("SHOW TABLES FROM " + SqlName(catalog) +
                                                 "." + SqlName(schema)));
    for (const std::vector<std::string>& row : rows) {
      objects.push_back({schema, row.front(), "table"});
    }
    return objects;
  }
  const iceberg::Namespace ns = iceberg::NamespaceFromString(schema);
  ARROW_ASSIGN_OR_RAISE(const auto tables, warehouse_.ListTables(ns));
  for (const iceberg::TableIdent& table : tables) {
    objects.push_back({schema, table.name, "table"});
  }
  ARROW_ASSIGN_OR_RAISE(const auto views, warehouse_.ListViews(ns));
  for (const iceberg::TableIdent& view : views) {
    objects.push_back({schema, view.name, "view"});
  }
  std::sort(objects.begin(), objects.end());
  return objects;
}

Result<ObjectDetail> EmbeddedNames::Describe(const std::string& catalog,
                                             const ObjectName& object) {
  if (catalog == kWarehouse) {
    return DescribeInWarehouse(object);
  }
  ARROW_ASSIGN_OR_RAISE(const auto rows,
                        Query("DESCRIBE " + SqlName(catalog) + "." +
                              SqlName(object.schema) + "." + SqlName(object.name)));
  ObjectDetail detail;
  for (const std::vector<std::string>& row : rows) {
    const bool required = row.size() > 2 && row[2] == "NO";
    detail.columns.push_back({row[0], row.size() > 1 ? row[1] : "", required});
  }
  return detail;
}

Result<ObjectDetail> EmbeddedNames::DescribeInWarehouse(const ObjectName& object) {
  const iceberg::TableIdent ident{iceberg::NamespaceFromString(object.schema),
                                  object.name};
  const Result<catalog::LoadedTable> table = warehouse_.LoadTable(ident);
  if (table.ok()) {
    return DetailOf(*table->metadata);
  }
  const Result<catalog::LoadedView> view = warehouse_.LoadView(ident);
  if (view.ok()) {
    return DetailOf(*view->metadata);
  }
  return table.status();
}

Result<std::vector<std::string>> EmbeddedNames::Functions() {
  ARROW_ASSIGN_OR_RAISE(
      auto rows,
      Query("SELECT DISTINCT function_name FROM duckdb_functions() WHERE "
            "regexp_full_match(function_name, '[a-z][a-z0-9_]*') AND NOT starts_with("
            "function_name, '__') ORDER BY 1"));
  return FirstColumn(std::move(rows));
}

Result<std::vector<std::string>> EmbeddedNames::Settings() {
  ARROW_ASSIGN_OR_RAISE(auto rows, Query("SELECT name FROM duckdb_settings() UNION "
                                         "SELECT 'dialect' ORDER BY 1"));
  return FirstColumn(std::move(rows));
}

}  // namespace tarn::cli
