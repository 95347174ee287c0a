// Trino's client protocol on the SQL engine: /v1/statement and what belongs to it.
//
//   TrinoGateway gateway({.open_engine = open, .authenticator = authenticator.get()});
//   gateway.AddRoutes(&router);
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tarn/gateway/sql_access.h"
#include "tarn/gateway/trino/engine_sessions.h"
#include "tarn/gateway/trino/query_manager.h"
#include "tarn/gateway/trino/remote_route.h"
#include "tarn/net/router.h"

namespace tarn::governance {
class Authenticator;
}  // namespace tarn::governance

namespace tarn::gateway {

struct TrinoGatewayOptions {
  /// Opens the engine, at the first statement; by one thread at a time.
  trino::EngineSessions::OpenEngine open_engine;
  /// Who may call; nullptr: everybody who says who they are.
  governance::Authenticator* authenticator = nullptr;
  SqlAccess access = {};
  trino::QueryLimits limits = {};
  /// "https://lake.example.org", where clients reach the server; from each request if
  /// empty.
  std::string public_url = "";
  /// The other server that statements may run on; unset: they all run here.
  std::optional<trino::RouteSettings> route = std::nullopt;
};

/// Handlers are thread-safe. What the options refer to outlives it, and it outlives the
/// server.
class TrinoGateway {
 public:
  explicit TrinoGateway(TrinoGatewayOptions options);
  ~TrinoGateway();
  TrinoGateway(const TrinoGateway&) = delete;
  TrinoGateway& operator=(const TrinoGateway&) = delete;

  void AddRoutes(net::Router* router);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::gateway
