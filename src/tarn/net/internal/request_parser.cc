#include "tarn/net/internal/request_parser.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace tarn::net::internal {
namespace {

namespace http = boost::beast::http;
using BeastError = boost::beast::error_code;
using BeastText = boost::beast::string_view;

/// Memory that is set aside because a client merely says that much will come.
constexpr uint64_t kReserveBytesMax = uint64_t{1} << 20;

std::string ToString(BeastText text) { return std::string(text.data(), text.size()); }

bool IsToken(BeastText value, BeastText token) {
  return boost::beast::iequals(value, token);
}

/// Whether `bytes` begin with a request line that is well-formed but for its version.
bool IsOfAnotherVersion(std::string_view bytes) {
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const size_t space = line.rfind(' ');
  return line.size() < bytes.size() && std::count(line.begin(), line.end(), ' ') == 2 &&
         line.substr(space + 1).starts_with("HTTP/");
}

int StatusOf(const BeastError& error, std::string_view bytes) {
  if (error == http::error::header_limit) {
    return 431;
  }
  if (error == http::error::body_limit) {
    return 413;
  }
  return error == http::error::bad_version && IsOfAnotherVersion(bytes) ? 505 : 400;
}

}  // namespace

/// Beast's state machine, writing straight into the request.
class RequestParser::Sink : public http::basic_parser<true> {
 public:
  explicit Sink(RequestParser* owner) : owner_(*owner) {
    // The server's own limits come before Beast's, which count the start line apart.
    header_limit(static_cast<uint32_t>(std::min<size_t>(
        owner->header_bytes_max_ + 1, std::numeric_limits<uint32_t>::max())));
    body_limit(std::numeric_limits<uint64_t>::max());
    eager(false);
  }

  int hosts = 0;
  BeastText::size_type transfer_encodings = 0;
  bool has_odd_encoding = false;
  bool has_odd_expectation = false;

 private:
  void on_request_impl(http::verb, BeastText method, BeastText target, int version,
                       BeastError& error) override {
    owner_.request_.method = ToString(method);
    owner_.is_http10_ = version < 11;
    owner_.SetTarget(std::string_view(target.data(), target.size()));
    const std::string& path = owner_.request_.raw_path;
    if (!path.starts_with('/') && path != "*") {
      error = http::error::bad_target;
    }
  }
  void on_response_impl(int, BeastText, int, BeastError& error) override {
    error = http::error::bad_version;
  }
  void on_field_impl(http::field name, BeastText name_text, BeastText value,
                     BeastError&) override {
    if (owner_.has_head_) {
      return;  // a trailer
    }
    if (name == http::field::host) {
      ++hosts;
    } else if (name == http::field::transfer_encoding) {
      ++transfer_encodings;
      has_odd_encoding = has_odd_encoding || !IsToken(value, "chunked");
    } else if (name == http::field::expect) {
      owner_.expects_continue_ = IsToken(value, "100-continue");
      has_odd_expectation = !owner_.expects_continue_;
    }
    owner_.request_.headers.Add(ToString(name_text), ToString(value));
  }
  void on_header_impl(BeastError&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>& length, BeastError&) override {
    if (length) {
      owner_.request_.body.reserve(
          static_cast<size_t>(std::min(*length, kReserveBytesMax)));
    }
  }
  size_t on_body_impl(BeastText bytes, BeastError& error) override {
    return Append(bytes, error);
  }
  void on_chunk_header_impl(uint64_t, BeastText, BeastError&) override {}
  size_t on_chunk_body_impl(uint64_t, BeastText bytes, BeastError& error) override {
    return Append(bytes, error);
  }
  void on_finish_impl(BeastError&) override {}

  size_t Append(BeastText bytes, BeastError& error) {
    std::string& body = owner_.request_.body;
    if (bytes.size() > owner_.body_bytes_max_ - owner_.body_bytes_) {
      error = http::error::body_limit;
      return 0;
    }
    body.append(bytes.data(), bytes.size());
    owner_.body_bytes_ += bytes.size();
    return bytes.size();
  }

  RequestParser& owner_;
};

RequestParser::RequestParser(size_t header_bytes_max)
    : header_bytes_max_(header_bytes_max), sink_(std::make_unique<Sink>(this)) {}

RequestParser::~RequestParser() = default;

bool RequestParser::is_done() const { return sink_->is_done(); }

bool RequestParser::keep_alive() const { return has_head_ && sink_->keep_alive(); }

size_t RequestParser::Feed(std::string_view bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && error_status_ == 0 && !is_done()) {
    has_begun_ = true;
    BeastError error;
    const size_t step = sink_->put(
        boost::asio::const_buffer(bytes.data() + taken, bytes.size() - taken), error);
    taken += step;
    const size_t left = bytes.size() - taken;
    if (!has_head_) {
      header_bytes_ += step;
      const bool waits = error == http::error::need_more;
      if (header_bytes_ + (waits ? left : 0) > header_bytes_max_) {
        error_status_ = 431;
        break;
      }
    }
    if (error == http::error::need_more) {
      // The line of a chunk's size, or a trailer: neither is ever long.
      error_status_ = has_head_ && left > header_bytes_max_ ? 400 : 0;
      break;
    }
    if (error) {
      error_status_ = StatusOf(error, bytes.substr(taken));
      break;
    }
    if (!has_head_ && sink_->is_header_done()) {
      has_head_ = true;
      CheckHead();
      break;
    }
  }
  return taken;
}

/// What RFC 9112 asks of a request's head and Beast does not look at.
void RequestParser::CheckHead() {
  const bool has_encoding = sink_->transfer_encodings > 0;
  if (sink_->hosts > 1 || (sink_->hosts == 0 && !is_http10_) ||
      (has_encoding && is_http10_)) {
    error_status_ = 400;
  } else if (has_encoding && (sink_->has_odd_encoding || sink_->transfer_encodings > 1)) {
    error_status_ = 501;
  } else if (sink_->has_odd_expectation) {
    error_status_ = 417;
  }
  expects_continue_ = expects_continue_ && !is_http10_;
}

std::string RequestParser::TakeBody() { return std::exchange(request_.body, {}); }

void RequestParser::LimitBody(size_t bytes) {
  body_bytes_max_ = bytes;
  if (sink_->content_length().value_or(0) > bytes) {
    error_status_ = 413;
  }
}

/// "/path?query", "http://host/path?query" (RFC 9112 3.2.2) or "*".
void RequestParser::SetTarget(std::string_view target) {
  const size_t scheme = target.find("://");
  if (!target.starts_with('/') && scheme != std::string_view::npos) {
    const size_t path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  const size_t query = std::min(target.find('?'), target.size());
  request_.raw_path = std::string(target.substr(0, query));
  request_.raw_query = std::string(target.substr(std::min(target.size(), query + 1)));
}

}  // namespace tarn::net::internal
