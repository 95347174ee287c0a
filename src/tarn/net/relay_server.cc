#include "tarn/net/relay_server.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <span>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "tarn/base/logging.h"
#include "tarn/net/internal/byte_stream.h"
#include "tarn/net/internal/tls_context.h"
#include "tarn/net/stream_server.h"

namespace tarn::net {
namespace {

using internal::ByteStream;
using internal::IoResult;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kBufferBytes = size_t{64} << 10;
constexpr int kPollMs = 250;  // how soon a shutdown is seen
/// What one side still had to take when the other was gone.
constexpr milliseconds kLastBytes(5'000);

class OwnedSocket {
 public:
  explicit OwnedSocket(int fd) : fd_(fd) {}
  ~OwnedSocket() { ::close(fd_); }
  OwnedSocket(const OwnedSocket&) = delete;
  OwnedSocket& operator=(const OwnedSocket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

/// One direction: what was read and not yet written.
class Flow {
 public:
  Flow(ByteStream& from, ByteStream& to, int to_fd)
      : from_(from), to_(to), to_fd_(to_fd), buffer_(kBufferBytes) {}

  /// Moves what can be moved without waiting. False: the connection is broken.
  bool Move() {
    for (bool moved = true; moved && !has_ended_;) {
      moved = false;
      if (begin_ == end_ && !is_at_end_) {
        begin_ = end_ = 0;
        const IoResult read = from_.Read(std::span<char>(buffer_));
        if (read.outcome == IoResult::Outcome::kFailed) {
          return false;
        }
        is_at_end_ = read.outcome == IoResult::Outcome::kEnd;
        end_ = read.outcome == IoResult::Outcome::kDone ? read.bytes : 0;
      }
      if (begin_ < end_) {
        const IoResult sent = to_.Write({buffer_.data() + begin_, end_ - begin_}, {});
        if (sent.outcome == IoResult::Outcome::kFailed) {
          return false;
        }
        if (sent.outcome == IoResult::Outcome::kDone) {
          begin_ += sent.bytes;
          moved = true;
        }
      } else if (is_at_end_) {
        to_.EndWriting();
        ::shutdown(to_fd_, SHUT_WR);
        has_ended_ = true;
      }
    }
    return true;
  }

  bool wants_read() const { return begin_ == end_ && !is_at_end_; }
  bool wants_write() const { return begin_ < end_; }
  bool has_ended() const { return has_ended_; }

 private:
  ByteStream& from_;
  ByteStream& to_;
  const int to_fd_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool is_at_end_ = false;
  bool has_ended_ = false;
};

short EventsOf(bool reads, bool writes) {
  return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

class ThreadedRelay : public RelayServer {
 public:
  ThreadedRelay(RelayServerOptions options, Connect connect)
      : options_(std::move(options)), connect_(std::move(connect)) {}
  ~ThreadedRelay() override { Shutdown(milliseconds(0)); }
  ThreadedRelay(const ThreadedRelay&) = delete;
  ThreadedRelay& operator=(const ThreadedRelay&) = delete;

  Status Listen() {
    if (options_.tls) {
      ARROW_ASSIGN_OR_RAISE(
          tls_, internal::TlsContext::Load(*options_.tls, internal::Protocol::kHttp2));
    }
    ARROW_ASSIGN_OR_RAISE(
        server_, StreamServer::Start({.address = options_.address,
                                      .port = options_.port,
                                      .connections_max = options_.connections_max},
                                     [this](Stream& stream) { Relay(stream); }));
    return Status::OK();
  }

  uint16_t port() const override { return server_->port(); }

  void Shutdown(milliseconds grace) override {
    cut_at_ = (Clock::now() + grace).time_since_epoch().count();
    if (server_ != nullptr) {
      server_->Shutdown(grace);
    }
  }

  Status ReloadCertificate() override {
    return tls_ == nullptr ? Status::OK() : tls_->Reload();
  }

 private:
  bool IsCut() const { return Clock::now().time_since_epoch().count() >= cut_at_; }

  void Relay(Stream& stream) {
    const int client_fd = stream.descriptor();
    const auto client = tls_ == nullptr ? internal::MakePlainStream(client_fd)
                                        : tls_->MakeStream(client_fd);
    if (client == nullptr) {
      return;
    }
    if (!Handshake(*client, client_fd)) {
      if (const std::string reason = client->refusal(); !reason.empty()) {
        LogWarn("A client's certificate was refused",
                {{"from", stream.remote_address()}, {"reason", reason}});
      }
      return;
    }
    RelayedClient relayed{.remote_address = stream.remote_address(),
                          .certificate_subject = client->peer_certificate().subject};
    const Result<int> connected = connect_(relayed);
    if (!connected.ok()) {
      LogError(
          "A connection has nobody to talk to",
          {{"from", stream.remote_address()}, {"reason", connected.status().message()}});
      return;
    }
    const OwnedSocket behind(*connected);
    if (::fcntl(behind.fd(), F_SETFL, O_NONBLOCK) == 0) {
      const auto server = internal::MakePlainStream(behind.fd());
      Pump(*client, client_fd, *server, behind.fd());
    }
  }

  bool Handshake(ByteStream& client, int fd) const {
    const auto until = Clock::now() + options_.handshake_timeout;
    while (Clock::now() < until && !IsCut()) {
      const auto outcome = client.Handshake().outcome;
      if (outcome == IoResult::Outcome::kDone) {
        return true;
      }
      const bool wants_write = outcome == IoResult::Outcome::kWantWrite;
      if (!wants_write && outcome != IoResult::Outcome::kWantRead) {
        return false;
      }
      pollfd wait = {fd, EventsOf(!wants_write, wants_write), 0};
      ::poll(&wait, 1, kPollMs);
    }
    return false;
  }

  void Pump(ByteStream& client, int client_fd, ByteStream& server, int server_fd) const {
    Flow up(client, server, server_fd);
    Flow down(server, client, client_fd);
    auto moved_at = Clock::now();
    while (up.Move() && down.Move() && !IsCut()) {
      if (down.has_ended()) {
        return;  // what is behind has said all, and the client has it
      }
      std::array<pollfd, 2> waits = {
          pollfd{client_fd, EventsOf(up.wants_read(), down.wants_write()), 0},
          pollfd{server_fd, EventsOf(down.wants_read(), up.wants_write()), 0}};
      for (pollfd& wait : waits) {
        wait.fd = wait.events == 0 ? -1 : wait.fd;  // a hang-up would be told for ever
      }
      const int timeout = client.HasBuffered() && up.wants_read() ? 0 : kPollMs;
      if (::poll(waits.data(), waits.size(), timeout) != 0) {
        moved_at = Clock::now();
      } else if (down.wants_write() && !down.wants_read() && up.has_ended() &&
                 Clock::now() - moved_at > kLastBytes) {
        return;
      }
    }
  }

  const RelayServerOptions options_;
  const Connect connect_;
  std::unique_ptr<internal::TlsContext> tls_;
  std::atomic<Clock::rep> cut_at_ = Clock::time_point::max().time_since_epoch().count();
  std::unique_ptr<StreamServer> server_;  // last: its threads use the others
};

}  // namespace

Result<std::unique_ptr<RelayServer>> RelayServer::Start(RelayServerOptions options,
                                                        Connect connect) {
  auto relay = std::make_unique<ThreadedRelay>(std::move(options), std::move(connect));
  RETURN_NOT_OK(relay->Listen());
  return relay;
}

}  // namespace tarn::net
