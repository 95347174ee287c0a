// A small cache of immutable values, least recently used out first.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "tarn/base/cache_metrics.h"

namespace tarn::catalog::internal {

/// Thread-safe. Holds at most `entries_max` values of `bytes_max` bytes together, as
/// their owners count them. `name` is its label in the metrics.
template <typename Value>
class LruCache {
 public:
  LruCache(std::string_view name, size_t entries_max, size_t bytes_max)
      : entries_max_(entries_max), bytes_max_(bytes_max), metrics_(name) {}

  /// nullptr if it is not here.
  std::shared_ptr<const Value> Find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) {
      metrics_.Missed();
      return nullptr;
    }
    metrics_.Found();
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  void Forget(const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
      metrics_.Removed(found->second->bytes);
      Erase(found->second);
    }
  }

  void Put(const std::string& key, std::shared_ptr<const Value> value, size_t bytes) {
    if (bytes > bytes_max_) {
      return;
    }
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
      metrics_.Removed(found->second->bytes);
      Erase(found->second);
    }
    entries_.push_front({key, std::move(value), bytes});
    index_[key] = entries_.begin();
    bytes_ += bytes;
    metrics_.Added(bytes);
    while (entries_.size() > entries_max_ || bytes_ > bytes_max_) {
      metrics_.Evicted(entries_.back().bytes);
      Erase(std::prev(entries_.end()));
    }
  }

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
    size_t bytes;
  };
  using Iterator = typename std::list<Entry>::iterator;

  void Erase(Iterator entry) {
    bytes_ -= entry->bytes;
    index_.erase(entry->key);
    entries_.erase(entry);
  }

  const size_t entries_max_;
  const size_t bytes_max_;
  CacheMetrics metrics_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, Iterator> index_;
  size_t bytes_ = 0;
};

}  // namespace tarn::catalog::internal
