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
    for (int32_t i = 0; i < std::max(1, core_.options.io_threads); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto loop, EventLoop::Start());
      loops_.push_back(std::move(loop));
    }
    ARROW_ASSIGN_OR_RAISE(port_, Listen(core_.options.port));
    for (const uint16_t port : core_.options.extra_ports) {
      ARROW_ASSIGN_OR_RAISE(const uint16_t bound, Listen(port));
      extra_ports_.push_back(bound);
    }
    loops_.front()->Every(SweepInterval(core_.options), [this] { Sweep(); });
    loops_.front()->Post([this] {
      for (size_t i = 0; i < listeners_.size(); ++i) {
        AwaitClient(i);
      }
    });
    return Status::OK();
  }

  uint16_t port() const override { return port_; }
  const std::vector<uint16_t>& extra_ports() const override { return extra_ports_; }

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

  Status ReloadCertificate() override {
    return core_.tls == nullptr ? Status::OK() : core_.tls->Reload();
  }

  Counts counts() const override {
    return {.connections = core_.connections.size(),
            .requests = core_.requests,
            .in_progress = core_.in_progress,
            .refused = core_.refused};
  }

 private:
  struct Listener {
    int fd = -1;  // the source's to close
    std::unique_ptr<EventLoop::Source> source;
  };

  /// The port that it is.
  Result<uint16_t> Listen(uint16_t port) {
    ARROW_ASSIGN_OR_RAISE(const internal::Listening listening,
                          internal::Listen(core_.options.address, port));
    ARROW_ASSIGN_OR_RAISE(auto source, loops_.front()->Watch(listening.fd));
    listeners_.push_back({.fd = listening.fd, .source = std::move(source)});
    return listening.port;
  }

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
      for (Listener& listener : listeners_) {
        listener.source.reset();
      }
      closed.set_value();
    });
    closed.get_future().wait();
  }

  // On the first loop's thread.

  void AwaitClient(size_t index) {
    if (listeners_[index].source != nullptr) {
      listeners_[index].source->WaitReadable([this, index] { AcceptClients(index); });
    }
  }

  void AcceptClients(size_t index) {
    const Listener& listener = listeners_[index];
    for (int i = 0; i < kAcceptsAtOnce && listener.source != nullptr; ++i) {
      internal::Accepted accepted = internal::Accept(listener.fd);
      if (accepted.is_short_of_descriptors) {
        LogWarn("No file descriptor is left for a client: raise the limit (ulimit -n)");
        loops_.front()->After(kAcceptPause, [this, index] { AwaitClient(index); });
        return;
      }
      if (accepted.fd < 0) {
        break;
      }
      Serve(std::move(accepted));
    }
    AwaitClient(index);
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
  std::vector<Listener> listeners_;  // filled by Open()
  std::mutex shutdown_mutex_;
  uint16_t port_ = 0;
  std::vector<uint16_t> extra_ports_;
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
