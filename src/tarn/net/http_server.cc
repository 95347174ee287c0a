#include "tarn/net/http_server.h"

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/net/internal/connection.h"
#include "tarn/net/internal/event_loop.h"
#include "tarn/net/internal/listener.h"
#include "tarn/net/internal/server_core.h"

namespace tarn::net {
namespace {

using internal::Connection;
using internal::EventLoop;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Clients beyond connections_max that are told so at one time; more are just closed.
constexpr int64_t kSurplusMax = 64;
constexpr int kAcceptsAtOnce = 64;
constexpr milliseconds kAcceptPause{100};
constexpr milliseconds kDrainPause{2};
/// Connections that have been ended need the loop's thread once more.
constexpr milliseconds kEndingTime{1'000};

/// Time-outs are looked at this often: a quarter of the shortest.
milliseconds SweepInterval(const HttpServerOptions& options) {
  const milliseconds shortest = std::min({options.header_timeout, options.body_timeout,
                                          options.idle_timeout, options.write_timeout});
  return std::clamp(shortest / 4, milliseconds(5), milliseconds(1'000));
}

class AsioHttpServer : public HttpServer {
 public:
  AsioHttpServer(HttpServerOptions options, const Router& router)
      : core_(std::move(options), router) {}

  ~AsioHttpServer() override {
    Shutdown(milliseconds(0));
    core_.workers.Stop();
    for (const auto& loop : loops_) {
      loop->Stop();
    }
  }

  Status Open() {
    if (core_.options.tls) {
      ARROW_ASSIGN_OR_RAISE(core_.tls, internal::TlsContext::Load(*core_.options.tls));
    }
    ARROW_ASSIGN_OR_RAISE(const internal::Listening listening,
                          internal::Listen(core_.options.address, core_.options.port));
    listening_fd_ = listening.fd;
    port_ = listening.port;
    for (int32_t i = 0; i < std::max(1, core_.options.io_threads); ++i) {
      auto loop = EventLoop::Start();
      if (!loop.ok()) {
        internal::CloseListening(listening_fd_);
        return loop.status();
      }
      loops_.push_back(*std::move(loop));
    }
    ARROW_ASSIGN_OR_RAISE(listener_, loops_.front()->Watch(listening_fd_));
    loops_.front()->Every(SweepInterval(core_.options), [this] { Sweep(); });
    loops_.front()->Post([this] { AwaitClient(); });
    return Status::OK();
  }

  uint16_t port() const override { return port_; }

  void Shutdown(milliseconds grace) override {
    const std::lock_guard lock(shutdown_mutex_);
    core_.is_draining = true;
    StopListening();
    const auto deadline = steady_clock::now() + grace;
    while (core_.connections.size() > 0 && steady_clock::now() < deadline) {
      for (const auto& connection : core_.connections.All()) {
        connection->EndIfIdle();
      }
      std::this_thread::sleep_for(kDrainPause);
    }
    // A handler may still run; what waits for its connection's thread is soon gone.
    const auto last = steady_clock::now() + kEndingTime;
    while (core_.connections.size() > core_.in_progress && steady_clock::now() < last) {
      EndAll();
      std::this_thread::sleep_for(kDrainPause);
    }
    EndAll();
  }

  Counts counts() const override {
    return {.connections = core_.connections.size(),
            .requests = core_.requests,
            .in_progress = core_.in_progress,
            .refused = core_.refused};
  }

 private:
  void Sweep() {
    const auto now = steady_clock::now();
    for (const auto& connection : core_.connections.All()) {
      connection->ExpireIfLate(now);
    }
  }

  void EndAll() {
    for (const auto& connection : core_.connections.All()) {
      connection->EndNow();
    }
  }

  void StopListening() {
    if (loops_.empty()) {
      return;
    }
    std::promise<void> closed;
    loops_.front()->Post([&] {
      listener_.reset();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  // On the first loop's thread.

  void AwaitClient() {
    if (listener_ != nullptr) {
      listener_->WaitReadable([this] { AcceptClients(); });
    }
  }

  void AcceptClients() {
    for (int i = 0; i < kAcceptsAtOnce && listener_ != nullptr; ++i) {
      internal::Accepted accepted = internal::Accept(listening_fd_);
      if (accepted.is_short_of_descriptors) {
        LogWarn("No file descriptor is left for a client: raise the limit (ulimit -n)");
        loops_.front()->After(kAcceptPause, [this] { AwaitClient(); });
        return;
      }
      if (accepted.fd < 0) {
        break;
      }
      Serve(std::move(accepted));
    }
    AwaitClient();
  }

  void Serve(internal::Accepted accepted) {
    auto source = loops_[next_loop_]->Watch(accepted.fd);
    next_loop_ = (next_loop_ + 1) % loops_.size();
    const int64_t surplus =
        core_.connections.size() + 1 - int64_t{core_.options.connections_max};
    if (!source.ok() || surplus > kSurplusMax) {
      ++core_.refused;
      return;
    }
    const auto connection = std::make_shared<Connection>(
        core_, *std::move(source), accepted.fd, std::move(accepted.remote_address),
        surplus > 0 ? Connection::Load::kSurplus : Connection::Load::kNormal);
    core_.connections.Add(connection);
    connection->Start();
  }

  internal::ServerCore core_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::unique_ptr<EventLoop::Source> listener_;
  std::mutex shutdown_mutex_;
  int listening_fd_ = -1;
  uint16_t port_ = 0;
  size_t next_loop_ = 0;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                      const Router& router) {
  auto server = std::make_unique<AsioHttpServer>(std::move(options), router);
  ARROW_RETURN_NOT_OK(server->Open());
  return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace tarn::net
