// A browser's DevTools protocol over a socket that is its descriptors 3 and 4: calls and
// their answers, and events of several pages at once.
//
//   DevTools devtools(std::move(ends));
//   DevToolsChannel channel(devtools);
//   channel.Send("Target.createTarget", {{"url", "about:blank"}});
//   const std::optional<DevToolsMessage> message = channel.Receive(100ms);
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tarn/ingest/web/internal/devtools_frames.h"

namespace tarn::ingest::web::internal {

/// Where one page's messages wait for it.
struct DevToolsInbox {
  std::mutex mutex;
  std::condition_variable arrived;
  std::deque<DevToolsMessage> messages;
  size_t bytes = 0;
  bool is_closed = false;  // nothing more will come
};

/// Descriptors of ours, which it closes.
struct BrowserEnds {
  int socket = -1;
  int errors = -1;  // what the browser says on its standard error
};

/// Thread-safe. A thread of its own reads.
class DevTools {
 public:
  explicit DevTools(BrowserEnds ends);
  /// The browser sees the end of its pipe, and ends.
  ~DevTools();
  DevTools(const DevTools&) = delete;
  DevTools& operator=(const DevTools&) = delete;

  /// False once the browser has gone, or talks nonsense.
  bool is_open() const { return is_open_; }
  /// The end of what the browser said on its standard error.
  std::string said() const;

 private:
  friend class DevToolsChannel;
  void Read();
  bool ReadSocket(DevToolsFrames* frames);
  void ReadErrors();
  void Deliver(DevToolsMessage message);
  void Close();
  bool Write(std::string_view bytes);

  const BrowserEnds ends_;
  std::atomic<bool> is_open_{true};
  std::atomic<bool> ends_now_{false};
  std::atomic<int64_t> next_id_{1};
  std::mutex write_mutex_;
  bool errors_are_open_ = true;  // the reader's own
  mutable std::mutex mutex_;     // of all below
  std::string said_;
  std::map<int64_t, std::shared_ptr<DevToolsInbox>> calls_;
  std::map<std::string, std::shared_ptr<DevToolsInbox>> sessions_;
  std::thread reader_;
};

/// One page's way to the browser; for one thread. `devtools` outlives it.
class DevToolsChannel {
 public:
  explicit DevToolsChannel(DevTools& devtools);
  ~DevToolsChannel();
  DevToolsChannel(const DevToolsChannel&) = delete;
  DevToolsChannel& operator=(const DevToolsChannel&) = delete;

  /// Events of this session come here too.
  void Listen(const std::string& session);
  /// The call's id, with which its answer comes. Its session is empty for calls to the
  /// browser itself.
  int64_t Send(const std::string& session, const char* method, Json params);
  /// The next answer or event; unset after `wait` without any.
  std::optional<DevToolsMessage> Receive(std::chrono::milliseconds wait);
  /// False once nothing can come any more: the browser has gone.
  bool is_open();

 private:
  DevTools& devtools_;
  const std::shared_ptr<DevToolsInbox> inbox_;
};

}  // namespace tarn::ingest::web::internal
