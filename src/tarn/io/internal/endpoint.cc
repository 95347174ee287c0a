#include "tarn/io/internal/endpoint.h"

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::io {

Result<Endpoint> ParseEndpoint(std::string_view setting, std::string_view url) {
  constexpr std::string_view kAfterScheme = "://";
  std::string_view rest = url;
  Endpoint endpoint{.scheme = "https", .authority = {}};
  if (const size_t colon = rest.find(kAfterScheme); colon != std::string_view::npos) {
    endpoint.scheme = rest.substr(0, colon);
    rest.remove_prefix(colon + kAfterScheme.size());
  }
  while (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  const bool known_scheme = endpoint.scheme == "http" || endpoint.scheme == "https";
  if (!known_scheme || rest.empty() ||
      rest.find_first_of("/?#@ ") != std::string_view::npos) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("{} must look like http://host:port, got: {}", setting, url));
  }
  endpoint.authority = rest;
  return endpoint;
}

}  // namespace tarn::io
