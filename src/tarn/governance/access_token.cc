#include "tarn/governance/access_token.h"

#include <algorithm>
#include <utility>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/governance/secret_hash.h"

namespace tarn::governance {
namespace {

constexpr std::string_view kAlgorithm = "HS256";
constexpr size_t kTokenBytesMax = 8 << 10;

Status NotOurs() {
  return MakeError(ErrorCode::kUnauthenticated,
                   "The token is not one of this server's: sign in again");
}

Result<Json> DecodedObject(std::string_view part) {
  const std::optional<std::string> text = Base64UrlDecode(part);
  if (!text) {
    return NotOurs();
  }
  Result<Json> json = ParseJson(*text, "token");
  if (!json.ok() || !json->is_object()) {
    return NotOurs();
  }
  return json;
}

Result<std::string> KeyIdOf(const Json& header) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(header, "token"));
  ARROW_ASSIGN_OR_RAISE(const std::string algorithm, fields.String("alg"));
  // Extensions that must be understood are not (RFC 7515 4.1.11).
  if (algorithm != kAlgorithm || header.contains("crit")) {
    return NotOurs();
  }
  return fields.String("kid");
}

Result<AccessClaims> ClaimsOf(const Json& payload) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(payload, "token"));
  AccessClaims claims;
  ARROW_ASSIGN_OR_RAISE(claims.issuer, fields.String("iss"));
  ARROW_ASSIGN_OR_RAISE(const std::string audience, fields.String("aud"));
  ARROW_ASSIGN_OR_RAISE(claims.subject, fields.String("sub"));
  ARROW_ASSIGN_OR_RAISE(claims.principal_id, fields.String("pid"));
  ARROW_ASSIGN_OR_RAISE(claims.secret_id, fields.String("sid"));
  ARROW_ASSIGN_OR_RAISE(claims.token_id, fields.String("jti"));
  ARROW_ASSIGN_OR_RAISE(const Json* roles, fields.OptionalArray("roles"));
  if (roles != nullptr) {
    ARROW_ASSIGN_OR_RAISE(claims.roles, StringArray(*roles, "token"));
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t issued_at, fields.Int64("iat"));
  ARROW_ASSIGN_OR_RAISE(const int64_t expires_at, fields.Int64("exp"));
  claims.issued_at = std::chrono::seconds(issued_at);
  claims.expires_at = std::chrono::seconds(expires_at);
  if (audience != claims.issuer || expires_at < issued_at) {
    return NotOurs();
  }
  return claims;
}

}  // namespace

std::optional<std::string> Base64UrlDecode(std::string_view text) {
  std::string padded(text);
  for (char& c : padded) {
    if (c == '+' || c == '/' || c == '=') {
      return std::nullopt;
    }
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  padded.append((4 - padded.size() % 4) % 4, '=');
  Result<std::string> decoded = Base64Decode(padded);
  // One value, one text: bits beyond the last byte must be zero.
  if (!decoded.ok() || Base64UrlEncode(*decoded) != text) {
    return std::nullopt;
  }
  return *std::move(decoded);
}

std::string MakeAccessToken(const AccessClaims& claims, const SigningKey& key) {
  const Json header = {{"alg", kAlgorithm}, {"typ", "JWT"}, {"kid", key.id}};
  Json payload = {{"iss", claims.issuer},
                  {"aud", claims.issuer},
                  {"sub", claims.subject},
                  {"pid", claims.principal_id},
                  {"sid", claims.secret_id},
                  {"jti", claims.token_id},
                  {"iat", claims.issued_at.count()},
                  {"exp", claims.expires_at.count()}};
  if (claims.roles) {
    payload["roles"] = *claims.roles;
  }
  std::string token =
      Base64UrlEncode(DumpJson(header)) + '.' + Base64UrlEncode(DumpJson(payload));
  token += '.' + Base64UrlEncode(HmacSha256(key.secret, token));
  return token;
}

Result<ParsedToken> ParseAccessToken(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second =
      first == std::string_view::npos ? first : token.find('.', first + 1);
  if (token.size() > kTokenBytesMax || second == std::string_view::npos) {
    return NotOurs();
  }
  ARROW_ASSIGN_OR_RAISE(const Json header, DecodedObject(token.substr(0, first)));
  ARROW_ASSIGN_OR_RAISE(const Json payload,
                        DecodedObject(token.substr(first + 1, second - first - 1)));
  const std::optional<std::string> signature = Base64UrlDecode(token.substr(second + 1));
  Result<std::string> key_id = KeyIdOf(header);
  Result<AccessClaims> claims = ClaimsOf(payload);
  if (!signature || !key_id.ok() || !claims.ok()) {
    return NotOurs();
  }
  return ParsedToken{.key_id = *std::move(key_id),
                     .claims = *std::move(claims),
                     .signed_text = std::string(token.substr(0, second)),
                     .signature = *signature};
}

bool IsSignedBy(const ParsedToken& token, const SigningKey& key) {
  return EqualInConstantTime(HmacSha256(key.secret, token.signed_text), token.signature);
}

}  // namespace tarn::governance
