// Fetching a file over HTTP.
#pragma once

#include <functional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/ingest/format.h"

namespace tarn::ingest::internal {

/// Fetches `url` into `directory` and gives the file's path, named so that its extension
/// tells its format (the URL's own name, else by `format`, else by the answer's
/// Content-Type). Errors: kNoSuchFile, kForbidden, kUnavailable, kTimeout, kCancelled,
/// kIoFailed, each naming the URL without its user, password and query.
Result<std::string> Download(const std::string& url, Format format,
                             const std::string& directory,
                             const std::function<bool()>& cancelled);

/// `url` without user, password and query, for messages and summaries; other locations as
/// they are.
std::string WithoutSecrets(const std::string& location);

}  // namespace tarn::ingest::internal
