#include "tarn/gateway/iceberg_rest/internal/credential_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tarn::gateway {
namespace {

// Of credentials that never end: settings may change.
constexpr std::chrono::minutes kEndlessLife(10);

}  // namespace

Result<VendedCredentials> CredentialCache::Get(const std::string& key, const Make& make) {
  const std::shared_ptr<Entry> entry = EntryOf(key);
  const std::lock_guard<std::mutex> lock(entry->making);
  const std::chrono::milliseconds now = clock_.Now();
  if (entry->is_made && now < entry->fresh_until) {
    return entry->made;
  }
  entry->made = make();
  entry->is_made = true;
  if (!entry->made.ok()) {
    entry->fresh_until = now + kFailureLife;
  } else if (entry->made->expires_at) {
    entry->fresh_until = now + (*entry->made->expires_at - now) / 2;
  } else {
    entry->fresh_until = now + kEndlessLife;
  }
  return entry->made;
}

std::shared_ptr<CredentialCache::Entry> CredentialCache::EntryOf(const std::string& key) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& [entry, last_use] = entries_[key];
  if (entry == nullptr) {
    entry = std::make_shared<Entry>();
  }
  last_use = ++uses_;
  const std::shared_ptr<Entry> found = entry;
  if (entries_.size() > kEntriesMax) {
    // A tenth at once, so that a full cache does not search for each newcomer.
    std::vector<uint64_t> used;
    used.reserve(entries_.size());
    for (const auto& [name, value] : entries_) {
      used.push_back(value.second);
    }
    const auto tenth = used.begin() + static_cast<int64_t>(kEntriesMax / 10);
    std::ranges::nth_element(used, tenth);
    std::erase_if(entries_, [limit = *tenth](const auto& item) {
      return item.second.second < limit;
    });
  }
  return found;
}

}  // namespace tarn::gateway
