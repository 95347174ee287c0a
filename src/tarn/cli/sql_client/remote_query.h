// One query on a server: its pages as rows.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <arrow/type_fwd.h>
#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/cli/sql_client/protocol_session.h"
#include "tarn/engine/engine.h"

namespace tarn::cli {

/// What other threads see of the query that runs. Thread-safe.
class RunningQuery {
 public:
  void Begin();
  void Note(const nlohmann::ordered_json& answer);
  /// True once for each query: whoever gets it tells the server.
  bool TakeCancel(std::string* uri);
  void Interrupt() { interrupted_ = true; }
  const std::atomic<bool>& interrupted() const { return interrupted_; }
  engine::Progress progress() const;
  std::string next_uri() const;

 private:
  std::atomic<bool> interrupted_ = false;
  mutable std::mutex mutex_;  // guards what follows
  std::string next_uri_;
  bool cancelled_ = false;
  engine::Progress progress_;
};

/// Runs a statement to its first rows, and one without rows to its end. `session` and
/// `running` outlive the result. Errors: the statement's, with its place; kCancelled.
Result<std::unique_ptr<engine::ResultStream>> RunRemote(std::string_view sql,
                                                        ProtocolSession& session,
                                                        RunningQuery& running);

}  // namespace tarn::cli
