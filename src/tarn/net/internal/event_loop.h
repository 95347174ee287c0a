// One thread that waits for file descriptors. Only its .cc sees Asio.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "tarn/base/result.h"

namespace tarn::net::internal {

class EventLoop {
 public:
  /// Starts the thread. Errors: kIoFailed.
  static Result<std::unique_ptr<EventLoop>> Start();
  ~EventLoop();  // as Stop()

  /// A descriptor, which it owns and closes. Must be gone before its loop. One wait at a
  /// time; its callback runs once, on the loop's thread, also after an error or the end
  /// of the stream. Any thread may wait, so long as one does at a time.
  class Source {
   public:
    virtual ~Source() = default;
    virtual void WaitReadable(std::function<void()> then) = 0;
    virtual void WaitWritable(std::function<void()> then) = 0;
  };
  /// Takes `fd` also when it fails. Errors: kIoFailed.
  Result<std::unique_ptr<Source>> Watch(int fd);

  /// Calls `tick` on the loop's thread, for as long as the loop runs.
  void Every(std::chrono::milliseconds interval, std::function<void()> tick);
  void After(std::chrono::milliseconds delay, std::function<void()> then);
  /// Calls `then` on the loop's thread.
  void Post(std::function<void()> then);

  /// No callback runs after it; those that wait are destroyed.
  void Stop();

 private:
  struct State;
  explicit EventLoop(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace tarn::net::internal
