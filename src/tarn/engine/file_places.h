// Places whose files callers may have read that do not reach the server: the setting
// sql.file_roots, which sessions of SQL keep to by themselves.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"

namespace tarn::engine {

/// Directories and beginnings of locations that the setting lists.
std::vector<std::string> FileRootsFrom(const Config& config);

/// Whether the file `location` (absolute, or of an object store or web server) is below
/// one of these once links and ".." are followed. What matches a pattern must be asked
/// again: it may be a link. Errors: kInvalidArgument for roots that are no places.
Result<bool> IsBelowRoots(const std::vector<std::string>& roots,
                          std::string_view location);

}  // namespace tarn::engine
