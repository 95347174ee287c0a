// Values that are expensive to make and never change, kept for all threads up to a budget
// of bytes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tarn/base/result.h"

namespace tarn::storage {

/// Least recently used values go first; a value larger than the budget is made and not
/// kept. Thread-safe: of several threads that ask for one key, one makes the value and
/// the others wait for it; if it fails, they try for themselves.
class SharedCache {
 public:
  struct Loaded {
    std::shared_ptr<const void> value;
    int64_t bytes = 0;
  };

  explicit SharedCache(int64_t bytes_max) : bytes_max_(bytes_max) {}

  /// The value of `key`, made by `load` if it is not there. All values of one key have
  /// the type T; `load` must not ask for the same key.
  template <typename T>
  Result<std::shared_ptr<const T>> Get(const std::string& key,
                                       const std::function<Result<Loaded>()>& load) {
    ARROW_ASSIGN_OR_RAISE(auto value, GetAny(key, load));
    return std::static_pointer_cast<const T>(std::move(value));
  }

  int64_t bytes() const;

 private:
  /// A value that is being made, for those who wait for it.
  struct Flight {
    bool landed = false;
    std::shared_ptr<const void> value;  // nullptr if it failed
  };
  struct Entry {
    std::shared_ptr<Flight> flight;  // or else
    std::shared_ptr<const void> value;
    int64_t bytes = 0;
    std::list<std::string>::iterator place;  // in order_, of a value
  };

  Result<std::shared_ptr<const void>> GetAny(const std::string& key,
                                             const std::function<Result<Loaded>()>& load);
  /// Ends a flight with its value, or with nullptr.
  void Land(const std::string& key, Flight* flight, const Loaded& loaded);
  void Keep(const std::string& key, const Loaded& loaded);

  const int64_t bytes_max_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> order_;  // most recently used first
  int64_t bytes_ = 0;
};

}  // namespace tarn::storage
