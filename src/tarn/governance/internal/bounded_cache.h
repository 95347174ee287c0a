// What was seen lately, in bounded memory.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tarn::governance::internal {

/// Keeps at least the `size_max` / 2 entries used last, and never more than `size_max`:
/// entries live in the new generation or the old one; when the new one is full it becomes
/// the old one. Thread-safe.
template <typename Value>
class BoundedCache {
 public:
  explicit BoundedCache(size_t size_max) : generation_max_(size_max / 2) {}

  std::optional<Value> Find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (const auto found = new_.find(key); found != new_.end()) {
      return found->second;
    }
    const auto found = old_.find(key);
    if (found == old_.end()) {
      return std::nullopt;
    }
    Value value = std::move(found->second);
    old_.erase(found);
    Insert(key, value);
    return value;
  }

  void Put(const std::string& key, Value value) {
    const std::lock_guard lock(mutex_);
    old_.erase(key);
    Insert(key, std::move(value));
  }

  void Erase(const std::string& key) {
    const std::lock_guard lock(mutex_);
    new_.erase(key);
    old_.erase(key);
  }

  size_t size() const {
    const std::lock_guard lock(mutex_);
    return new_.size() + old_.size();
  }

 private:
  void Insert(const std::string& key, Value value) {
    if (new_.size() >= generation_max_ && !new_.contains(key)) {
      old_ = std::exchange(new_, {});
    }
    new_.insert_or_assign(key, std::move(value));
  }

  const size_t generation_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Value> new_;
  std::unordered_map<std::string, Value> old_;
};

}  // namespace tarn::governance::internal
