#include "tarn/table/maintenance/action.h"

#include "tarn/base/error.h"

namespace tarn::table {

Status ActionControl::Check() const {
  if (is_cancelled && is_cancelled()) {
    return MakeError(ErrorCode::kCancelled, "Maintenance was cancelled");
  }
  return Status::OK();
}

void ActionControl::Report(const std::string& stage, int64_t done, int64_t total) const {
  if (progress) {
    progress({stage, done, total});
  }
}

}  // namespace tarn::table
