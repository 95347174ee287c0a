#include "tarn/net/internal/event_loop.h"

#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn::net::internal {
namespace {

namespace asio = boost::asio;
using AsioError = boost::system::error_code;
using Descriptor = asio::posix::stream_descriptor;

class AsioSource : public EventLoop::Source {
 public:
  explicit AsioSource(asio::io_context& context) : descriptor_(context) {}

  AsioError Assign(int fd) {
    AsioError error;
    descriptor_.assign(fd, error);
    return error;
  }
  void WaitReadable(std::function<void()> then) override {
    Wait(Descriptor::wait_read, std::move(then));
  }
  void WaitWritable(std::function<void()> then) override {
    Wait(Descriptor::wait_write, std::move(then));
  }

 private:
  void Wait(Descriptor::wait_type what, std::function<void()> then) {
    descriptor_.async_wait(what, [then = std::move(then)](const AsioError&) { then(); });
  }

  Descriptor descriptor_;
};

/// A timer that starts itself again.
class Ticker : public std::enable_shared_from_this<Ticker> {
 public:
  Ticker(asio::io_context& context, std::chrono::milliseconds interval,
         std::function<void()> tick)
      : timer_(context), interval_(interval), tick_(std::move(tick)) {}

  void Arm() {
    timer_.expires_after(interval_);
    timer_.async_wait([self = shared_from_this()](const AsioError& error) {
      if (!error) {
        self->tick_();
        self->Arm();
      }
    });
  }

 private:
  asio::steady_timer timer_;
  std::chrono::milliseconds interval_;
  std::function<void()> tick_;
};

}  // namespace

struct EventLoop::State {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

EventLoop::EventLoop(std::unique_ptr<State> state) : state_(std::move(state)) {}

EventLoop::~EventLoop() { Stop(); }

Result<std::unique_ptr<EventLoop>> EventLoop::Start() {
  try {
    auto state = std::make_unique<State>();
    state->thread = std::thread([context = &state->context] { context->run(); });
    return std::unique_ptr<EventLoop>(new EventLoop(std::move(state)));
  } catch (const std::exception& e) {
    return MakeError(ErrorCode::kIoFailed,
                     fmt::format("Cannot start a network thread: {}", e.what()));
  }
}

Result<std::unique_ptr<EventLoop::Source>> EventLoop::Watch(int fd) {
  auto source = std::make_unique<AsioSource>(state_->context);
  const AsioError error = source->Assign(fd);
  if (error) {
    ::close(fd);
    return MakeError(ErrorCode::kIoFailed,
                     fmt::format("Cannot watch a connection: {}", error.message()));
  }
  return std::unique_ptr<Source>(std::move(source));
}

void EventLoop::Every(std::chrono::milliseconds interval, std::function<void()> tick) {
  std::make_shared<Ticker>(state_->context, interval, std::move(tick))->Arm();
}

void EventLoop::After(std::chrono::milliseconds delay, std::function<void()> then) {
  auto timer = std::make_shared<asio::steady_timer>(state_->context, delay);
  timer->async_wait([timer, then = std::move(then)](const AsioError& error) {
    if (!error) {
      then();
    }
  });
}

void EventLoop::Post(std::function<void()> then) {
  asio::post(state_->context, std::move(then));
}

void EventLoop::Stop() {
  if (state_ == nullptr) {
    return;
  }
  state_->context.stop();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
  state_.reset();
}

}  // namespace tarn::net::internal
