// The half of Connection that answers.
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/net/internal/connection_body.h"
#include "tarn/net/internal/gzip.h"
#include "tarn/net/internal/response_head.h"

namespace tarn::net::internal {
namespace {

using Outcome = IoResult::Outcome;

/// Only a look whether the connection has been ended: shutdown(2) wakes poll() anyway.
constexpr int kPollMs = 1'000;

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

bool SaysClose(const HttpHeaders& headers) {
  const std::string* const connection = headers.Find("Connection");
  return connection != nullptr && *connection == "close";
}

/// Calls code of other modules; says what it threw, if it did.
template <typename Fn>
std::optional<std::string> WhatIsThrownBy(const Fn& fn) {
  try {
    fn();
    return std::nullopt;
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {  // wall: handlers, fallbacks, streams and the access log
    return "not an exception";
  }
}

HttpResponse PlainError(int status) {
  HttpResponse response{.status = status};
  response.headers.Add("Content-Type", "text/plain; charset=utf-8");
  response.body = fmt::format("{} {}\n", status, ReasonPhrase(status));
  return response;
}

/// The connection is to look broken, not ended: a reset instead of an orderly end.
void ResetOnClose(int fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

}  // namespace

/// Sends chunks from the handler's thread.
class Connection::ChunkedWriter : public HttpBodyWriter {
 public:
  ChunkedWriter(Connection* connection, bool is_framed)
      : connection_(*connection), is_framed_(is_framed) {}

  Status Write(std::string_view bytes) override {
    if (bytes.empty()) {
      return Status::OK();  // an empty chunk would be the last
    }
    if (!is_framed_) {
      ARROW_RETURN_NOT_OK(connection_.WriteAll(bytes, ""));
    } else {
      // The break after a chunk goes out with the next one's size.
      const std::string size =
          fmt::format("{}{:x}\r\n", has_written_ ? "\r\n" : "", bytes.size());
      ARROW_RETURN_NOT_OK(connection_.WriteAll(size, bytes));
    }
    has_written_ = true;
    connection_.response_bytes_ += static_cast<int64_t>(bytes.size());
    return Status::OK();
  }

  Status End() {
    return is_framed_
               ? connection_.WriteAll(has_written_ ? "\r\n0\r\n\r\n" : "0\r\n\r\n", "")
               : Status::OK();
  }

 private:
  Connection& connection_;
  const bool is_framed_;
  bool has_written_ = false;
};

void Connection::RunOnWorker() {
  BodyReader reader(this);
  if (StreamsBody()) {
    parser_->request().body_reader = &reader;
  }
  HttpResponse response = Handled();
  parser_->request().body_reader = nullptr;
  if (const int status = StatusToRefuseBody(); status != 0) {
    if (Refuse(status, Connected::kEnds) == Then::kAgain) {
      Run();
    }
    return;
  }
  const bool streams = response.stream && parser_->request().method != "HEAD" &&
                       !HasNoBody(response.status);
  Then then;
  if (streams) {
    then = Stream(std::move(response));
  } else {
    Prepare(std::move(response),
            parser_->is_done() ? Connected::kStays : Connected::kEnds);
    then = Write();
  }
  if (then == Then::kAgain) {
    Run();
  }
}

/// Whatever a handler throws becomes a 500.
HttpResponse Connection::Handled() {
  HttpResponse response;
  const auto thrown =
      WhatIsThrownBy([&] { response = route_->handler(parser_->request()); });
  if (!thrown) {
    return response;
  }
  LogError("A handler threw an exception",
           {{"route", route_->pattern}, {"reason", *thrown}});
  return Refused(500);
}

HttpResponse Connection::Refused(int status) {
  HttpRequest& request = parser_->request();
  request.remote_address = remote_address_;
  if (request.request_id.empty()) {
    request.request_id = NewUuid(SystemRandom());
  }
  HttpResponse response;
  const auto thrown =
      WhatIsThrownBy([&] { response = core_.router.Refuse(request, status); });
  if (!thrown) {
    return response;
  }
  LogError("A fallback threw an exception", {{"reason", *thrown}});
  return PlainError(status);
}

Connection::Then Connection::Refuse(int status, Connected connected) {
  if (status == 408 || status == 413 || status == 431 || status == 503) {
    ++core_.refused;
  }
  HttpResponse response = Refused(status);
  response.stream = nullptr;
  Prepare(std::move(response), connected);
  return Write();
}

/// Makes head_ and body_.
void Connection::Prepare(HttpResponse response, Connected connected) {
  const HttpRequest& request = parser_->request();
  const bool is_head = request.method == "HEAD";
  const bool has_no_body = HasNoBody(response.status);
  ++core_.requests;
  status_ = response.status;
  principal_ = std::move(response.principal);
  keeps_alive_ = connected == Connected::kStays && parser_->keep_alive() &&
                 !core_.is_draining && !SaysClose(response.headers);
  HeadOptions options{.is_http10 = parser_->is_http10(),
                      .keeps_alive = keeps_alive_,
                      .request_id = request.request_id};
  if (has_no_body) {
    options.framing = BodyFraming::kNone;
  } else if (response.stream) {
    options.framing = is_head                ? BodyFraming::kNone
                      : parser_->is_http10() ? BodyFraming::kToEnd
                                             : BodyFraming::kChunked;
  } else {
    if (!is_head) {
      MaybeGzip(request, &response);
    }
    options.body_bytes = response.body.size();
  }
  if (options.framing == BodyFraming::kToEnd) {
    keeps_alive_ = options.keeps_alive = false;
  }
  head_ = ResponseHead(response, options);
  body_ = is_head || has_no_body || response.stream ? "" : std::move(response.body);
  sent_ = 0;
  response_bytes_ = static_cast<int64_t>(body_.size());
}

/// Sends what is left of head_ and body_, in one call to the system if it takes them.
Connection::Then Connection::Write() {
  SetPhase(Phase::kWrite, core_.options.write_timeout);
  const size_t total = head_.size() + body_.size();
  while (sent_ < total) {
    const size_t body_sent = sent_ < head_.size() ? 0 : sent_ - head_.size();
    const IoResult result =
        stream_->Write(std::string_view(head_).substr(std::min(sent_, head_.size())),
                       std::string_view(body_).substr(body_sent));
    switch (result.outcome) {
      case Outcome::kDone:
        sent_ += result.bytes;
        break;
      case Outcome::kWantRead:
      case Outcome::kWantWrite:
        Await(result.outcome, &Connection::OnWritable);
        return Then::kGivenAway;
      case Outcome::kEnd:
      case Outcome::kFailed:
        Report();
        return Then::kGivenAway;  // to nobody: that closes it
    }
  }
  return Finish();
}

Connection::Then Connection::Stream(HttpResponse response) {
  const std::function<Status(HttpBodyWriter&)> produce = response.stream;
  Prepare(std::move(response), parser_->is_done() ? Connected::kStays : Connected::kEnds);
  Status status = WriteAll(head_, "");
  if (status.ok()) {
    ChunkedWriter writer(this, !parser_->is_http10());
    const auto thrown = WhatIsThrownBy([&] { status = produce(writer); });
    if (thrown) {
      status = MakeError(ErrorCode::kInternal, *thrown);
    }
    if (status.ok()) {
      status = writer.End();
    }
  }
  if (status.ok()) {
    return Finish();
  }
  const ErrorCode code = CodeOf(status);
  if (code != ErrorCode::kCancelled && code != ErrorCode::kTimeout) {
    LogError("An answer was cut off", {{"route", route_->pattern},
                                       {"request_id", parser_->request().request_id},
                                       {"reason", status.message()}});
  }
  Report();
  ResetOnClose(fd_);
  return Then::kGivenAway;
}

void Connection::AwaitOnWorker(IoResult::Outcome wanted) const {
  const short events = wanted == Outcome::kWantRead ? POLLIN : POLLOUT;
  pollfd ready{.fd = fd_, .events = events, .revents = 0};
  ::poll(&ready, 1, kPollMs);
}

Status Connection::ClientIsGone(std::string_view does) const {
  return is_late_ ? MakeError(ErrorCode::kTimeout,
                              fmt::format("The client at {} {} no more bytes",
                                          remote_address_, does))
                  : MakeError(ErrorCode::kCancelled,
                              fmt::format("The client at {} has gone", remote_address_));
}

/// Blocks until all is sent. The time limit is ExpireIfLate()'s to watch.
Status Connection::WriteAll(std::string_view first, std::string_view second) {
  SetPhase(Phase::kWrite, core_.options.write_timeout);
  while (!first.empty() || !second.empty()) {
    const IoResult result = stream_->Write(first, second);
    switch (result.outcome) {
      case Outcome::kDone: {
        const size_t of_first = std::min(result.bytes, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(result.bytes - of_first);
        SetPhase(Phase::kWrite, core_.options.write_timeout);
        break;
      }
      case Outcome::kWantRead:
      case Outcome::kWantWrite:
        AwaitOnWorker(result.outcome);
        break;
      case Outcome::kEnd:
      case Outcome::kFailed:
        return ClientIsGone("takes");
    }
  }
  SetPhase(Phase::kHandler, std::chrono::milliseconds(0));
  return Status::OK();
}

Connection::Then Connection::Finish() {
  const bool is_asked_to_close =
      parser_->has_head() && !parser_->keep_alive() && !StreamsBody();
  Report();
  if (keeps_alive_) {
    parser_.reset();
    has_asked_for_body_ = false;
    route_ = nullptr;
    refusal_ = 0;
    head_.clear();
    body_ = std::string();
    return Then::kAgain;
  }
  if (!is_asked_to_close || core_.tls != nullptr) {
    Close();
  }
  return Then::kGivenAway;
}

/// Writes the access log's line, once per request.
void Connection::Report() {
  if (is_counted_) {
    is_counted_ = false;
    --core_.in_progress;
  }
  if (!core_.options.access || (route_ != nullptr && !route_->options.is_logged)) {
    return;
  }
  const HttpRequest& request = parser_->request();
  const std::string* const agent = request.headers.Find("User-Agent");
  const HttpAccess access{
      .request_id = request.request_id,
      .remote_address = remote_address_,
      .method = request.method,
      .path = request.raw_path,
      .route = route_ == nullptr ? "" : route_->pattern,
      .status = status_,
      .request_bytes = static_cast<int64_t>(parser_->body_bytes()),
      .response_bytes = response_bytes_,
      .duration = std::chrono::duration_cast<std::chrono::microseconds>(
          std::chrono::steady_clock::now() - began_at_),
      .user_agent = agent == nullptr ? "" : *agent,
      .principal = principal_};
  const auto thrown = WhatIsThrownBy([&] { core_.options.access(access); });
  if (thrown) {
    LogError("The access log threw an exception", {{"reason", *thrown}});
  }
}

}  // namespace tarn::net::internal
