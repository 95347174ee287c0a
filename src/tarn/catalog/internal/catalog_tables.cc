#include "tarn/catalog/internal/catalog_tables.h"

#include <set>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::catalog::internal {
namespace {

constexpr char kTypeColumn[] = "iceberg_type";

/// Keys of namespaces below `ns`: from "ns." up to but not "ns/", '/' being the character
/// after '.'.
struct ChildRange {
  explicit ChildRange(const std::string& ns) : first(ns + "."), end(ns + "/") {}
  std::string first;
  std::string end;
};

Entry EntryOf(const SqlRow& row) {
  Entry entry;
  entry.name_space = row.TextOrEmpty("table_namespace");
  entry.name = row.TextOrEmpty("table_name");
  // Null is what catalogs that know no views wrote.
  if (row.Text(kTypeColumn) == "VIEW") {
    entry.type = EntryType::kView;
  }
  entry.metadata_location = row.TextOrEmpty("metadata_location");
  entry.previous_metadata_location = row.TextOrEmpty("previous_metadata_location");
  return entry;
}

SqlParameter NullIfEmpty(const std::string& text) {
  return text.empty() ? SqlParameter() : SqlParameter(text);
}

}  // namespace

Result<bool> CatalogTables::NamespaceExists(const std::string& ns) {
  const ChildRange below(ns);
  bool exists = false;
  ARROW_RETURN_NOT_OK(db_.Query(
      "SELECT 1 FROM iceberg_namespace_properties WHERE catalog_name = ?1 AND "
      "(namespace = ?2 OR (namespace COLLATE BINARY >= ?3 AND "
      "namespace COLLATE BINARY < ?4)) "
      "UNION ALL SELECT 1 FROM iceberg_tables WHERE catalog_name = ?1 AND "
      "(table_namespace = ?2 OR (table_namespace COLLATE BINARY >= ?3 AND "
      "table_namespace COLLATE BINARY < ?4)) LIMIT 1",
      {catalog_, ns, below.first, below.end}, [&](const SqlRow&) { exists = true; }));
  return exists;
}

Result<std::vector<std::string>> CatalogTables::NamespacesBelow(
    const std::string& parent) {
  std::vector<std::string> found;
  const auto add = [&](const SqlRow& row) { found.push_back(row.TextOrEmpty("ns")); };
  if (parent.empty()) {
    ARROW_RETURN_NOT_OK(db_.Query(
        "SELECT namespace COLLATE BINARY AS ns FROM iceberg_namespace_properties "
        "WHERE catalog_name = ?1 UNION "
        "SELECT table_namespace COLLATE BINARY AS ns FROM iceberg_tables "
        "WHERE catalog_name = ?1 ORDER BY 1",
        {catalog_}, add));
    return found;
  }
  const ChildRange below(parent);
  ARROW_RETURN_NOT_OK(
      db_.Query("SELECT namespace COLLATE BINARY AS ns FROM iceberg_namespace_properties "
                "WHERE catalog_name = ?1 AND namespace COLLATE BINARY >= ?2 AND "
                "namespace COLLATE BINARY < ?3 UNION "
                "SELECT table_namespace COLLATE BINARY AS ns FROM iceberg_tables "
                "WHERE catalog_name = ?1 AND table_namespace COLLATE BINARY >= ?2 AND "
                "table_namespace COLLATE BINARY < ?3 ORDER BY 1",
                {catalog_, below.first, below.end}, add));
  return found;
}

Result<std::map<std::string, std::string>> CatalogTables::Properties(
    const std::string& ns) {
  std::map<std::string, std::string> properties;
  ARROW_RETURN_NOT_OK(db_.Query(
      "SELECT property_key, property_value FROM iceberg_namespace_properties "
      "WHERE catalog_name = ?1 AND namespace = ?2",
      {catalog_, ns}, [&](const SqlRow& row) {
        properties[row.TextOrEmpty("property_key")] = row.TextOrEmpty("property_value");
      }));
  return properties;
}

Status CatalogTables::SetProperty(const std::string& ns, const std::string& key,
                                  const std::string& value) {
  return db_
      .Execute(
          "INSERT INTO iceberg_namespace_properties "
          "(catalog_name, namespace, property_key, property_value) "
          "VALUES (?1, ?2, ?3, ?4) "
          "ON CONFLICT (catalog_name, namespace, property_key) "
          "DO UPDATE SET property_value = excluded.property_value",
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
  constexpr std::string_view kFind =
      "SELECT * FROM iceberg_tables "
      "WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3";
  constexpr std::string_view kFindAndLock =
      "SELECT * FROM iceberg_tables "
      "WHERE catalog_name = ?1 AND table_namespace = ?2 AND table_name = ?3 FOR UPDATE";
  std::optional<Entry> found;
  ARROW_RETURN_NOT_OK(db_.Query(locks_ == RowLocks::kNone ? kFind : kFindAndLock,
                                {catalog_, ns, name},
                                [&](const SqlRow& row) { found = EntryOf(row); }));
  return found;
}

Result<std::vector<Entry>> CatalogTables::List(const std::string& ns) {
  std::vector<Entry> entries;
  ARROW_RETURN_NOT_OK(db_.Query(
      "SELECT * FROM iceberg_tables WHERE catalog_name = ?1 AND table_namespace = ?2 "
      "ORDER BY table_name COLLATE BINARY",
      {catalog_, ns}, [&](const SqlRow& row) { entries.push_back(EntryOf(row)); }));
  return entries;
}

Result<std::vector<Entry>> CatalogTables::ListAll() {
  std::vector<Entry> entries;
  ARROW_RETURN_NOT_OK(
      db_.Query("SELECT * FROM iceberg_tables WHERE catalog_name = ?1", {catalog_},
                [&](const SqlRow& row) { entries.push_back(EntryOf(row)); }));
  return entries;
}

Result<bool> CatalogTables::HasTypeColumn() {
  ARROW_ASSIGN_OR_RAISE(const auto columns, db_.ColumnsOf("iceberg_tables"));
  return columns.contains(kTypeColumn);
}

Status CatalogTables::Insert(const Entry& entry) {
  ARROW_ASSIGN_OR_RAISE(const bool has_type, HasTypeColumn());
  const bool is_view = entry.type == EntryType::kView;
  if (!has_type && is_view) {
    // Views need the column: the reference implementation's own step to schema version 1,
    // which older programs on this database do not notice.
    ARROW_RETURN_NOT_OK(
        db_.Run("ALTER TABLE iceberg_tables ADD COLUMN iceberg_type VARCHAR(5)"));
  }
  // A name that is taken must not fail the statement: with PostgreSQL the transaction
  // would be lost with it.
  const SqlParameter location = NullIfEmpty(entry.metadata_location);
  const SqlParameter previous = NullIfEmpty(entry.previous_metadata_location);
  Result<int64_t> inserted =
      !has_type && !is_view
          ? db_.Execute(
                "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, "
                "metadata_location, previous_metadata_location) "
                "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                {catalog_, entry.name_space, entry.name, location, previous})
          : db_.Execute(
                "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, "
                "metadata_location, previous_metadata_location, iceberg_type) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                {catalog_, entry.name_space, entry.name, location, previous,
                 is_view ? "VIEW" : "TABLE"});
  ARROW_ASSIGN_OR_RAISE(const int64_t count, inserted);
  if (count == 1) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kAlreadyExists,
                   "Name already exists: " + entry.name_space + "." + entry.name);
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
