// What an issuer of tokens says of itself (OpenID Connect Discovery), and its keys.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/net/http_client.h"

namespace tarn::governance {

struct IssuerMetadata {
  std::string authorization_endpoint;  // empty: it has none
  std::string token_endpoint;          // likewise
  std::string jwks_uri;
};

struct IssuerAddress {
  std::string issuer;  // "https://id.example.org/realms/lake"
  /// A file or a URL with its keys; empty: as the issuer itself says.
  std::string jwks = {};
  std::string ca_file = {};  // PEM; the system's authorities if empty
};

/// Thread-safe; calls block. URLs are https, or http on loopback.
class IssuerClient {
 public:
  explicit IssuerClient(IssuerAddress address);

  /// Asked for once. Errors: kUnavailable, kInvalidData (another issuer's, for one).
  Result<IssuerMetadata> Metadata();
  /// The issuer's JSON Web Key Set as it is now. Errors: likewise, kNoSuchFile.
  Result<std::string> Keys();
  net::HttpClient& http() { return http_; }

 private:
  Result<std::string> Get(const std::string& url);

  const IssuerAddress address_;
  net::HttpClient http_;
  std::mutex mutex_;
  std::optional<IssuerMetadata> metadata_;
};

/// Errors: kInvalidArgument for a URL that anybody could read and change on its way.
Status CheckIsPrivate(const std::string& what, const std::string& url);

}  // namespace tarn::governance
