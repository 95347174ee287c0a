// A request to the token endpoint (RFC 6749 4.4 and 6, RFC 8693), taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tarn/governance/authenticator.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {

/// As RFC 6749 5.2 has it. `description` holds nothing of what the client sent.
struct OAuthError {
  int status = 400;
  std::string code = "invalid_request";
  std::string description = {};
};

struct ClientCredentialsGrant {
  governance::ClientCredentials credentials;
  std::string scope;
};

struct TokenExchangeGrant {
  std::string subject_token;
  /// Of who exchanges it, if they say.
  std::optional<governance::ClientCredentials> credentials;
};

using TokenRequest = std::variant<OAuthError, ClientCredentialsGrant, TokenExchangeGrant>;

/// Reads the form in the body and the Authorization header. Credentials in the form win
/// over the header: clients that refresh send their old token there.
TokenRequest ParseTokenRequest(const net::HttpRequest& request);

}  // namespace tarn::gateway
