// A PostgreSQL or MySQL server as a catalog. Its name is known from the start; DuckDB's
// extension is loaded, and the server asked, when a statement first names it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tarn/engine/engine.h"
#include "tarn/engine/internal/federation/server_connection.h"

namespace duckdb {
class ClientContext;
struct DBConfig;
}  // namespace duckdb

namespace tarn::engine {

/// The type name in ATTACH '' AS name (TYPE tarn_server).
inline constexpr char kServerType[] = "tarn_server";

/// ATTACH of a server that FederatedServers has.
std::string AttachServerText(const std::string& name, const ServerConnection& connection);

/// The servers of an engine by the names of their catalogs, and which catalogs CREATE
/// CATALOG made. Thread-safe.
class FederatedServers {
 public:
  /// `extension_directories`: where DuckDB's signed extensions are looked for, in order.
  /// `keeper` outlives it; nullptr: what is made is not kept.
  FederatedServers(std::vector<std::string> extension_directories, CatalogKeeper* keeper)
      : extension_directories_(std::move(extension_directories)), keeper_(keeper) {}
  /// Those of the client's engine.
  static FederatedServers& Of(duckdb::ClientContext& context);

  Status Keep(const OtherCatalog& catalog);
  Status Forget(const std::string& name);
  bool IsKept(const std::string& name) const;
  /// Those that were kept; from now on IsKept.
  Result<std::vector<OtherCatalog>> Kept();

  void Put(const std::string& name, ServerConnection connection);
  void Remove(const std::string& name);
  std::optional<ServerConnection> Find(const std::string& name) const;
  /// The file of an extension. Errors: kNoSuchFile.
  Result<std::string> ExtensionFile(const std::string& extension) const;

 private:
  const std::vector<std::string> extension_directories_;
  mutable std::mutex mutex_;
  CatalogKeeper* const keeper_;
  std::map<std::string, ServerConnection> by_name_;
  std::set<std::string> kept_;
};

/// Makes ATTACH know kServerType. Before the database is opened.
void RegisterServers(duckdb::DBConfig& config, std::shared_ptr<FederatedServers> servers);

}  // namespace tarn::engine
