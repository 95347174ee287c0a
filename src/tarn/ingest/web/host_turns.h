// One request at a time to each host, with a pause between them, of all scrapes together.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"

namespace tarn::ingest::web {

/// Thread-safe.
class HostTurns {
 public:
  explicit HostTurns(Clock& clock) : clock_(clock) {}

  /// Blocks until nobody asks `host` ("example.org:443") and its pause is over; Done()
  /// must follow. Errors: kCancelled once `cancelled` says so.
  Status Wait(const std::string& host, const std::function<bool()>& cancelled);
  /// The next one waits for `pause` at least.
  void Done(const std::string& host, std::chrono::milliseconds pause);

 private:
  struct Host {
    bool is_asked = false;
    std::chrono::milliseconds free_at{0};
  };

  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Host> hosts_;
};

}  // namespace tarn::ingest::web
