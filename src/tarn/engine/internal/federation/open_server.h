// Loads DuckDB's extension for a database server and connects to it.
#pragma once

#include <memory>
#include <string>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/transaction/transaction_manager.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/federation/federated_catalog.h"

namespace tarn::engine {

/// What the extension made for an attached database. Its catalog outlives its manager.
struct OpenedServer {
  duckdb::unique_ptr<duckdb::Catalog> catalog;
  duckdb::unique_ptr<duckdb::TransactionManager> transactions;
};

/// Errors: kNoSuchFile without the extension, kUnavailable with catalog, host and port if
/// the server does not answer or refuses; no secret is in a message.
Result<std::unique_ptr<OpenedServer>> OpenServer(duckdb::AttachedDatabase& attached,
                                                 const std::string& name,
                                                 const ServerConnection& connection,
                                                 const FederatedServers& servers);

}  // namespace tarn::engine
