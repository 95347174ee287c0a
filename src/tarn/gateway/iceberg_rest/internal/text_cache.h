// Texts by key, those used last, within a budget of bytes.
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

namespace tarn::gateway::internal {

/// Thread-safe.
class TextCache {
 public:
  using Text = std::shared_ptr<const std::string>;

  /// `name` is its label in the metrics.
  TextCache(std::string_view name, size_t bytes_max)
      : bytes_max_(bytes_max), metrics_(name) {}

  /// The text of `key`, which `make` makes if it is not there; by two threads at once if
  /// they ask at once.
  template <typename Make>
  Text Get(const std::string& key, const Make& make) {
    if (Text found = Find(key)) {
      return found;
    }
    auto text = std::make_shared<const std::string>(make());
    Keep(key, text);
    return text;
  }

  Text Find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
      metrics_.Missed();
      return nullptr;
    }
    metrics_.Found();
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().second;
  }

  void Keep(const std::string& key, Text text) {
    const std::lock_guard lock(mutex_);
    const size_t bytes = BytesOf(key, *text);
    if (bytes > bytes_max_ || by_key_.contains(key)) {
      return;
    }
    bytes_ += bytes;
    metrics_.Added(bytes);
    entries_.emplace_front(key, std::move(text));
    by_key_[entries_.front().first] = entries_.begin();
    while (bytes_ > bytes_max_) {
      const size_t last = BytesOf(entries_.back().first, *entries_.back().second);
      bytes_ -= last;
      metrics_.Evicted(last);
      by_key_.erase(entries_.back().first);
      entries_.pop_back();
    }
  }

  size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

 private:
  using Entries = std::list<std::pair<std::string, Text>>;

  static size_t BytesOf(const std::string& key, const std::string& text) {
    constexpr size_t kEntryBytes = 256;
    return kEntryBytes + key.size() + text.size();
  }

  const size_t bytes_max_;
  CacheMetrics metrics_;
  mutable std::mutex mutex_;
  size_t bytes_ = 0;
  Entries entries_;  // used last first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
};

}  // namespace tarn::gateway::internal
