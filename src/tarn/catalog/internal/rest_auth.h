// How requests to a REST catalog show who sends them.
#pragma once

#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/internal/rest_settings.h"
#include "tarn/net/http_client.h"

namespace tarn::catalog::internal {

/// Thread-safe.
class RestAuth {
 public:
  virtual ~RestAuth() = default;

  /// Adds what the server wants to see; gets a token first where there is none. Errors:
  /// kUnauthenticated (the token endpoint refuses), the transport's.
  virtual Status Sign(net::HttpClientRequest* request) = 0;

  /// After `refused` was answered with 401 or 419: true if it is worth trying again,
  /// signed anew.
  virtual bool Renew(const net::HttpClientRequest& refused) = 0;
};

/// All outlive it. `catalog` is for messages.
std::unique_ptr<RestAuth> MakeRestAuth(const std::string& catalog,
                                       const RestAuthSettings& settings,
                                       net::HttpClient& http, Clock& clock);

/// When a JWT ends by its "exp", since the Unix epoch; 0 for other tokens.
std::chrono::milliseconds ExpiryOfToken(std::string_view token);

}  // namespace tarn::catalog::internal
