// Calls to a server of Trino's protocol, with the session that its client keeps.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/net/http_client.h"

namespace tarn::cli {

struct RemoteOptions {
  std::string url;  // "http://127.0.0.1:8080"
  std::string user;
  std::string password;  // Basic, with the user
  std::string token;     // Bearer; instead of a password
  std::string catalog = "iceberg";
  std::string schema = {};
  std::map<std::string, std::string> properties = {};  // of the session: dialect
  net::HttpClientOptions http = {};                    // TLS
};

/// Thread-safe.
class ProtocolSession {
 public:
  explicit ProtocolSession(const RemoteOptions& options);

  /// Both give the answer as an object, and keep what it says of the session. Errors:
  /// kUnavailable, kUnauthenticated, kForbidden, kInvalidData, … of the call; what became
  /// of the statement is in the answer.
  Result<nlohmann::ordered_json> Submit(std::string_view sql);
  /// Tries again while the server is busy, until `stop`.
  Result<nlohmann::ordered_json> NextPage(const std::string& uri,
                                          const std::atomic<bool>& stop);
  /// Cancels a query; nobody waits for the outcome.
  void Cancel(const std::string& uri);

  std::string catalog() const;
  std::string schema() const;
  std::string Property(const std::string& name) const;  // empty if not set
  const std::string& url() const { return url_; }
  const std::string& user() const { return user_; }

 private:
  net::HttpHeaders Headers() const;
  void Apply(const net::HttpHeaders& headers);
  Result<nlohmann::ordered_json> AnswerOf(const net::HttpClientResponse& response);
  Status Refusal(const net::HttpClientResponse& response) const;

  const RemoteOptions options_;
  const std::string url_;
  const std::string user_;
  net::HttpClient http_;
  mutable std::mutex mutex_;  // guards what follows
  std::string catalog_;
  std::string schema_;
  std::string path_;
  std::string transaction_;
  std::map<std::string, std::string> properties_;
  std::map<std::string, std::string> prepared_;
  std::map<std::string, std::string> roles_;
};

}  // namespace tarn::cli
