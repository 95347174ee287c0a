#include "tarn/service/internal/fair_queue.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tarn::service::internal {

void FairQueue::Push(const std::string& owner, std::string id) {
  owners_[owner].waiting.push_back(std::move(id));
  ++size_;
}

std::optional<std::string> FairQueue::Pop() {
  Owner* next = nullptr;
  for (auto& [name, owner] : owners_) {
    const bool waits = !owner.waiting.empty();
    if (waits && (next == nullptr || std::tie(owner.at_work, owner.served) <
                                         std::tie(next->at_work, next->served))) {
      next = &owner;
    }
  }
  if (next == nullptr) {
    return std::nullopt;
  }
  std::string id = std::move(next->waiting.front());
  next->waiting.pop_front();
  ++next->at_work;
  next->served = ++turn_;
  --size_;
  return id;
}

void FairQueue::Done(const std::string& owner) {
  const auto found = owners_.find(owner);
  if (found != owners_.end() && found->second.at_work > 0) {
    --found->second.at_work;
    ForgetIfIdle(owner);
  }
}

bool FairQueue::Remove(const std::string& owner, std::string_view id) {
  const auto found = owners_.find(owner);
  if (found == owners_.end() || std::erase(found->second.waiting, id) == 0) {
    return false;
  }
  --size_;
  ForgetIfIdle(owner);
  return true;
}

void FairQueue::ForgetIfIdle(const std::string& owner) {
  const auto found = owners_.find(owner);
  if (found->second.waiting.empty() && found->second.at_work == 0) {
    owners_.erase(found);
  }
}

}  // namespace tarn::service::internal
