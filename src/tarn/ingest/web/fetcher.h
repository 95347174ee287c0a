// Getting pages from servers of others, politely: in turn, with pauses, within robots.txt
// and limits, and again where it may help.
//
//   Fetcher fetcher({.guard = guard, .cancelled = …}, turns, clock, random);
//   ARROW_ASSIGN_OR_RAISE(const FetchedPage page, fetcher.Get("https://example.org/"));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/ingest/web/host_turns.h"
#include "tarn/ingest/web/robots.h"
#include "tarn/net/http_client.h"

namespace tarn::ingest::web {

enum class RobotsRule : uint8_t { kObey, kIgnore };

struct FetchOptions {
  std::shared_ptr<const net::AddressGuard> guard = {};  // nullptr: any address
  size_t bytes_max = size_t{64} << 20;                  // of one answer, decoded
  std::chrono::milliseconds timeout{60'000};            // of one request
  std::chrono::milliseconds interval{1'000};            // between two to one host
  std::string user_agent = "tarn";
  RobotsRule robots = RobotsRule::kObey;
  int32_t retries_max = 4;
  int32_t redirects_max = 10;
  /// Sent only to `own_origin`: they may hold what nobody else should see.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string own_origin = {};  // as Url::Origin()
  std::function<bool()> cancelled = {};
};

struct FetchedPage {
  std::string url;  // after redirects, without user and password
  std::string content_type;
  std::string body;
  net::HttpHeaders headers;
  std::chrono::milliseconds read_at{0};
};

/// Keeps cookies for its life. For one thread.
class Fetcher {
 public:
  Fetcher(FetchOptions options, HostTurns& turns, Clock& clock, Random& random);

  /// An answer of 2xx. 429, 5xx, broken connections and answers are tried again, later
  /// each time, and when the server says. Errors: kInvalidArgument, kForbidden (401, 403,
  /// robots.txt, an address that is not public), kNoSuchFile (404, 410), kUnavailable
  /// (429, 5xx, no connection), kTimeout, kInvalidData (cut off; too many redirects),
  /// kIoFailed, kResourceLimit (too large), kCancelled.
  Result<FetchedPage> Get(const std::string& url);
  /// Sends a form; the answer after redirects. Never sent twice.
  Result<FetchedPage> PostForm(const std::string& url, const std::string& form);

  /// Whether robots.txt allows `url`, where it is obeyed. Errors: as Get; kForbidden.
  Status CheckRobots(const std::string& url);
  /// The cookies that it keeps, and more of them to keep.
  std::vector<net::HttpCookie> Cookies() { return client_.Cookies(); }
  void KeepCookies(const std::vector<net::HttpCookie>& cookies) {
    client_.KeepCookies(cookies);
  }

  /// Waits for the host's turn, calls `visit`, and ends the turn.
  Status InTurn(const std::string& url, const std::function<Status()>& visit);

 private:
  Result<FetchedPage> Follow(net::HttpClientRequest request);
  Result<net::HttpClientResponse> SendInTurn(const net::HttpClientRequest& request);
  Result<net::HttpClientResponse> SendWithRetries(const net::HttpClientRequest& request);
  Result<const Robots*> RobotsOf(const std::string& url);
  Status Pause(std::chrono::milliseconds pause);

  FetchOptions options_;
  HostTurns& turns_;
  Clock& clock_;
  Random& random_;
  net::HttpClient client_;
  std::map<std::string, Robots> robots_;  // by origin
};

/// What a server asks for by Retry-After, from `now` on; unset if it is not that header.
std::optional<std::chrono::milliseconds> RetryAfter(const std::string& value,
                                                    std::chrono::milliseconds now);

}  // namespace tarn::ingest::web
