#include "tarn/catalog/internal/store_schema.h"

#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/error.h"

namespace tarn::catalog::internal {
namespace {

/// Columns as the reference implementation's JDBC catalog (schema version 1) and
/// PyIceberg's SqlCatalog have them; PyIceberg's lacks iceberg_type. {text} is the
/// connection's text_type().
constexpr const char* kSharedTables[] = {
    "CREATE TABLE IF NOT EXISTS iceberg_tables ("
    "catalog_name {key} NOT NULL, table_namespace {key} NOT NULL, "
    "table_name {key} NOT NULL, metadata_location {text}, "
    "previous_metadata_location {text}, iceberg_type VARCHAR(5), "
    "PRIMARY KEY (catalog_name, table_namespace, table_name))",
    "CREATE TABLE IF NOT EXISTS iceberg_namespace_properties ("
    "catalog_name {key} NOT NULL, namespace {key} NOT NULL, "
    "property_key {key} NOT NULL, property_value {text}, "
    "PRIMARY KEY (catalog_name, namespace, property_key))",
};

/// One step of Tarn's own tables: what brings a store from one version to the next.
/// Steps that were released never change.
struct Migration {
  const char* const* statements;
  size_t count;
};

/// Times are milliseconds since the Unix epoch.
constexpr const char* kVersion1[] = {
    "CREATE TABLE tarn_dropped_tables ("
    "dropped_id {key} NOT NULL PRIMARY KEY, catalog_name {key} NOT NULL, "
    "table_namespace {key} NOT NULL, table_name {key} NOT NULL, "
    "metadata_location {text} NOT NULL, previous_metadata_location {text}, "
    "dropped_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, purges BIGINT NOT NULL)",
    "CREATE INDEX tarn_dropped_tables_by_name ON tarn_dropped_tables "
    "(catalog_name, table_namespace, table_name)",
    "CREATE TABLE tarn_operations ("
    "operation_key {key} NOT NULL PRIMARY KEY, digest {key} NOT NULL, "
    "is_applied BIGINT NOT NULL, answer_status BIGINT NOT NULL, answer {text}, "
    "created_at BIGINT NOT NULL)",
    "CREATE INDEX tarn_operations_by_age ON tarn_operations (created_at)",
    "CREATE TABLE tarn_settings ("
    "setting_key {key} NOT NULL PRIMARY KEY, setting_value {text} NOT NULL)",
    "CREATE TABLE tarn_principals ("
    "principal_id {key} NOT NULL PRIMARY KEY, principal_name {key} NOT NULL UNIQUE, "
    "client_id {key} NOT NULL UNIQUE, version BIGINT NOT NULL, record {text} NOT NULL)",
    "CREATE TABLE tarn_signing_keys ("
    "key_id {key} NOT NULL PRIMARY KEY, secret {text} NOT NULL, "
    "created_at BIGINT NOT NULL)",
};

constexpr const char* kVersion2[] = {
    "CREATE TABLE tarn_documents ("
    "collection {key} NOT NULL, document_id {key} NOT NULL, owner {key} NOT NULL, "
    "state {key} NOT NULL, version BIGINT NOT NULL, updated_at BIGINT NOT NULL, "
    "record {text} NOT NULL, PRIMARY KEY (collection, document_id))",
    "CREATE INDEX tarn_documents_by_state ON tarn_documents "
    "(collection, state, document_id)",
};

constexpr Migration kMigrations[] = {
    {kVersion1, std::size(kVersion1)},
    {kVersion2, std::size(kVersion2)},
};
constexpr int64_t kNewestVersion = std::size(kMigrations);

std::string Filled(std::string sql, const SqlConnection& connection) {
  const auto replace = [&](std::string_view mark, std::string_view with) {
    for (size_t at = sql.find(mark); at != std::string::npos; at = sql.find(mark, at)) {
      sql.replace(at, mark.size(), with);
    }
  };
  replace("{key}", connection.key_type());
  replace("{text}", connection.text_type());
  return sql;
}

/// False if the table is not there.
Result<bool> CheckColumns(SqlConnection& db, const char* table,
                          const std::vector<std::string>& needed) {
  ARROW_ASSIGN_OR_RAISE(const auto columns, db.ColumnsOf(table));
  if (columns.empty()) {
    return false;
  }
  for (const std::string& column : needed) {
    if (columns.contains(column)) {
      continue;
    }
    return MakeError(ErrorCode::kInvalidData,
                     "Catalog " + db.location() + ": table " + table + " has no column " +
                         column + "; it is not an Iceberg catalog database");
  }
  return true;
}

Result<bool> HasSharedTables(SqlConnection& db) {
  ARROW_ASSIGN_OR_RAISE(
      const bool has_tables,
      CheckColumns(db, "iceberg_tables",
                   {"catalog_name", "table_namespace", "table_name", "metadata_location",
                    "previous_metadata_location"}));
  ARROW_ASSIGN_OR_RAISE(
      const bool has_properties,
      CheckColumns(db, "iceberg_namespace_properties",
                   {"catalog_name", "namespace", "property_key", "property_value"}));
  return has_tables && has_properties;
}

/// 0 if Tarn has not been here.
Result<int64_t> VersionOf(SqlConnection& db) {
  ARROW_ASSIGN_OR_RAISE(const auto columns, db.ColumnsOf("tarn_store"));
  if (columns.empty()) {
    return 0;
  }
  int64_t version = 0;
  ARROW_RETURN_NOT_OK(
      db.Query("SELECT version FROM tarn_store", {},
               [&](const SqlRow& row) { version = row.Int64("version"); }));
  return version;
}

Result<bool> IsUpToDate(SqlConnection& db) {
  ARROW_ASSIGN_OR_RAISE(const bool has_shared_tables, HasSharedTables(db));
  ARROW_ASSIGN_OR_RAISE(const int64_t version, VersionOf(db));
  if (version > kNewestVersion) {
    return MakeError(ErrorCode::kInvalidData,
                     "Catalog " + db.location() + " is of a newer Tarn (version " +
                         std::to_string(version) + " of its tables, this program knows " +
                         std::to_string(kNewestVersion) + "); update this program");
  }
  return has_shared_tables && version == kNewestVersion;
}

Status Migrate(SqlConnection& db) {
  // Somebody may have done it since we looked.
  ARROW_ASSIGN_OR_RAISE(const bool is_up_to_date, IsUpToDate(db));
  if (is_up_to_date) {
    return Status::OK();
  }
  for (const char* sql : kSharedTables) {
    ARROW_RETURN_NOT_OK(db.Run(Filled(sql, db).c_str()));
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t version, VersionOf(db));
  for (int64_t i = version; i < kNewestVersion; ++i) {
    const Migration& step = kMigrations[i];
    for (size_t k = 0; k < step.count; ++k) {
      ARROW_RETURN_NOT_OK(db.Run(Filled(step.statements[k], db).c_str()));
    }
  }
  ARROW_RETURN_NOT_OK(
      db.Run("CREATE TABLE IF NOT EXISTS tarn_store (version BIGINT NOT NULL)"));
  ARROW_RETURN_NOT_OK(db.Run("DELETE FROM tarn_store"));
  return db
      .Execute("INSERT INTO tarn_store (version) VALUES (CAST(?1 AS BIGINT))",
               {std::to_string(kNewestVersion)})
      .status();
}

}  // namespace

Status PrepareStore(StoreDatabase& database) {
  bool is_up_to_date = false;
  ARROW_RETURN_NOT_OK(database.Read([&](SqlConnection& db) -> Status {
    ARROW_ASSIGN_OR_RAISE(is_up_to_date, IsUpToDate(db));
    return Status::OK();
  }));
  if (is_up_to_date) {
    return Status::OK();
  }
  WriteOutcome ignored = WriteOutcome::kNotApplied;
  return database.Write("", WriteScope::kEverything, &Migrate, &ignored);
}

}  // namespace tarn::catalog::internal
