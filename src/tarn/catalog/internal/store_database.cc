#include "tarn/catalog/internal/store_database.h"

#include "tarn/base/error.h"

namespace tarn::catalog::internal {

Status OutcomeError(const Status& status, WriteOutcome outcome, const std::string& what) {
  // A full disk stops a transaction before its last frame: nothing was applied.
  const bool is_told = status.ok() || outcome != WriteOutcome::kUnknown ||
                       CodeOf(status) == ErrorCode::kDiskFull;
  if (is_told) {
    return status;
  }
  return MakeError(ErrorCode::kCommitStateUnknown,
                   "Cannot tell whether a change of " + what +
                       " was made (look before making it again): " + status.message());
}

}  // namespace tarn::catalog::internal
