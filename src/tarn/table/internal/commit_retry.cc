#include "tarn/table/internal/commit_retry.h"

#include <algorithm>
#include <charconv>

namespace tarn::table::internal {
namespace {

void ReadProperty(const std::map<std::string, std::string>& properties,
                  const std::string& key, int64_t* value) {
  const auto found = properties.find(key);
  if (found == properties.end()) {
    return;
  }
  const std::string& text = found->second;
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool valid = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (valid && number >= 0) {
    *value = number;
  }
}

void ReadProperty(const std::map<std::string, std::string>& properties,
                  const std::string& key, std::chrono::milliseconds* value) {
  int64_t count = value->count();
  ReadProperty(properties, key, &count);
  *value = std::chrono::milliseconds(count);
}

}  // namespace

RetryPolicy RetryPolicyFor(const std::map<std::string, std::string>& properties) {
  RetryPolicy policy;
  ReadProperty(properties, "commit.retry.num-retries", &policy.retries_max);
  ReadProperty(properties, "commit.retry.min-wait-ms", &policy.wait_min);
  ReadProperty(properties, "commit.retry.max-wait-ms", &policy.wait_max);
  ReadProperty(properties, "commit.retry.total-timeout-ms", &policy.total_max);
  return policy;
}

bool Backoff::Wait(const RetryPolicy& policy) {
  if (retries_ >= policy.retries_max) {
    return false;
  }
  if (clock_.Now() - began_ >= policy.total_max) {
    return false;
  }
  constexpr int64_t kDoublingsMax = 20;
  const int64_t doublings = std::min(retries_, kDoublingsMax);
  const int64_t wait_max = std::max<int64_t>(policy.wait_max.count(), 1);
  const int64_t wait_min = std::clamp<int64_t>(policy.wait_min.count(), 1, wait_max);
  const int64_t ceiling =
      wait_min > (wait_max >> doublings) ? wait_max : wait_min << doublings;
  const auto jitter =
      static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(ceiling));
  clock_.Sleep(std::chrono::milliseconds(ceiling / 2 + jitter / 2));
  ++retries_;
  return true;
}

}  // namespace tarn::table::internal
