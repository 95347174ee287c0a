// Base URLs of object stores as settings name them.
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::io {

struct Endpoint {
  std::string scheme;     // "http" or "https"
  std::string authority;  // "host:port"
};

/// "http://host:port", also with a slash at the end; https if there is no scheme. Errors:
/// kInvalidArgument that names `setting`.
Result<Endpoint> ParseEndpoint(std::string_view setting, std::string_view url);

}  // namespace tarn::io
