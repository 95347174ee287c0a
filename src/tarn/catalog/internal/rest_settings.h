// What the properties of a REST catalog say, in Iceberg's names.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/net/aws_signature.h"
#include "tarn/net/http_client.h"

namespace tarn::catalog::internal {

enum class RestAuthType : uint8_t { kNone, kToken, kOAuth2, kBasic, kSigV4 };

/// Secrets: in no message and no log.
struct RestAuthSettings {
  RestAuthType type = RestAuthType::kNone;
  std::string token;      // kToken
  std::string client_id;  // kOAuth2; may be empty
  std::string client_secret;
  std::string token_uri;  // kOAuth2, and where a token is exchanged for a newer one
  std::map<std::string, std::string> token_parameters;  // scope, audience, resource
  bool exchanges_token = false;  // kToken: for a newer one before it expires
  std::string user;              // kBasic
  std::string password;
  net::AwsCredentials aws;  // kSigV4
  net::AwsScope aws_scope;
};

struct RestSettings {
  std::string uri;        // without a slash at its end
  std::string warehouse;  // may be empty
  net::HttpHeaders headers;
  net::HttpClientOptions http;
  int32_t retries_max = 5;
  int32_t page_size = 0;  // 0: the server's whole list
  /// Whether the server makes tables in two steps; if not, they are made without rows.
  bool stages_creates = true;
  RestAuthSettings auth;
};

/// `properties` with references to secrets resolved. Errors: kInvalidArgument, naming
/// `catalog` and the property; those of ResolveSecretReferences.
Result<RestSettings> RestSettingsFrom(const std::string& catalog,
                                      const Properties& properties);

/// `properties` with every reference to a secret resolved.
Result<Properties> ResolveReferences(const std::string& catalog,
                                     const Properties& properties);

}  // namespace tarn::catalog::internal
