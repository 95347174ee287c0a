// Tarn's access tokens: JWTs (RFC 7519) signed by HMAC with SHA-256, and nothing else.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/governance/principal_store.h"

namespace tarn::governance {

/// Times are since the Unix epoch.
struct AccessClaims {
  std::string issuer;        // iss, and aud
  std::string subject;       // sub: the principal's name
  std::string principal_id;  // pid
  std::string secret_id;     // sid: of the secret that it was given for
  /// The roles that it is for; unset: all that the principal has.
  std::optional<std::vector<std::string>> roles = {};
  std::string token_id;  // jti
  std::chrono::seconds issued_at{0};
  std::chrono::seconds expires_at{0};
};

/// A token taken apart. Nothing in it is to be believed before IsSignedBy().
struct ParsedToken {
  std::string key_id;
  AccessClaims claims;
  std::string signed_text;  // header and claims as they came
  std::string signature;
};

std::string MakeAccessToken(const AccessClaims& claims, const SigningKey& key);

/// Errors: kUnauthenticated for what is no token of ours: too long, another algorithm
/// ("none" too), "crit", a claim missing or of the wrong type. The text is in no message.
Result<ParsedToken> ParseAccessToken(std::string_view token);

bool IsSignedBy(const ParsedToken& token, const SigningKey& key);

/// Strict RFC 4648 5 without padding; nullopt for all else.
std::optional<std::string> Base64UrlDecode(std::string_view text);

}  // namespace tarn::governance
