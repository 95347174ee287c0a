// An HTTP request as handlers see it, and what they answer.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::net {

/// Names are compared without regard to case; the order of arrival is kept.
class HttpHeaders {
 public:
  void Add(std::string name, std::string value);
  /// Replaces all of that name.
  void Set(std::string_view name, std::string value);
  /// The first of that name; nullptr if there is none.
  const std::string* Find(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

/// The body of a request as it arrives. Belongs to the handler's thread.
class HttpBodyReader {
 public:
  virtual ~HttpBodyReader() = default;
  /// The next bytes, at most some 64 kB, good until the next call; unset at the end.
  /// Waits for the client, who is not read from meanwhile. Errors: kResourceLimit (longer
  /// than the route's limit), kInvalidData (no HTTP), kTimeout, kCancelled (the client
  /// has gone). After one the server refuses the request, whatever the handler answers.
  virtual Result<std::optional<std::string_view>> Read() = 0;
};

/// A request whose head has been read and is within the limits. Not shared.
class HttpRequest {
 public:
  std::string method;  // upper case
  /// As it came, before '?': percent-escapes not yet decoded.
  std::string raw_path;
  std::string raw_query;
  HttpHeaders headers;
  std::string remote_address;  // "127.0.0.1"
  bool is_tls = false;
  /// The client's X-Request-Id if it is sane, else a new one; in the access log and in
  /// the answer.
  std::string request_id;
  /// What the route's {names} matched, decoded: "a%2Fb" gives "a/b".
  std::map<std::string, std::string, std::less<>> path_parameters;

  /// nullptr if the route has no such name.
  const std::string* PathParameter(std::string_view name) const;
  /// Decoded, '+' as a space; the first of that name. nullopt if it is not there, "" if
  /// it is empty. A broken escape stays as it came.
  std::optional<std::string> QueryParameter(std::string_view name) const;

  /// The whole body; the server has checked it against the route's limit. Empty where
  /// `body_reader` is set.
  std::string body;
  /// Set for routes that take their body as it arrives (RouteOptions::streams_body). What
  /// the handler leaves unread ends the connection.
  HttpBodyReader* body_reader = nullptr;
};

/// Pieces of a body as they come to be: chunked on the wire.
class HttpBodyWriter {
 public:
  virtual ~HttpBodyWriter() = default;
  /// Blocks while the client is slow; each call is sent at once, so pieces should be
  /// large (16 kB and more). Errors: kCancelled when it has gone, kTimeout.
  virtual Status Write(std::string_view bytes) = 0;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers = {};
  std::string body = {};
  /// If set, called after the head has been sent; `body` is empty then. An error ends the
  /// connection, so that the client sees a body cut off rather than a whole one.
  std::function<Status(HttpBodyWriter&)> stream = nullptr;
  /// Whom it is for; in the access log, not on the wire.
  std::string principal = {};
};

/// Runs on one of the server's worker threads and may block. Nothing may be thrown.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// `text` with %XX decoded ('+' stays). Errors: kInvalidArgument for a broken escape or a
/// NUL.
Result<std::string> PercentDecode(std::string_view text);
/// As PercentDecode, and '+' is a space, as in queries and form bodies.
Result<std::string> FormDecode(std::string_view text);
/// Escapes all but unreserved characters (RFC 3986 2.3).
std::string PercentEncode(std::string_view text);
/// The first of `name` in "a=1&b=x%20y", a query or a form body; decoded as
/// HttpRequest::QueryParameter() does.
std::optional<std::string> FormValue(std::string_view form, std::string_view name);

/// "Not Found"; "Unknown" for a status that no specification names.
std::string_view ReasonPhrase(int status);

}  // namespace tarn::net
