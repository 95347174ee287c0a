// Deleting many files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table::internal {

struct FileDeletion {
  std::vector<TableFile> deleted = {};
  std::vector<TableFile> failed = {};
  Status first_error = Status::OK();  // of those that failed
};

/// Deletes `files` on up to `threads_max` threads, content before manifests before
/// manifest lists before the rest: what is left after a crash is still described by
/// what is left. A file that cannot be deleted does not stop the others. Errors:
/// kCancelled.
Result<FileDeletion> DeleteFiles(io::FileIO& io, const std::vector<TableFile>& files,
                                 int32_t threads_max, const ActionControl& control);

}  // namespace tarn::table::internal
