// Rows that a reader refused, as CSV for the person who loads.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/engine.h"

namespace tarn::ingest::internal {

/// Writes "file,line,column,message,row" lines (RFC 4180) to the local file `path`,
/// replacing it. Errors: kIoFailed, kForbidden, kDiskFull.
Status WriteRejects(const std::string& path,
                    const std::vector<engine::RejectedRow>& rows);

/// "Row refused at file:line, column c: message", with the number of further ones and
/// `advice`; kInvalidData.
Status RejectsError(const std::vector<engine::RejectedRow>& rows,
                    const std::string& advice);

}  // namespace tarn::ingest::internal
