// Operations that clients name by a key (the REST specification's Idempotency-Key), and
// what was answered to them.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"

namespace tarn::catalog {

struct OperationRecord {
  Operation operation;
  /// Its change is in the catalog: written in the same transaction (WithOperation). False
  /// for an answer that was kept without a change.
  bool is_applied = false;
  int status = 0;  // of the answer; 0: none was kept, the server died before it could
  std::string answer = {};
  std::chrono::milliseconds created_at{0};  // since the Unix epoch, UTC
};

/// Thread-safe; several processes may share one. Errors of all: those of the store
/// (kUnavailable, kIoFailed, …).
class OperationStore {
 public:
  virtual ~OperationStore() = default;

  /// Unset if the key was never seen, or was pruned.
  virtual Result<std::optional<OperationRecord>> Find(const std::string& key) = 0;
  /// Keeps the answer for the operation, whether its change was written down before or it
  /// changes nothing. The first answer stays. Errors: kInvalidArgument if the key is
  /// another request's.
  virtual Status Finish(const Operation& operation, int status,
                        const std::string& answer) = 0;
  /// Forgets operations made before `before`; gives how many.
  virtual Result<int64_t> Prune(std::chrono::milliseconds before) = 0;
};

}  // namespace tarn::catalog
