// Calls of the REST protocol to one server: where to, who as, how often, and what an
// answer means.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/internal/rest_auth.h"
#include "tarn/catalog/internal/rest_error.h"
#include "tarn/catalog/internal/rest_settings.h"
#include "tarn/iceberg/table_ident.h"
#include "tarn/net/http_client.h"

namespace tarn::catalog::internal {

struct RestCall {
  /// As a server lists it among its endpoints, below "/v1/{prefix}":
  /// {"GET", "/namespaces/{namespace}"}.
  std::string method;
  std::string route;
  /// What stands in the route's braces, in their order, escaped.
  std::vector<std::string> path = {};
  std::string query = {};  // without "?"
  std::string body = {};   // JSON
  RestEffect effect = RestEffect::kRead;
  ErrorCode missing = ErrorCode::kInvalidData;  // what a bare 404 means
  std::string if_none_match = {};
  /// The Idempotency-Key that a caller chose for a change; else the client does where the
  /// server knows such keys.
  std::string operation_key = {};
  std::string rebase = {};  // rebase_header.h; empty: nothing is said
};

/// Thread-safe.
class RestClient {
 public:
  /// `properties` may hold references to secrets. `clock` and `random` outlive it.
  RestClient(std::string name, Properties properties, Clock& clock, Random& random);

  const std::string& name() const { return name_; }

  /// Reads /v1/config unless that is done. Errors: as Call; kInvalidArgument.
  Status Connect();
  /// The client's properties between the server's defaults and overrides. After Connect.
  const Properties& properties() const { return properties_; }
  const RestSettings& settings() const { return settings_; }

  /// False if the server has listed its endpoints without this one. After Connect.
  bool Supports(const std::string& method, const std::string& route) const;
  /// Whether the server remembers changes by their keys. After Connect.
  bool knows_keys() const { return knows_keys_; }

  /// An answer of 2xx or 304. Errors: what the server says (rest_error.h); kNotSupported
  /// without asking for endpoints that it lacks; for a commit kCommitStateUnknown unless
  /// it is certain that nothing was done.
  Result<net::HttpClientResponse> Call(const RestCall& call);

  /// As paths have it.
  std::string Path(const iceberg::Namespace& ns) const;
  /// As queries have it.
  std::string Query(const iceberg::Namespace& ns) const;

 private:
  Status ReadConfig();
  Status TakeConfig(const Properties& own, const std::string& body);
  std::string UrlOf(const RestCall& call) const;
  Result<net::HttpClientResponse> Send(const net::HttpClientRequest& request,
                                       const RestCall& call);
  Result<net::HttpClientResponse> SendSigned(const net::HttpClientRequest& request,
                                             bool* was_sent);
  void Pause(int attempt, const net::HttpHeaders* headers);
  Status Refusal(const RestCall& call, const net::HttpClientResponse& answer,
                 bool is_certain) const;

  const std::string name_;
  const Properties given_;
  Clock& clock_;
  Random& random_;
  std::mutex connecting_;
  std::atomic<bool> is_connected_{false};
  // Set by Connect, then only read.
  Properties properties_;
  RestSettings settings_;
  std::unique_ptr<net::HttpClient> http_;
  std::unique_ptr<RestAuth> auth_;
  std::string prefix_;                              // "" or "/prefix"
  std::string separator_ = "%1F";                   // of levels in paths
  std::optional<std::set<std::string>> endpoints_;  // "GET /namespaces/{}"
  bool knows_keys_ = false;
};

/// A version 7 UUID: what idempotency keys are.
std::string NewTimeUuid(std::chrono::milliseconds now, Random& random);

}  // namespace tarn::catalog::internal
