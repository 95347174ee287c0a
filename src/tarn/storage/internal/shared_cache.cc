#include "tarn/storage/internal/shared_cache.h"

#include <utility>

namespace tarn::storage {
namespace {

/// What an entry costs beside its key and value.
constexpr int64_t kEntryBytes = 128;

}  // namespace

int64_t SharedCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

Result<std::shared_ptr<const void>> SharedCache::GetAny(
    const std::string& key, const std::function<Result<Loaded>()>& load) {
  const auto own = std::make_shared<Flight>();
  {
    std::unique_lock lock(mutex_);
    while (true) {
      const auto [found, is_new] = entries_.try_emplace(key);
      if (is_new) {
        found->second.flight = own;
        break;
      }
      if (found->second.value != nullptr) {
        order_.splice(order_.begin(), order_, found->second.place);
        return found->second.value;
      }
      const std::shared_ptr<Flight> flight = found->second.flight;
      changed_.wait(lock, [&] { return flight->landed; });
      if (flight->value != nullptr) {
        return flight->value;
      }
    }
  }
  Loaded loaded;
  // Also when `load` ends by an exception: others may be waiting.
  const auto land = [&](void* /*unused*/) { Land(key, own.get(), loaded); };
  const std::unique_ptr<void, decltype(land)> landing(own.get(), land);
  ARROW_ASSIGN_OR_RAISE(loaded, load());
  return loaded.value;
}

void SharedCache::Land(const std::string& key, Flight* flight, const Loaded& loaded) {
  {
    const std::lock_guard lock(mutex_);
    entries_.erase(key);
    flight->landed = true;
    flight->value = loaded.value;
    if (loaded.value != nullptr) {
      Keep(key, loaded);
    }
  }
  changed_.notify_all();
}

void SharedCache::Keep(const std::string& key, const Loaded& loaded) {
  const int64_t bytes = loaded.bytes + kEntryBytes + 2 * static_cast<int64_t>(key.size());
  if (bytes > bytes_max_) {
    return;
  }
  while (bytes_ + bytes > bytes_max_) {
    const auto last = entries_.find(order_.back());
    bytes_ -= last->second.bytes;
    entries_.erase(last);
    order_.pop_back();
  }
  order_.push_front(key);
  entries_[key] = {
      .flight = nullptr, .value = loaded.value, .bytes = bytes, .place = order_.begin()};
  bytes_ += bytes;
}

}  // namespace tarn::storage
