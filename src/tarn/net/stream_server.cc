#include "tarn/net/stream_server.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/net/internal/listener.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortOfDescriptors(50);

Status SystemError(const std::string& what, int error) {
  return MakeError(ErrorCode::kIoFailed,
                   what + ": " + std::generic_category().message(error));
}

Status ShuttingDown() {
  return MakeError(ErrorCode::kCancelled, "The server is shutting down");
}

/// Readable from the first Raise on, for everyone who polls it.
class Signal {
 public:
  Signal() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Signal() { ::close(fd_); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  int fd() const { return fd_; }
  bool is_raised() const { return is_raised_; }
  void Raise() {
    is_raised_ = true;
    const uint64_t one = 1;
    // Fails only if it is raised already.
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof(one));
  }

 private:
  const int fd_;
  std::atomic<bool> is_raised_ = false;
};

class SocketStream : public Stream {
 public:
  SocketStream(internal::Accepted accepted, const Signal& draining, const Signal& cut)
      : fd_(accepted.fd),
        remote_address_(std::move(accepted.remote_address)),
        draining_(draining),
        cut_(cut) {}
  ~SocketStream() override { ::close(fd_); }
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  Result<size_t> Read(char* data, size_t size, ReadPoint point,
                      milliseconds timeout) override {
    const bool is_idle = point == ReadPoint::kBetweenRequests;
    if (is_idle && draining_.is_raised() && std::exchange(had_last_request_, true)) {
      return ShuttingDown();  // a client that never pauses gets one more answer
    }
    for (;;) {
      const ssize_t count = ::recv(fd_, data, size, 0);
      if (count >= 0) {
        return static_cast<size_t>(count);
      }
      if (errno != EAGAIN && errno != EINTR) {
        return SystemError("Cannot read from " + remote_address_, errno);
      }
      RETURN_NOT_OK(Wait(POLLIN, is_idle ? draining_ : cut_, timeout));
    }
  }

  Status Write(std::string_view bytes, milliseconds timeout) override {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count >= 0) {
        bytes.remove_prefix(static_cast<size_t>(count));
      } else if (errno != EAGAIN && errno != EINTR) {
        return SystemError("Cannot write to " + remote_address_, errno);
      } else {
        RETURN_NOT_OK(Wait(POLLOUT, cut_, timeout));
      }
    }
    return Status::OK();
  }

  const std::string& remote_address() const override { return remote_address_; }
  int descriptor() const override { return fd_; }

 private:
  Status Wait(short events, const Signal& end, milliseconds timeout) const {
    std::array<pollfd, 2> waits = {pollfd{fd_, events, 0}, pollfd{end.fd(), POLLIN, 0}};
    const int ready =
        ::poll(waits.data(), waits.size(), static_cast<int>(timeout.count()));
    if (ready < 0 && errno != EINTR) {
      return SystemError("Cannot wait for " + remote_address_, errno);
    }
    if (ready == 0) {
      return MakeError(ErrorCode::kTimeout, "No byte moved for " +
                                                std::to_string(timeout.count()) +
                                                " ms: " + remote_address_);
    }
    // What is there already is taken before the end is seen.
    if (ready > 0 && waits[0].revents == 0 && waits[1].revents != 0) {
      return ShuttingDown();
    }
    return Status::OK();
  }

  const int fd_;
  const std::string remote_address_;
  bool had_last_request_ = false;
  const Signal& draining_;
  const Signal& cut_;
};

class ThreadedServer : public StreamServer {
 public:
  ThreadedServer(StreamServerOptions options, Handler handler,
                 const internal::Listening& listening)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        listening_(listening),
        acceptor_([this] { AcceptAll(); }) {}

  ~ThreadedServer() override { Shutdown(milliseconds(0)); }
  ThreadedServer(const ThreadedServer&) = delete;
  ThreadedServer& operator=(const ThreadedServer&) = delete;

  uint16_t port() const override { return listening_.port; }

  void Shutdown(milliseconds grace) override {
    const std::lock_guard once(shutdown_mutex_);
    draining_.Raise();
    if (acceptor_.joinable()) {
      acceptor_.join();
      internal::CloseListening(listening_.fd);
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, grace, [this] { return num_open_ == 0; });
    cut_.Raise();
    changed_.wait(lock, [this] { return num_open_ == 0; });
    lock.unlock();
    JoinFinished();
  }

  Counts counts() const override {
    const std::lock_guard lock(mutex_);
    return {.connections = num_open_, .accepted = num_accepted_, .refused = num_refused_};
  }

 private:
  void AcceptAll() {
    std::array<pollfd, 2> waits = {pollfd{listening_.fd, POLLIN, 0},
                                   pollfd{draining_.fd(), POLLIN, 0}};
    for (;;) {
      if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
        LogError("cannot wait for connections",
                 {{"error", std::generic_category().message(errno)}});
        return;
      }
      if (waits[1].revents != 0) {
        return;
      }
      internal::Accepted accepted = internal::Accept(listening_.fd);
      if (accepted.is_short_of_descriptors) {
        std::this_thread::sleep_for(kShortOfDescriptors);
      } else if (accepted.fd >= 0) {
        Serve(std::move(accepted));
      }
      JoinFinished();
    }
  }

  void Serve(internal::Accepted accepted) {
    auto stream = std::make_unique<SocketStream>(std::move(accepted), draining_, cut_);
    const std::lock_guard lock(mutex_);
    ++num_accepted_;
    if (num_open_ >= options_.connections_max) {
      ++num_refused_;
      LogWarn("connection refused: there are too many",
              {{"from", stream->remote_address()},
               {"port", std::to_string(listening_.port)},
               {"max", std::to_string(options_.connections_max)}});
      return;
    }
    const auto place = threads_.emplace(threads_.end());
    try {
      *place = std::thread([this, place, stream = std::move(stream)]() mutable {
        Run(*stream);
        stream.reset();
        const std::lock_guard done(mutex_);
        finished_.splice(finished_.end(), threads_, place);
        --num_open_;
        changed_.notify_all();
      });
      ++num_open_;
    } catch (const std::system_error& e) {
      threads_.erase(place);
      ++num_refused_;
      LogError("no thread for a connection", {{"error", e.what()}});
    }
  }

  void Run(Stream& stream) const {
    try {
      handler_(stream);
    } catch (const std::exception& e) {
      LogError("connection ended by an exception",
               {{"from", stream.remote_address()}, {"error", e.what()}});
    }
  }

  void JoinFinished() {
    std::list<std::thread> finished;
    {
      const std::lock_guard lock(mutex_);
      finished.swap(finished_);
    }
    for (std::thread& thread : finished) {
      thread.join();
    }
  }

  const StreamServerOptions options_;
  const Handler handler_;
  const internal::Listening listening_;
  Signal draining_;  // no new requests
  Signal cut_;       // nothing at all
  std::mutex shutdown_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::thread> threads_;   // guarded by mutex_, as all below
  std::list<std::thread> finished_;  // to be joined
  int64_t num_open_ = 0;
  int64_t num_accepted_ = 0;
  int64_t num_refused_ = 0;
  std::thread acceptor_;  // last: sees all others made
};

}  // namespace

Result<std::unique_ptr<StreamServer>> StreamServer::Start(StreamServerOptions options,
                                                          Handler handler) {
  ARROW_ASSIGN_OR_RAISE(const internal::Listening listening,
                        internal::Listen(options.address, options.port));
  return std::make_unique<ThreadedServer>(std::move(options), std::move(handler),
                                          listening);
}

}  // namespace tarn::net
