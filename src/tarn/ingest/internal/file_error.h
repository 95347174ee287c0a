// Errors of third-party readers as ours: which file, and that its bytes are at fault.
#pragma once

#include <string>

#include "tarn/base/result.h"

namespace tarn::ingest::internal {

/// `status` with `path` in front, on one line. Codes that only say "the reader did not
/// like it" become kInvalidData.
Status InFile(const std::string& path, const Status& status);

}  // namespace tarn::ingest::internal
