// Whose turn it is: of those who wait, who has least at work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::service::internal {

/// Ids of each owner in the order of their arrival. Not thread-safe.
class FairQueue {
 public:
  void Push(const std::string& owner, std::string id);
  /// The next id, of the owner with the fewest at work; of equal ones, who was not served
  /// for longest. It is at work until Done().
  std::optional<std::string> Pop();
  /// One of `owner`'s that Pop() gave has ended.
  void Done(const std::string& owner);
  /// False if it does not wait.
  bool Remove(const std::string& owner, std::string_view id);
  size_t size() const { return size_; }

 private:
  struct Owner {
    std::deque<std::string> waiting;
    size_t at_work = 0;
    uint64_t served = 0;  // when, counted in turns
  };
  void ForgetIfIdle(const std::string& owner);

  std::map<std::string, Owner> owners_;
  size_t size_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace tarn::service::internal
