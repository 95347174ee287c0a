#include "tarn/net/internal/connection.h"

#include <algorithm>
#include <array>
#include <sys/socket.h>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/logging.h"
#include "tarn/net/client_certificate.h"
#include "tarn/net/internal/response_head.h"

namespace tarn::net::internal {
namespace {

using Outcome = IoResult::Outcome;
using std::chrono::steady_clock;

constexpr size_t kReadBytes = 64 << 10;
/// A body that nobody wants is read up to this much, so that the connection can stay.
constexpr size_t kUnwantedBodyBytesMax = 64 << 10;
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr size_t kLingerBytesMax = 16 << 20;

int64_t NanosOf(steady_clock::time_point time) {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

std::array<char, kReadBytes>& ReadBuffer() {
  thread_local std::array<char, kReadBytes> buffer;
  return buffer;
}

}  // namespace

void ConnectionList::Add(const std::shared_ptr<Connection>& connection) {
  const std::lock_guard lock(mutex_);
  connections_.emplace(connection.get(), connection);
  ++size_;
}

void ConnectionList::Remove(const Connection* connection) {
  const std::lock_guard lock(mutex_);
  size_ -= static_cast<int64_t>(connections_.erase(connection));
}

std::vector<std::shared_ptr<Connection>> ConnectionList::All() const {
  std::vector<std::shared_ptr<Connection>> all;
  const std::lock_guard lock(mutex_);
  all.reserve(connections_.size());
  for (const auto& [key, connection] : connections_) {
    if (std::shared_ptr<Connection> alive = connection.lock()) {
      all.push_back(std::move(alive));
    }
  }
  return all;
}

Connection::Connection(ServerCore& core, std::unique_ptr<EventLoop::Source> source,
                       int fd, std::string remote_address, Load load)
    : core_(core),
      source_(std::move(source)),
      fd_(fd),
      remote_address_(std::move(remote_address)),
      load_(load),
      stream_(core.tls == nullptr ? MakePlainStream(fd) : core.tls->MakeStream(fd)) {}

Connection::~Connection() {
  if (is_counted_) {
    --core_.in_progress;
  }
  core_.connections.Remove(this);
}

void Connection::SetPhase(Phase phase, std::chrono::milliseconds limit) {
  // The deadline first: ExpireIfLate() reads it last.
  deadline_ns_.store(limit.count() == 0 ? 0 : NanosOf(steady_clock::now() + limit));
  phase_.store(phase);
}

void Connection::ExpireIfLate(steady_clock::time_point now) {
  const Phase phase = phase_.load();
  const int64_t deadline_ns = deadline_ns_.load();
  if (deadline_ns == 0 || NanosOf(now) < deadline_ns) {
    return;
  }
  is_late_ = true;
  // What has arrived can still be read, and an answer be sent.
  ::shutdown(fd_,
             phase == Phase::kWrite || phase == Phase::kLinger ? SHUT_RDWR : SHUT_RD);
}

void Connection::EndIfIdle() {
  const Phase phase = phase_.load();
  if (phase == Phase::kFresh || phase == Phase::kIdle) {
    ::shutdown(fd_, SHUT_RD);
  }
}

void Connection::EndNow() { ::shutdown(fd_, SHUT_RDWR); }

void Connection::Await(Outcome outcome, void (Connection::*then)()) {
  auto call = [self = shared_from_this(), then] { (self.get()->*then)(); };
  if (outcome == Outcome::kWantWrite) {
    source_->WaitWritable(std::move(call));
  } else {
    source_->WaitReadable(std::move(call));
  }
}

void Connection::Start() {
  if (stream_ == nullptr) {
    return;  // no memory for it
  }
  SetPhase(Phase::kFresh, core_.options.header_timeout);
  Await(Outcome::kWantRead, &Connection::Handshake);
}

void Connection::Handshake() {
  const Outcome outcome = stream_->Handshake().outcome;
  if (outcome == Outcome::kDone) {
    certificate_ = stream_->peer_certificate();
    OnReadable();
  } else if (outcome == Outcome::kWantRead || outcome == Outcome::kWantWrite) {
    Await(outcome, &Connection::Handshake);
  } else if (const std::string reason = stream_->refusal(); !reason.empty()) {
    LogWarn("A client's certificate was refused",
            {{"from", remote_address_}, {"reason", reason}});
  }
}

void Connection::OnReadable() {
  if (ReadSome()) {
    Run();
  }
}

void Connection::OnWritable() {
  if (Write() == Then::kAgain) {
    Run();
  }
}

bool Connection::ReadSome() {
  auto& buffer = ReadBuffer();
  const IoResult result = stream_->Read(buffer);
  switch (result.outcome) {
    case Outcome::kDone:
      input_.append(buffer.data(), result.bytes);
      return true;
    case Outcome::kWantRead:
    case Outcome::kWantWrite:
      Await(result.outcome, &Connection::OnReadable);
      return false;
    case Outcome::kEnd:
    case Outcome::kFailed:
      AtEndOfInput();
      return false;
  }
  return false;
}

/// A client that is too slow is told; one that has gone is not.
void Connection::AtEndOfInput() {
  if (is_late_ && parser_ != nullptr && parser_->has_begun()) {
    Refuse(408, Connected::kEnds);
  }
}

void Connection::Run() {
  while (Advance() == Then::kAgain) {
  }
}

/// Parses what has been read, up to the end of a request.
Connection::Then Connection::Advance() {
  if (parser_ == nullptr) {
    parser_ = std::make_unique<RequestParser>(core_.options.header_bytes_max);
  }
  if (!parser_->has_begun()) {
    // Line breaks before a request are to be ignored (RFC 9112 2.2).
    const size_t begin = input_.find_first_not_of("\r\n", input_at_);
    input_at_ = std::min(begin, input_.size());
  }
  while (input_at_ < input_.size()) {
    if (!parser_->has_begun()) {
      began_at_ = steady_clock::now();
      SetPhase(Phase::kHead, core_.options.header_timeout);
    }
    const bool had_head = parser_->has_head();
    const size_t taken = parser_->Feed(std::string_view(input_).substr(input_at_));
    input_at_ += taken;
    if (!had_head && parser_->has_head()) {
      OnHead();
      if (const int status = StatusToRefuseHead(); status != 0) {
        return Refuse(status, Connected::kEnds);
      }
    }
    if (parser_->error_status() != 0) {
      return Refuse(refusal_ != 0 ? refusal_ : parser_->error_status(), Connected::kEnds);
    }
    const bool is_whole =
        parser_->is_done() || (parser_->has_head() && refusal_ == 0 && StreamsBody());
    if (is_whole) {
      return OnRequest();
    }
    if (taken == 0) {
      break;
    }
  }
  return WaitForMore();
}

Connection::Then Connection::WaitForMore() {
  input_.erase(0, input_at_);
  input_at_ = 0;
  if (parser_->has_head()) {
    SetPhase(Phase::kBody, core_.options.body_timeout);
  } else if (!parser_->has_begun() && phase_.load() != Phase::kFresh) {
    if (input_.capacity() > kReadBytes) {
      input_ = std::string();  // an idle connection should cost little
    }
    SetPhase(Phase::kIdle, core_.options.idle_timeout);
  }
  if (stream_->HasBuffered()) {
    return ReadSome() ? Then::kAgain : Then::kGivenAway;
  }
  Await(Outcome::kWantRead, &Connection::OnReadable);
  return Then::kGivenAway;
}

void Connection::OnHead() {
  HttpRequest& request = parser_->request();
  request.remote_address = remote_address_;
  request.is_tls = core_.tls != nullptr;
  const bool has_certificate =
      !certificate_.subject.empty() && SystemClock().Now() < certificate_.valid_until;
  if (has_certificate) {
    request.headers.Set(kClientCertificateHeader, certificate_.subject);
  }
  const std::string* const id = request.headers.Find("X-Request-Id");
  request.request_id =
      id != nullptr && IsSaneRequestId(*id) ? *id : NewUuid(SystemRandom());
  if (parser_->error_status() != 0) {
    return;
  }
  route_ = core_.router.Match(&request, &refusal_);
  if (route_ != nullptr) {
    refusal_ = 0;
  }
  parser_->LimitBody(route_ != nullptr ? route_->options.body_bytes_max
                                       : kUnwantedBodyBytesMax);
  if (parser_->expects_continue() && refusal_ == 0 && !StreamsBody() &&
      parser_->error_status() == 0 && !parser_->is_done() && input_at_ == input_.size()) {
    SayContinue();
  }
}

/// 0 if its body is to be read.
int Connection::StatusToRefuseHead() const {
  if (load_ == Load::kSurplus) {
    return 503;
  }
  // The client has asked before it sends its body.
  return parser_->expects_continue() && !parser_->is_done() ? refusal_ : 0;
}

/// Nothing else has been sent, so it fits; and if not, clients do not wait for ever.
void Connection::SayContinue() { stream_->Write("HTTP/1.1 100 Continue\r\n\r\n", ""); }

Connection::Then Connection::OnRequest() {
  if (refusal_ != 0) {
    return Refuse(refusal_, Connected::kStays);
  }
  ++core_.in_progress;
  is_counted_ = true;
  SetPhase(Phase::kHandler, std::chrono::milliseconds(0));
  if (core_.workers.TryPush(shared_from_this())) {
    return Then::kGivenAway;
  }
  return Refuse(503, Connected::kStays);
}

/// Closing a socket that holds unread bytes resets it, and the client may lose the answer
/// that says why. So only sending is ended, and what still comes is thrown away.
void Connection::Close() {
  stream_->EndWriting();
  SetPhase(Phase::kLinger, kLingerTime);
  Linger();
}

void Connection::Linger() {
  auto& buffer = ReadBuffer();
  for (;;) {
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      const bool may_come = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
      if (may_come) {
        Await(Outcome::kWantRead, &Connection::Linger);
      }
      return;
    }
    lingered_bytes_ += static_cast<size_t>(count);
    if (lingered_bytes_ > kLingerBytesMax) {
      return;
    }
  }
}

}  // namespace tarn::net::internal
