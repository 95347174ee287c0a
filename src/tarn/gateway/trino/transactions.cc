#include "tarn/gateway/trino/transactions.h"

#include <utility>

#include "tarn/base/clock.h"
#include "tarn/gateway/trino/query_error.h"

namespace tarn::gateway::trino {

std::string Transactions::Add(const std::string& user,
                              std::shared_ptr<HeldSession> held) {
  const std::string id = NewUuid(SystemRandom());
  const std::lock_guard lock(mutex_);
  const Instant now = std::chrono::steady_clock::now();
  entries_[id] = {user, std::move(held), now, now};
  return id;
}

Result<std::shared_ptr<HeldSession>> Transactions::Find(const std::string& id,
                                                        const std::string& user) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.user != user) {
    return NamedError("UNKNOWN_TRANSACTION",
                      "Unknown transaction ID: " + id +
                          ". Possibly expired? Commands ignored until end of transaction "
                          "block");
  }
  found->second.used_at = std::chrono::steady_clock::now();
  return found->second.held;
}

void Transactions::Remove(const std::string& id) {
  std::shared_ptr<HeldSession> held;  // goes without the lock
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found != entries_.end()) {
    held = std::move(found->second.held);
    entries_.erase(found);
  }
}

std::vector<std::shared_ptr<HeldSession>> Transactions::TakeIdle(Instant before) {
  std::vector<std::shared_ptr<HeldSession>> idle;
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (entry->second.used_at < before) {
      idle.push_back(std::move(entry->second.held));
      entry = entries_.erase(entry);
    } else {
      ++entry;
    }
  }
  return idle;
}

std::vector<Transactions::Summary> Transactions::Summaries() const {
  std::vector<Summary> summaries;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    summaries.push_back({id, entry.begun_at, entry.used_at});
  }
  return summaries;
}

size_t Transactions::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace tarn::gateway::trino
