// Which handler answers which method and path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/net/http_message.h"

namespace tarn::net {

/// Which of the server's workers run a handler. Each lane has its own, so that calls
/// which wait for something hold up nobody but their like.
enum class Lane : uint8_t {
  kOrdinary,
  kInLine,  // calls of one path wait for each other; one path cannot have all the workers
  kLong,    // may take many seconds
  kJob,     // wait for the end of a job: minutes
  kEvents,  // tell events as they happen, for as long as the client likes
  kWatch,   // who looks whether the server lives
};
inline constexpr size_t kNumLanes = 6;

struct RouteOptions {
  size_t body_bytes_max = size_t{16} << 20;
  /// Whether the access log and the metrics mention it (health checks are noise).
  bool is_logged = true;
  /// Whether '+' in a path parameter is a space: Java's URLEncoder writes one so, Go's
  /// url.PathEscape leaves a plus as it is.
  bool plus_is_space = false;
  Lane lane = Lane::kOrdinary;
  /// The handler is called once the head is there and reads the body itself
  /// (HttpRequest::body_reader): it can refuse before anything is sent, and holds a
  /// worker for as long as the client takes.
  bool streams_body = false;
};

/// Filled before the server starts, then read by many threads. The raw path is split at
/// '/' before anything is decoded, so a name may hold an escaped slash.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// `path`: "/catalog/v1/{prefix}/namespaces/{namespace}"; a last segment "{name...}"
  /// takes all that is left, also nothing. A name takes one segment that is not empty.
  /// Fixed segments win over names. HEAD is answered by GET's handler without the body,
  /// and OPTIONS by the methods that exist, unless they have routes of their own. A path
  /// and method is added once.
  void Add(std::string method, std::string_view path, HttpHandler handler,
           RouteOptions options = {});
  /// Answers what no handler can, below a path: each surface has its own way to say so.
  /// `status` is 404 or 405 if no route matches, or what the server itself refuses with:
  /// 400, 408, 413, 415, 500, 503. The longest prefix wins; "/" is for all paths. The
  /// Allow header of a 405 and Retry-After of a 503 are added to the answer.
  using Fallback = std::function<HttpResponse(const HttpRequest&, int status)>;
  void SetFallback(std::string_view path_prefix, Fallback fallback);

  struct Route {
    std::string pattern;  // as added: the label of metrics
    HttpHandler handler;
    RouteOptions options;
  };
  /// The route for `request`, with its path_parameters filled in; nullptr with `*status`
  /// 404, 405 or 400 (broken escape) if there is none.
  const Route* Match(HttpRequest* request, int* status) const;
  HttpResponse Refuse(const HttpRequest& request, int status) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tarn::net
