// The tables of Trino's dialect that no catalog stores: information_schema of each
// catalog, `system`, and iceberg.system.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/common/types.hpp>
#include <duckdb/common/types/value.hpp>
#include <duckdb/main/client_context.hpp>

#include "tarn/engine/internal/system_tables/catalog_listing.h"
#include "tarn/engine/server_state.h"

namespace tarn::engine::system_tables {

/// What a table has rows for.
enum class RowsPer : uint8_t { kServer, kCatalog, kSchema, kObject };

struct SystemColumn {
  std::string name;
  duckdb::LogicalType type = duckdb::LogicalType::VARCHAR;
  /// Hidden: not part of SELECT *.
  bool is_hidden = false;
};

/// Which columns hold the names of what rows are about; -1: none does.
struct NameColumns {
  int catalog = -1;
  int schema = -1;
  int name = -1;
};

using Row = std::vector<duckdb::Value>;

/// What makers of rows are given.
struct RowRequest {
  duckdb::ClientContext& context;
  const ServerState* server;  // nullptr: the program is no server
  /// By column: whether anybody reads it.
  std::vector<bool> is_read;

  bool Reads(size_t column) const { return is_read[column]; }
};

struct SystemTable {
  std::string schema;
  std::string name;
  std::vector<SystemColumn> columns;
  NameColumns names = {};
  RowsPer per = RowsPer::kServer;
  /// Adds the rows for `object`, of which the names down to `per` are set. A row may end
  /// before the last column: what is missing is null.
  void (*add_rows)(const RowRequest& request, const ListedObject& object,
                   std::vector<Row>* rows) = nullptr;

  /// Whether `catalog` has it; `is_ours`: its tables are Iceberg's.
  bool IsIn(std::string_view catalog, bool is_ours) const;
};

/// All of them; made at the first call.
const std::vector<SystemTable>& AllSystemTables();
/// nullptr if there is none. Names are in lower case.
const SystemTable* FindSystemTable(std::string_view catalog, std::string_view schema,
                                   std::string_view name);
/// Whether `catalog` has system tables in `schema`; `ours`: the catalog if it is
/// Iceberg's.
bool HasSystemSchema(std::string_view catalog, std::string_view schema,
                     const AttachedCatalog* ours);
/// Whether names in this schema never lead to what catalogs store.
bool IsSystemSchema(std::string_view catalog, std::string_view schema);

// The files of tables.
void AddInformationSchema(std::vector<SystemTable>* tables);
void AddJdbcTables(std::vector<SystemTable>* tables);
void AddMetadataTables(std::vector<SystemTable>* tables);
void AddRuntimeTables(std::vector<SystemTable>* tables);

/// Columns from words: "table_cat data_type:n". What follows the colon is the type: n a
/// bigint, b a boolean, d a double, t an instant, l a list of texts, m a map of doubles,
/// h a hidden text, H a hidden bigint; a text if there is none.
std::vector<SystemColumn> Columns(std::string_view words);
/// Null for an empty text.
duckdb::Value TextOrNull(const std::string& text);
/// A table that has no rows.
void NoRows(const RowRequest& request, const ListedObject& object,
            std::vector<Row>* rows);

}  // namespace tarn::engine::system_tables
