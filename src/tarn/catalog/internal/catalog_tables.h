// The two tables that every SQL/JDBC catalog shares, as rows: which statements, which
// columns.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/internal/sql_connection.h"

namespace tarn::catalog::internal {

enum class EntryType : uint8_t { kTable, kView };

/// A row of iceberg_tables.
struct Entry {
  std::string name_space;  // levels joined by dots
  std::string name;
  EntryType type = EntryType::kTable;
  std::string metadata_location;           // empty if null
  std::string previous_metadata_location;  // empty if null
};

/// Whether an entry that Find gave stays as it is until the transaction ends.
enum class RowLocks : uint8_t { kNone, kUntilCommit };

/// Statements on one catalog's rows. Calls that change several rows need a transaction
/// around them. `connection` and `catalog_name` outlive it.
class CatalogTables {
 public:
  CatalogTables(SqlConnection& connection, const std::string& catalog_name,
                RowLocks locks)
      : db_(connection), catalog_(catalog_name), locks_(locks) {}

  /// A namespace is there if it has a property, a table, a view or a child.
  Result<bool> NamespaceExists(const std::string& ns);
  /// Every namespace below `parent` (empty: all), any depth, as its text.
  Result<std::vector<std::string>> NamespacesBelow(const std::string& parent);
  Result<std::map<std::string, std::string>> Properties(const std::string& ns);
  Status SetProperty(const std::string& ns, const std::string& key,
                     const std::string& value);
  Status RemoveProperty(const std::string& ns, const std::string& key);
  Status RemoveAllProperties(const std::string& ns);

  Result<std::optional<Entry>> Find(const std::string& ns, const std::string& name);
  Result<std::vector<Entry>> List(const std::string& ns);
  /// Of all namespaces, at one moment.
  Result<std::vector<Entry>> ListAll();
  /// Errors: kAlreadyExists.
  Status Insert(const Entry& entry);
  /// False if the entry is gone or not at `expected` any more.
  Result<bool> Swap(const Entry& entry, const std::string& expected);
  Result<bool> Remove(const std::string& ns, const std::string& name);
  /// False if there is no such entry. Errors: kAlreadyExists.
  Result<bool> Rename(const Entry& from, const std::string& ns, const std::string& name);

  /// Writes to the database without changing anything.
  Status Touch() { return db_.Touch(); }

  /// For rows of Tarn's own tables (dropped_rows.h, operation_rows.h).
  SqlConnection& connection() { return db_; }
  const std::string& catalog_name() const { return catalog_; }

 private:
  Result<bool> HasTypeColumn();

  SqlConnection& db_;
  const std::string& catalog_;
  const RowLocks locks_;
};

}  // namespace tarn::catalog::internal
