// What a running server tells SQL of itself: rows of system.runtime.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::engine {

/// A statement as system.runtime.queries shows it; times are since the epoch.
struct RuntimeQuery {
  std::string id;
  std::string state;  // "RUNNING"
  std::string user;
  std::string source;  // empty: not said
  std::string text;
  std::vector<std::string> resource_group;
  int64_t queued_millis = 0;
  std::chrono::milliseconds created_at{0};
  std::optional<std::chrono::milliseconds> started_at = {};
  std::chrono::milliseconds heard_of_at{0};
  std::optional<std::chrono::milliseconds> ended_at = {};
  std::string error_type = {};  // empty: none
  std::string error_name = {};
};

/// A transaction that a client began.
struct RuntimeTransaction {
  std::string id;
  std::chrono::milliseconds created_at{0};
  int64_t idle_seconds = 0;
};

/// Thread-safe.
class ServerState {
 public:
  virtual ~ServerState() = default;
  virtual std::vector<RuntimeQuery> Queries() const = 0;
  virtual std::vector<RuntimeTransaction> Transactions() const = 0;
  /// "http://127.0.0.1:8080"; empty if it is not known.
  virtual std::string Address() const = 0;
};

}  // namespace tarn::engine
