// The bytes of a connection, as requests.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tarn/net/http_message.h"

namespace tarn::net::internal {

/// Parses one request. The head first, so that its route can say how long a body may be;
/// then the body, plain or chunked. Not thread-safe.
class RequestParser {
 public:
  explicit RequestParser(size_t header_bytes_max);
  ~RequestParser();

  /// Takes from the front of `bytes`; returns how much. Stops at the end of the head and
  /// at the end of the request. What it leaves is to be offered again with more behind
  /// it.
  size_t Feed(std::string_view bytes);

  bool has_begun() const { return has_begun_; }
  bool has_head() const { return has_head_; }
  bool is_done() const;
  /// What to refuse the request with: 400, 413, 417, 431, 501, 505; 0 while all is well.
  /// The connection is of no use after it.
  int error_status() const { return error_status_; }

  /// What has come of the body since the last call, for those who read it in pieces.
  std::string TakeBody();
  /// Of the whole body so far.
  size_t body_bytes() const { return body_bytes_; }

  /// After the head. More than `bytes` of body are an error 413.
  void LimitBody(size_t bytes);
  bool expects_continue() const { return expects_continue_; }
  bool keep_alive() const;
  bool is_http10() const { return is_http10_; }
  HttpRequest& request() { return request_; }

 private:
  class Sink;

  void CheckHead();
  void SetTarget(std::string_view target);

  HttpRequest request_;
  size_t header_bytes_max_;
  size_t header_bytes_ = 0;
  size_t body_bytes_max_ = 0;
  size_t body_bytes_ = 0;
  int error_status_ = 0;
  bool has_begun_ = false;
  bool has_head_ = false;
  bool is_http10_ = false;
  bool expects_continue_ = false;
  std::unique_ptr<Sink> sink_;
};

}  // namespace tarn::net::internal
