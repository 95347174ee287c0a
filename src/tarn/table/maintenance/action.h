// What every maintenance action takes besides its own options.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "tarn/base/result.h"

namespace tarn::table {

/// kYes: everything is worked out and reported, nothing is written, committed or deleted.
enum class DryRun : uint8_t { kNo, kYes };

struct ActionProgress {
  std::string stage;  // "read manifests", "delete files", …
  int64_t done = 0;
  int64_t total = 0;  // 0 if it is not known
};

/// How a caller watches an action and ends it. Both functions may be unset; they are
/// called from the threads of the action, `progress` by one at a time.
struct ActionControl {
  /// True ends the action with kCancelled at the next piece of work. What was committed
  /// until then stays, and nothing half made is left behind.
  std::function<bool()> is_cancelled = {};
  std::function<void(const ActionProgress&)> progress = {};

  /// Errors: kCancelled.
  Status Check() const;
  void Report(const std::string& stage, int64_t done, int64_t total) const;
};

}  // namespace tarn::table
