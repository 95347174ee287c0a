// The Authorization header's two schemes that Tarn takes.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "tarn/base/result.h"
#include "tarn/governance/authenticator.h"

namespace tarn::governance {

struct BearerToken {
  std::string token;
};

using Authorization = std::variant<BearerToken, ClientCredentials>;

/// "Bearer x" (RFC 6750) or "Basic base64(id:secret)" (RFC 7617); the scheme in any case.
/// Errors: kUnauthenticated for another scheme or broken text, none of which is in the
/// message.
Result<Authorization> ParseAuthorization(std::string_view header);

}  // namespace tarn::governance
