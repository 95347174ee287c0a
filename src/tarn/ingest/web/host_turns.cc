#include "tarn/ingest/web/host_turns.h"

#include <algorithm>

#include "tarn/base/error.h"

namespace tarn::ingest::web {
namespace {

/// Cancelling is noticed within it.
constexpr std::chrono::milliseconds kLookAgain{100};
constexpr size_t kHostsKept = 1'000;

}  // namespace

Status HostTurns::Wait(const std::string& host, const std::function<bool()>& cancelled) {
  while (true) {
    if (cancelled && cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled before a request to " + host);
    }
    std::chrono::milliseconds wait = kLookAgain;
    {
      const std::lock_guard lock(mutex_);
      const std::chrono::milliseconds now = clock_.Now();
      Host& entry = hosts_[host];
      if (!entry.is_asked && entry.free_at <= now) {
        entry.is_asked = true;
        return Status::OK();
      }
      if (!entry.is_asked) {
        wait = std::min(wait, entry.free_at - now);
      }
    }
    clock_.Sleep(wait);
  }
}

void HostTurns::Done(const std::string& host, std::chrono::milliseconds pause) {
  const std::lock_guard lock(mutex_);
  const std::chrono::milliseconds now = clock_.Now();
  hosts_[host] = {.is_asked = false, .free_at = now + pause};
  if (hosts_.size() > kHostsKept) {
    std::erase_if(hosts_, [&](const auto& entry) {
      return !entry.second.is_asked && entry.second.free_at <= now;
    });
  }
}

}  // namespace tarn::ingest::web
