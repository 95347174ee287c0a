// What a client says of itself and its session in the headers of a request.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway::trino {

/// Trino keeps a session's state in the client, which sends all of it each time.
struct ClientContext {
  std::string header_prefix = "X-Trino-";  // "X-Presto-" for older clients
  std::string user;
  /// Whether who signed in may be that user; unset: everybody may be anybody.
  std::function<Status(std::string_view)> check_may_be = nullptr;
  bool reaches_server = false;  // engine::SessionOptions
  bool is_admin = true;         // may see and end the queries of others
  std::string source;
  std::string catalog;  // empty: none was chosen
  std::string schema;   // empty: none was chosen
  std::string time_zone;
  std::string transaction_id;                       // empty: autocommit
  std::map<std::string, std::string> properties;    // of SET SESSION, unescaped
  std::map<std::string, std::string> prepared;      // statements by name
  std::set<std::string, std::less<>> capabilities;  // "PARAMETRIC_DATETIME"
  std::vector<std::string> data_encodings;          // "json+zstd", best first
  std::string client_info;
  std::string trace_token;

  /// A property of the session; nullptr if it was not set.
  const std::string* Property(const std::string& name) const;
};

/// The user that the client names; empty if it names none.
std::string UserOf(const net::HttpRequest& request);

/// `user` and what it reaches are left to the caller. Errors: kInvalidArgument with the
/// header that is wrong.
Result<ClientContext> ClientContextOf(const net::HttpRequest& request);

/// As Java's URLEncoder writes it, which clients take apart again.
std::string UrlEncoded(std::string_view text);

}  // namespace tarn::gateway::trino
