// What system.runtime shows of this server.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/engine/query_figures.h"
#include "tarn/engine/server_state.h"

namespace tarn::gateway::trino {

class QueryManager;

/// Thread-safe; may outlive the manager once it is detached.
class RuntimeView final : public engine::ServerState, public engine::QueryFiguresSource {
 public:
  explicit RuntimeView(const QueryManager* manager) : manager_(manager) {}

  /// From here on there is nothing to show.
  void Detach();
  void SetAddress(const std::string& address);

  std::vector<engine::RuntimeQuery> Queries() const override;
  std::map<std::string, engine::QueryFigures> Figures() const override;
  std::vector<engine::RuntimeTransaction> Transactions() const override;
  std::string Address() const override;

 private:
  mutable std::mutex mutex_;
  const QueryManager* manager_;
  std::string address_;
};

}  // namespace tarn::gateway::trino
