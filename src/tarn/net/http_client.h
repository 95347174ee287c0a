// Calls to other HTTP services: REST catalogs, token endpoints, stores' control planes.
//
//   HttpClient client({.timeout = 30s});
//   ARROW_ASSIGN_OR_RAISE(auto answer, client.Send({.url = "https://host/v1/config"}));
//   if (answer.status == 200) …
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/net/address_guard.h"
#include "tarn/net/http_message.h"

namespace tarn::net {

enum class HttpRedirects : uint8_t {
  kNever,  // the caller sees the 3xx
  /// 301, 302 and 303 turn a POST into a GET, 307 and 308 keep it. Authorization is not
  /// sent to another host. Redirects stay within http and https.
  kFollow,
};

struct HttpClientOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{60'000};  // for the whole call; 0: none
  HttpRedirects redirects = HttpRedirects::kNever;
  int32_t redirects_max = 5;
  size_t body_bytes_max = size_t{256} << 20;  // of an answer, decoded
  /// Connections that are kept for the next call are idle no longer than this.
  std::chrono::seconds idle_timeout{60};
  int32_t idle_handles_max = 16;  // each keeps up to five connections
  std::string user_agent = "tarn";
  bool verifies_tls = true;
  std::string ca_file = {};           // PEM; the system's authorities if empty
  std::string certificate_file = {};  // PEM; the client's own, with its key
  std::string key_file = {};
  /// Like "http://proxy:3128"; if unset, what the environment says (https_proxy, …).
  std::optional<std::string> proxy = {};
  /// Judges each address before it is connected to; nullptr: all may be. With a guard
  /// that refuses any, no proxy is used: it would hide where connections lead.
  std::shared_ptr<const AddressGuard> guard = {};
  /// Cookies that answers set are kept, in memory, and sent where they belong.
  bool keeps_cookies = false;
};

struct HttpClientRequest {
  std::string method = "GET";
  std::string url;  // http or https
  HttpHeaders headers = {};
  std::string body = {};
  std::optional<std::chrono::milliseconds> timeout = {};  // instead of the client's
  /// A kept connection may turn out to be closed after the request was sent on it, and is
  /// then tried again on another one: the server may see it twice. False for what must
  /// not be done twice; that costs a new connection.
  bool may_be_sent_twice = true;
  /// Asked about once a second while the call runs; true ends it.
  std::function<bool()> cancelled = {};
};

/// A cookie as one is kept.
struct HttpCookie {
  std::string name;
  std::string value;
  std::string domain;  // without a dot before it
  std::string path = "/";
  bool for_subdomains = false;
  bool is_secure = false;
  bool is_http_only = false;
  int64_t expires = 0;  // seconds since the epoch; 0: at the end of the session
};

struct HttpClientResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;  // decoded (gzip, deflate, br)
  std::string url;   // after redirects
};

/// Thread-safe; calls run at the same time, each blocks its thread. Connections are kept
/// and used again. Any status is an answer, not an error; retries are the caller's.
class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});
  ~HttpClient();

  /// Errors: kInvalidArgument (not such a URL, method or header), kUnavailable (no
  /// connection: the server has surely not seen the request), kForbidden (the server's
  /// certificate is not trusted, or the guard refuses its address; the same), kCancelled,
  /// kTimeout and kIoFailed (the server may have
  /// seen it and even done it), kResourceLimit (the answer is too large), kInvalidData
  /// (the answer ended early or is no HTTP). User, password and query are left out of
  /// messages.
  Result<HttpClientResponse> Send(const HttpClientRequest& request);

  /// The cookies that are kept now; none unless `keeps_cookies`.
  std::vector<HttpCookie> Cookies();
  /// Keeps these too, in place of those of the same name, domain and path. One that no
  /// header could carry is left out.
  void KeepCookies(const std::vector<HttpCookie>& cookies);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarn::net
