#include "tarn/governance/authorization_header.h"

#include <algorithm>
#include <utility>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"

namespace tarn::governance {
namespace {

/// Headers are limited as a whole; a secret or a token is never near this.
constexpr size_t kCredentialsBytesMax = 16 << 10;

bool StartsWithScheme(std::string_view header, std::string_view lower_case) {
  return header.size() > lower_case.size() && header[lower_case.size()] == ' ' &&
         std::equal(lower_case.begin(), lower_case.end(), header.begin(),
                    [](char a, char b) {
                      return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
                    });
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

Status Refused(const char* what) { return MakeError(ErrorCode::kUnauthenticated, what); }

}  // namespace

Result<Authorization> ParseAuthorization(std::string_view header) {
  if (header.size() > kCredentialsBytesMax) {
    return Refused("The Authorization header is too long");
  }
  header = Trimmed(header);
  if (StartsWithScheme(header, "bearer")) {
    const std::string_view token = Trimmed(header.substr(7));
    return BearerToken{std::string(token)};
  }
  if (!StartsWithScheme(header, "basic")) {
    return Refused("The Authorization header is neither \"Bearer\" nor \"Basic\"");
  }
  const Result<std::string> decoded = Base64Decode(Trimmed(header.substr(6)));
  const size_t colon = decoded.ok() ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos || colon == 0) {
    return Refused("The Authorization header's Basic credentials are not id:secret");
  }
  return ClientCredentials{.client_id = decoded->substr(0, colon),
                           .client_secret = decoded->substr(colon + 1)};
}

}  // namespace tarn::governance
