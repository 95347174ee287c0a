// Public keys of other issuers (RFC 7517), and what they have signed (RFC 7515).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

struct evp_pkey_st;

namespace tarn::governance {

/// A token taken apart. Nothing in it is to be believed before it was verified.
struct WebToken {
  std::string algorithm;  // "RS256"
  std::string key_id;     // empty: it names none
  Json claims;
  std::string signed_text;
  std::string signature;
};

/// Errors: kUnauthenticated for what is no signed JWT: too long, broken, "crit". The text
/// is in no message.
Result<WebToken> ParseWebToken(std::string_view token);

/// Immutable.
class JsonWebKey {
 public:
  const std::string& id() const { return id_; }
  /// Whether this key has signed `token`, by an algorithm that is the key's own: never by
  /// "none", nor by one of a shared secret.
  bool HasSigned(const WebToken& token) const;

 private:
  friend Result<std::vector<JsonWebKey>> ParseJsonWebKeys(std::string_view json);
  friend std::optional<JsonWebKey> KeyOf(const Json& json);

  std::string id_;
  std::string type_;       // "RSA", or the curve of an elliptic one: "P-256"
  std::string algorithm_;  // empty: any of its type
  std::shared_ptr<evp_pkey_st> key_;
};

/// Keys of RSA (2048 bits and more) and of the curves P-256, P-384 and P-521 that are for
/// signatures; others are left out. Errors: kInvalidData.
Result<std::vector<JsonWebKey>> ParseJsonWebKeys(std::string_view json);

}  // namespace tarn::governance
