#include "tarn/gateway/flight/internal/catalog_rows.h"

#include <algorithm>
#include <vector>

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/buffer.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "tarn/gateway/flight/internal/answer_schemas.h"

namespace tarn::gateway::flight {
namespace {

/// What is the engine's own is not shown.
constexpr char kVisible[] = "NOT IN ('system', 'temp', 'memory')";

std::string Doubled(const std::string& text, char quote) {
  std::string doubled(1, quote);
  for (const char c : text) {
    doubled.append(c == quote ? 2 : 1, c);
  }
  return doubled + quote;
}

/// "AND column = 'value'", or LIKE; nothing if there is no value. A backslash makes the
/// next character of a pattern an ordinary one.
std::string Filter(const std::string& column, const OptionalText& value,
                   bool is_pattern) {
  if (!value) {
    return "";
  }
  return " AND " + column + (is_pattern ? " LIKE " : " = ") + QuotedText(*value) +
         (is_pattern ? " ESCAPE '\\'" : "");
}

std::string TypeFilter(const std::vector<std::string>& types) {
  if (types.empty()) {
    return "";
  }
  std::string list;
  for (const std::string& type : types) {
    list += (list.empty() ? "upper(" : ", upper(") + QuotedText(type) + ")";
  }
  return " AND (table_type IN (" + list +
         ") OR (table_type = 'BASE TABLE' AND 'TABLE' "
         "IN (" +
         list + ")))";
}

Result<Rows> WithSchema(const std::shared_ptr<arrow::Table>& table,
                        const std::shared_ptr<arrow::Schema>& schema) {
  ARROW_ASSIGN_OR_RAISE(const auto batch, table->CombineChunksToBatch());
  return arrow::RecordBatch::Make(schema, batch->num_rows(), batch->columns());
}

std::string TextAt(const arrow::RecordBatch& rows, int column, int64_t row) {
  return static_cast<const arrow::StringArray&>(*rows.column(column)).GetString(row);
}

Result<std::shared_ptr<arrow::Array>> SchemasOf(Statements& statements,
                                                const Caller& caller,
                                                const arrow::RecordBatch& tables) {
  arrow::BinaryBuilder schemas;
  for (int64_t row = 0; row < tables.num_rows(); ++row) {
    const std::string sql = "SELECT * FROM " + QuotedName(TextAt(tables, 0, row)) + "." +
                            QuotedName(TextAt(tables, 1, row)) + "." +
                            QuotedName(TextAt(tables, 2, row)) + " LIMIT 0";
    const auto described = statements.Describe(caller, sql, "");
    const auto schema = described.ok() ? *described : arrow::schema({});
    ARROW_ASSIGN_OR_RAISE(const std::string bytes, SchemaBytes(*schema));
    RETURN_NOT_OK(schemas.Append(bytes));
  }
  return schemas.Finish();
}

}  // namespace

std::string QuotedText(const std::string& text) { return Doubled(text, '\''); }
std::string QuotedName(const std::string& name) { return Doubled(name, '"'); }

Result<std::string> SchemaBytes(const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(const auto buffer, arrow::ipc::SerializeSchema(schema));
  return buffer->ToString();
}

Result<Rows> CatalogRows(Statements& statements, const Caller& caller) {
  ARROW_ASSIGN_OR_RAISE(
      const auto table,
      statements.Ask(caller,
                     std::string("SELECT database_name FROM duckdb_databases() WHERE "
                                 "database_name ") +
                         kVisible + " ORDER BY 1"));
  return WithSchema(table, CatalogsSchema());
}

Result<Rows> DbSchemaRows(Statements& statements, const Caller& caller,
                          const GetDbSchemas& get) {
  ARROW_ASSIGN_OR_RAISE(
      const auto table,
      statements.Ask(caller,
                     std::string("SELECT catalog_name, schema_name FROM "
                                 "information_schema.schemata WHERE catalog_name ") +
                         kVisible + Filter("catalog_name", get.catalog, false) +
                         Filter("schema_name", get.schema_pattern, true) +
                         " ORDER BY 1, 2"));
  return WithSchema(table, DbSchemasSchema());
}

Result<Rows> TableRows(Statements& statements, const Caller& caller,
                       const GetTables& get) {
  ARROW_ASSIGN_OR_RAISE(
      const auto table,
      statements.Ask(
          caller,
          std::string("SELECT table_catalog, table_schema, table_name, table_type "
                      "FROM information_schema.tables WHERE table_catalog ") +
              kVisible + Filter("table_catalog", get.catalog, false) +
              Filter("table_schema", get.schema_pattern, true) +
              Filter("table_name", get.table_pattern, true) + TypeFilter(get.types) +
              " ORDER BY 4, 1, 2, 3"));
  ARROW_ASSIGN_OR_RAISE(Rows rows, WithSchema(table, TablesSchema(false)));
  if (!get.include_schema) {
    return rows;
  }
  ARROW_ASSIGN_OR_RAISE(const auto schemas, SchemasOf(statements, caller, *rows));
  auto columns = rows->columns();
  columns.push_back(schemas);
  return arrow::RecordBatch::Make(TablesSchema(true), rows->num_rows(),
                                  std::move(columns));
}

Result<Rows> TableTypeRows() {
  return RowsOf(TableTypesSchema(), R"([["BASE TABLE"],["VIEW"]])");
}

}  // namespace tarn::gateway::flight
