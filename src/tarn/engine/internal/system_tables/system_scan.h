// A system table as DuckDB reads it: a table function that knows which names are asked
// for.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <duckdb/main/database.hpp>
#include <duckdb/parser/tableref.hpp>

#include "tarn/engine/internal/system_tables/system_table.h"
#include "tarn/engine/server_state.h"

namespace tarn::engine::system_tables {

/// What the scans of one engine share. Thread-safe.
class ServerLink {
 public:
  void Set(std::shared_ptr<const ServerState> state) { state_.store(std::move(state)); }
  std::shared_ptr<const ServerState> Get() const { return state_.load(); }

 private:
  std::atomic<std::shared_ptr<const ServerState>> state_;
};

/// Makes TableOf work in `database`.
void RegisterSystemTables(duckdb::DatabaseInstance& database,
                          std::shared_ptr<const ServerLink> server);

/// `table` of `catalog` in a FROM, under its own name. Binding it fails if there is no
/// such catalog.
duckdb::unique_ptr<duckdb::TableRef> TableOf(const std::string& catalog,
                                             const SystemTable& table);

}  // namespace tarn::engine::system_tables
