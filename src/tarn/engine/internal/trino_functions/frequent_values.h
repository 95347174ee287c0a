// The values that come most often, found with a fixed number of counters (the method
// Space-Saving of Metwally, Agrawal and El Abbadi): where there is no counter left, the
// smallest one goes to the new value with its count.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <vector>

namespace tarn::engine {

/// Counts are exact while there are no more different values than counters, and at most
/// too large beyond that.
template <typename T>
class FrequentValues {
 public:
  struct Counted {
    T value;
    int64_t count = 0;
  };

  /// `counters_max` is 1 or more.
  explicit FrequentValues(size_t counters_max) : counters_max_(counters_max) {}

  void Add(const T& value, int64_t count) {
    const auto found = counters_.find(value);
    if (found != counters_.end()) {
      by_count_.erase({found->second.count, found->second.turn, found->first});
      found->second = {.count = found->second.count + count, .turn = ++turn_};
      by_count_.insert({found->second.count, found->second.turn, value});
      return;
    }
    if (counters_.size() >= counters_max_) {
      const auto least = by_count_.begin();
      count += std::get<0>(*least);
      counters_.erase(std::get<2>(*least));
      by_count_.erase(least);
    }
    counters_[value] = {.count = count, .turn = ++turn_};
    by_count_.insert({count, turn_, value});
  }

  void MergeWith(const FrequentValues& other) {
    for (const auto& [count, turn, value] : other.by_count_) {
      Add(value, count);
    }
  }

  /// The `most` values with the largest counts, largest first; of equal ones the one that
  /// was counted last comes later.
  std::vector<Counted> Top(size_t most) const {
    std::vector<std::tuple<int64_t, uint64_t, T>> order;
    for (const auto& [count, turn, value] : by_count_) {
      order.emplace_back(-count, turn, value);
    }
    std::sort(order.begin(), order.end());
    std::vector<Counted> top;
    for (size_t i = 0; i < std::min(most, order.size()); ++i) {
      top.push_back({.value = std::get<2>(order[i]), .count = -std::get<0>(order[i])});
    }
    return top;
  }

 private:
  struct Counter {
    int64_t count = 0;
    uint64_t turn = 0;  // when it was counted last
  };

  size_t counters_max_;
  uint64_t turn_ = 0;
  std::map<T, Counter> counters_;
  std::set<std::tuple<int64_t, uint64_t, T>> by_count_;
};

}  // namespace tarn::engine
