// Where a statement runs: here, or on another Trino server that works on the same tables.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/gateway/trino/client_context.h"
#include "tarn/gateway/trino/remote_query.h"
#include "tarn/net/http_client.h"

namespace tarn::gateway::trino {

enum class RouteMode : uint8_t { kAuto, kLocal, kTrino };

/// All conditions that are set must hold. "*" in patterns stands for any text.
struct RouteRule {
  std::string name;
  int64_t bytes_min = 0;    // of the files that the statement would read
  std::string table = {};   // "sales.*", "iceberg.sales.orders": any table of it
  std::string user = {};    // pattern
  std::string source = {};  // pattern
  std::optional<bool> writes = {};
  RouteMode to = RouteMode::kTrino;  // never kAuto

  bool NeedsPlan() const { return bytes_min > 0 || !table.empty(); }
};

struct RouteSettings {
  RemoteServer server;
  RouteMode mode = RouteMode::kAuto;  // where neither session nor hint says
  /// What the other server cannot be asked for runs here.
  bool falls_back = false;
  std::vector<RouteRule> rules;  // the first that holds decides; none: here
};

/// sql.route.*; unset without an url. Errors: kInvalidArgument.
Result<std::optional<RouteSettings>> RouteSettingsFrom(const Config& config);

/// "auto", "local", "trino". Errors: INVALID_SESSION_PROPERTY.
Result<RouteMode> RouteModeOf(const std::string& word);
/// What /*+ route(trino) */ before a statement says; unset without one. Errors:
/// INVALID_SESSION_PROPERTY.
Result<std::optional<RouteMode>> RouteHint(std::string_view text);
/// Thread-safe.
class RemoteRoute {
 public:
  explicit RemoteRoute(RouteSettings settings);

  /// Finds out what a statement would read; asked for only if a rule needs it.
  using Estimate = std::function<Result<engine::ScanEstimate>()>;

  struct Decision {
    RouteMode where = RouteMode::kLocal;
    std::string reason = {};  // "hint", "session", "settings", a rule's name
  };
  /// Errors: NOT_SUPPORTED where the client asks for what cannot be;
  /// INVALID_SESSION_PROPERTY.
  Result<Decision> Decide(const ClientContext& client, const std::string& text,
                          const Estimate& estimate) const;

  /// A query there, not begun.
  std::shared_ptr<RemoteQuery> MakeQuery();
  /// Whether a statement that could not begin there for `reason` may run here.
  bool FallsBack(const Status& reason, const std::string& text) const;

 private:
  Result<Decision> ByRules(const ClientContext& client, const std::string& text,
                           const Estimate& estimate) const;

  const RouteSettings settings_;
  net::HttpClient http_;
};

}  // namespace tarn::gateway::trino
