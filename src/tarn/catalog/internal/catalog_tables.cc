#include "tarn/catalog/internal/catalog_tables.h"

#include <set>
#include <thread>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::catalog::internal {
namespace {

// Columns as the reference implementation's JDBC catalog (schema version 1) and
// PyIceberg's SqlCatalog have them; PyIceberg's lacks iceberg_type.
constexpr char kCreateTables[] = R"sql(
CREATE TABLE IF NOT EXISTS iceberg_tables (
  catalog_name VARCHAR(255) NOT NULL,
  table_namespace VARCHAR(255) NOT NULL,
  table_name VARCHAR(255) NOT NULL,
  metadata_location VARCHAR(1000),
  previous_metadata_location VARCHAR(1000),
  iceberg_type VARCHAR(5),
  PRIMARY KEY (catalog_name, table_namespace, table_name));
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
  catalog_name VARCHAR(255) NOT NULL,
  namespace VARCHAR(255) NOT NULL,
  property_key VARCHAR(255) NOT NULL,
  property_value VARCHAR(1000),
  PRIMARY KEY (catalog_name, namespace, property_key));
)sql";

constexpr char kColumnsOf[] = "SELECT name FROM pragma_table_info(?1)";
constexpr char kTypeColumn[] = "iceberg_type";

Result<std::set<std::string>> ColumnsOf(SqliteConnection& db, const char* table) {
  std::set<std::string> columns;
  ARROW_RETURN_NOT_OK(db.Query(kColumnsOf, {table}, [&](const Row& row) {
    columns.insert(row.Text("name").value_or(""));
  }));
  return columns;
}

/// False if the table is not there.
Result<bool> CheckColumns(SqliteConnection& db, const char* table,
                          const std::vector<std::string>& needed) {
  ARROW_ASSIGN_OR_RAISE(const auto columns, ColumnsOf(db, table));
  if (columns.empty()) {
    return false;
  }
  for (const std::string& column : needed) {
    if (columns.contains(column)) {
      continue;
    }
    return MakeError(ErrorCode::kInvalidData,
                     "Catalog " + db.path() + ": table " + table + " has no column " +
                         column + "; it is not an Iceberg catalog database");
  }
  return true;
}

Result<bool> HasOurTables(SqliteConnection& db) {
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

Status SwitchToWal(SqliteConnection& db) {
  std::string mode;
  const auto read_mode = [&](const Row& row) {
    mode = row.Text("journal_mode").value_or("");
  };
  ARROW_RETURN_NOT_OK(db.Query("PRAGMA journal_mode", {}, read_mode));
  // The switch needs the file alone and does not wait for it as other statements do.
  constexpr int kTriesMax = 100;
  for (int i = 0; i < kTriesMax && mode != "wal"; ++i) {
    const Status status = db.Query("PRAGMA journal_mode = WAL", {}, read_mode);
    // No error and no WAL: a file system without shared memory. The rollback journal is
    // as safe.
    if (status.ok()) {
      return Status::OK();
    }
    if (CodeOf(status) != ErrorCode::kUnavailable) {
      return status;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Status::OK();  // another process keeps the file busy; one of the next to open it
                        // will switch
}

/// Keys of namespaces below `ns`: from "ns." up to but not "ns/", '/' being the character
/// after '.'.
struct ChildRange {
  explicit ChildRange(const std::string& ns) : first(ns + "."), end(ns + "/") {}
  std::string first;
  std::string end;
};

Entry EntryOf(const Row& row) {
  Entry entry;
  entry.name_space = row.Text("table_namespace").value_or("");
  entry.name = row.Text("table_name").value_or("");
  // Null is what catalogs that know no views wrote.
  if (row.Text(kTypeColumn) == "VIEW") {
    entry.type = EntryType::kView;
  }
  entry.metadata_location = row.Text("metadata_location").value_or("");
  entry.previous_metadata_location = row.Text("previous_metadata_location").value_or("");
  return entry;
}

Parameter NullIfEmpty(const std::string& text) {
  return text.empty() ? Parameter() : Parameter(text);
}

}  // namespace

Status PrepareDatabase(SqliteConnection& db) {
  ARROW_RETURN_NOT_OK(SwitchToWal(db));
  ARROW_RETURN_NOT_OK(db.Run(
      "PRAGMA synchronous = FULL"));  // a commit that was reported survives a power cut
  ARROW_ASSIGN_OR_RAISE(const bool is_ready, HasOurTables(db));
  if (is_ready) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(db.BeginImmediate());
  Status status = db.Run(kCreateTables);
  if (status.ok()) {
    status = db.Commit();
  }
  db.Rollback();
  return status;
}

Result<bool> CatalogTables::NamespaceExists(const std::string& ns) {
  const ChildRange below(ns);
  bool exists = false;
  ARROW_RETURN_NOT_OK(db_.Query(
      "SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = ?1 AND "
      "(namespace = ?2 OR (namespace >= ?3 AND namespace < ?4)) "
      "UNION ALL SELECT 1 FROM iceberg_tables WHERE catalog_name = ?1 AND "
      "(table_namespace = ?2 OR (table_namespace >= ?3 AND table_namespace < ?4)) LIMIT "
      "1",
      {catalog_, ns, below.first, below.end}, [&](const Row&) { exists = true; }));
  return exists;
}

Result<std::vector<std::string>> CatalogTables::NamespacesBelow(
    const std::string& parent) {
  std::vector<std::string> found;
  const auto add = [&](const Row& row) {
    found.push_back(row.Text("namespace").value_or(""));
  };
  if (parent.empty()) {
    ARROW_RETURN_NOT_OK(db_.Query(
        "SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = ?1 "
        "UNION SELECT table_namespace FROM iceberg_tables WHERE catalog_name = ?1 ORDER "
        "BY 1",
        {catalog_}, add));
    return found;
  }
  const ChildRange below(parent);
  ARROW_RETURN_NOT_OK(db_.Query(
      "SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = ?1 AND "
      "namespace >= ?2 AND namespace < ?3 UNION SELECT table_namespace FROM "
      "iceberg_tables "
      "WHERE catalog_name = ?1 AND table_namespace >= ?2 AND table_namespace < ?3 ORDER "
      "BY 1",
      {catalog_, below.first, below.end}, add));
  return found;
}

Result<std::map<std::string, std::string>> CatalogTables::Properties(
    const std::string& ns) {
  std::map<std::string, std::string> properties;
  ARROW_RETURN_NOT_OK(
      db_.Query("SELECT property_key, property_value FROM iceberg_namespace_properties "
                "WHERE catalog_name = ?1 AND namespace = ?2",
                {catalog_, ns}, [&](const Row& row) {
                  properties[row.Text("property_key").value_or("")] =
                      row.Text("property_value").value_or("");
                }));
  return properties;
}

Status CatalogTables::SetProperty(const std::string& ns, const std::string& key,
                                  const std::string& value) {
  return db_
      .Execute(
          "INSERT OR REPLACE INTO iceberg_namespace_properties "
          "(catalog_name, namespace, property_key, property_value) VALUES (?1, ?2, ?3, "
          "?4)",
          {catalog_, ns, key, value})
      .status();
}

Status CatalogTables::RemoveProperty(const std::string& ns, const std::string& key) {
  return db_
      .Execute(
          "DELETE FROM iceberg_namespace_properties "
          "WHERE catalog_name = ?1 AND namespace = ?2 AND property_key = ?3",
          {catalog_, ns, key})
      .status();
}

Status CatalogTables::RemoveAllProperties(const std::string& ns) {
  return db_
      .Execute(
          "DELETE FROM iceberg_namespace_properties WHERE catalog_name = ?1 AND "
          "namespace = ?2",
          {catalog_, ns})
      .status();
}

// The next two ask for all columns, since another process may add iceberg_type at any
// moment.

Result<std::optional<Entry>> CatalogTables::Find(const std::string& ns,
                                                 const std::string& name) {
  std::optional<Entry> found;
  ARROW_RETURN_NOT_OK(
      db_.Query("SELECT * FROM iceberg_tables "
                "WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3",
                {catalog_, ns, name}, [&](const Row& row) { found = EntryOf(row); }));
  return found;
}

Result<std::vector<Entry>> CatalogTables::List(const std::string& ns) {
  std::vector<Entry> entries;
  ARROW_RETURN_NOT_OK(db_.Query(
      "SELECT * FROM iceberg_tables WHERE catalog_name = ?1 AND table_namespace = ?2 "
      "ORDER BY table_name",
      {catalog_, ns}, [&](const Row& row) { entries.push_back(EntryOf(row)); }));
  return entries;
}

Result<bool> CatalogTables::HasTypeColumn() {
  ARROW_ASSIGN_OR_RAISE(const auto columns, ColumnsOf(db_, "iceberg_tables"));
  return columns.contains(kTypeColumn);
}

Status CatalogTables::Insert(const Entry& entry) {
  ARROW_ASSIGN_OR_RAISE(const bool has_type, HasTypeColumn());
  const Parameter location = entry.metadata_location;
  if (!has_type && entry.type == EntryType::kTable) {
    return db_
        .Execute(
            "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, "
            "metadata_location) VALUES (?1, ?2, ?3, ?4)",
            {catalog_, entry.name_space, entry.name, location})
        .status();
  }
  if (!has_type) {
    // Views need the column: the reference implementation's own step to schema version 1,
    // which older programs on this file do not notice.
    ARROW_RETURN_NOT_OK(
        db_.Run("ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)"));
  }
  const char* type = entry.type == EntryType::kView ? "VIEW" : "TABLE";
  return db_
      .Execute(
          "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, "
          "metadata_location, iceberg_type) VALUES (?1, ?2, ?3, ?4, ?5)",
          {catalog_, entry.name_space, entry.name, location, type})
      .status();
}

Result<bool> CatalogTables::Swap(const Entry& entry, const std::string& expected) {
  ARROW_ASSIGN_OR_RAISE(
      const int64_t changed,
      db_.Execute("UPDATE iceberg_tables SET metadata_location = ?1, "
                  "previous_metadata_location = ?2 WHERE catalog_name = ?3 AND "
                  "table_namespace = ?4 AND table_name = ?5 AND metadata_location = ?2",
                  {NullIfEmpty(entry.metadata_location), expected, catalog_,
                   entry.name_space, entry.name}));
  return changed == 1;
}

Status CatalogTables::Touch() {
  // The user version is no program's business but ours, and it keeps its value.
  int64_t version = 0;
  ARROW_RETURN_NOT_OK(db_.Query("PRAGMA user_version", {},
                                [&](const Row& row) { version = row.Int64(0); }));
  return db_.Run(("PRAGMA user_version = " + std::to_string(version)).c_str());
}

Result<bool> CatalogTables::Remove(const std::string& ns, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(
      const int64_t changed,
      db_.Execute("DELETE FROM iceberg_tables "
                  "WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3",
                  {catalog_, ns, name}));
  return changed == 1;
}

Result<bool> CatalogTables::Rename(const Entry& from, const std::string& ns,
                                   const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(
      const int64_t changed,
      db_.Execute("UPDATE iceberg_tables SET table_namespace = ?1, table_name = ?2 "
                  "WHERE catalog_name = ?3 AND table_namespace = ?4 AND table_name = ?5",
                  {ns, name, catalog_, from.name_space, from.name}));
  return changed == 1;
}

}  // namespace tarn::catalog::internal
