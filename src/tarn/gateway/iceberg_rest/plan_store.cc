#include "tarn/gateway/iceberg_rest/plan_store.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/catalog/key_value_store.h"
#include "tarn/gateway/iceberg_rest/internal/client_scan.h"

namespace tarn::gateway {
namespace {

using std::chrono::milliseconds;

constexpr char kKeyPrefix[] = "plan/";
constexpr milliseconds kPruneEvery(600'000);

Status NoSuchPlan(const std::string& id) {
  return MakeError(ErrorCode::kNoSuchPlan, "Plan does not exist (any more): " + id);
}

Json OwnerToJson(const PlanOwner& owner) {
  return {{"catalog", owner.catalog},
          {"namespace", owner.table.ns.levels},
          {"name", owner.table.name},
          {"principal", owner.principal}};
}

}  // namespace

struct PlanStore::Entry {
  PlanOwner owner;
  std::string id;
  std::string request;  // JSON as text, which is smaller: thousands of plans are kept
  size_t request_bytes = 0;
  milliseconds expires{0};
  State state = State::kPlanning;
  bool is_queued = false;  // or being worked at
  bool is_shared = false;
  Planned result = nullptr;
  Status failure = Status::OK();
  std::stop_source stop = {};
  std::list<EntryPtr>::iterator place = {};  // in by_use_
};

PlanStore::PlanStore(PlanStoreOptions options, Clock& clock, Random& random,
                     catalog::KeyValueStore* shared)
    : options_(options), clock_(clock), random_(random), shared_(shared) {}

PlanStore::~PlanStore() {
  {
    const Lock lock(mutex_);
    is_closing_ = true;
    queue_.clear();
    for (const auto& [id, entry] : entries_) {
      entry->stop.request_stop();
    }
  }
  work_came_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

Result<PlanStore::Plan> PlanStore::Begin(const PlanOwner& owner, Json request,
                                         const Planner& planner) {
  PruneShared();
  const auto entry = std::make_shared<Entry>();
  entry->owner = owner;
  entry->id = NewUuid(random_);
  entry->request = DumpJson(request);
  entry->request_bytes = entry->request.size();
  entry->expires = clock_.Now() + options_.lifetime;
  {
    const Lock lock(mutex_);
    Add(entry);
    const Status queued = Enqueue(entry, planner);
    if (!queued.ok()) {
      Forget(entry);
      return queued;
    }
  }
  return WaitFor(entry, options_.wait_max);
}

Result<Json> PlanStore::RequestOf(const PlanOwner& owner, const std::string& id) {
  EntryPtr entry;
  {
    const Lock lock(mutex_);
    entry = FindHere(owner, id);
  }
  if (entry == nullptr) {
    ARROW_ASSIGN_OR_RAISE(entry, FindShared(owner, id));
  }
  return ParseJson(entry->request, "scan plan");  // it never changes
}

Result<PlanStore::Plan> PlanStore::Continue(const PlanOwner& owner, const std::string& id,
                                            const Planner& planner, milliseconds wait) {
  EntryPtr entry;
  {
    const Lock lock(mutex_);
    entry = FindHere(owner, id);
  }
  if (entry == nullptr) {
    ARROW_ASSIGN_OR_RAISE(entry, FindShared(owner, id));
  }
  {
    const Lock lock(mutex_);
    const bool is_missing = entry->state == State::kPlanning ||
                            (entry->state == State::kCompleted && !entry->result);
    if (is_missing && !entry->is_queued) {
      RETURN_NOT_OK(Enqueue(entry, planner));
    }
    Touch(entry);
  }
  return WaitFor(entry, wait);
}

Status PlanStore::Share(const std::string& id) {
  Json record;
  {
    const Lock lock(mutex_);
    const auto found = entries_.find(id);
    if (shared_ == nullptr || found == entries_.end() || found->second->is_shared) {
      return Status::OK();
    }
    found->second->is_shared = true;
    ARROW_ASSIGN_OR_RAISE(Json request, ParseJson(found->second->request, "scan plan"));
    record = {{"owner", OwnerToJson(found->second->owner)},
              {"request", std::move(request)},
              {"expires-ms", found->second->expires.count()}};
  }
  return shared_->Set(kKeyPrefix + id, DumpJson(record));
}

void PlanStore::Release(const std::string& id) {
  const Lock lock(mutex_);
  const auto found = entries_.find(id);
  if (found != entries_.end() && found->second->result != nullptr) {
    results_bytes_ -= found->second->result->bytes;
    found->second->result = nullptr;
  }
}

Status PlanStore::Cancel(const PlanOwner& owner, const std::string& id) {
  EntryPtr entry;
  {
    const Lock lock(mutex_);
    entry = FindHere(owner, id);
  }
  if (entry == nullptr) {
    ARROW_ASSIGN_OR_RAISE(entry, FindShared(owner, id));
  }
  bool is_shared = false;
  {
    const Lock lock(mutex_);
    entry->stop.request_stop();
    entry->state = State::kCancelled;
    results_bytes_ -= entry->result ? entry->result->bytes : 0;
    entry->result = nullptr;
    is_shared = std::exchange(entry->is_shared, false);
  }
  work_done_.notify_all();
  return is_shared ? shared_->Remove(kKeyPrefix + id) : Status::OK();
}

PlanStore::Usage PlanStore::usage() const {
  const Lock lock(mutex_);
  return {entries_.size(), results_bytes_, planned_};
}

/// mutex_ is held.
PlanStore::EntryPtr PlanStore::FindHere(const PlanOwner& owner, const std::string& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || !(found->second->owner == owner) ||
      found->second->expires <= clock_.Now()) {
    return nullptr;
  }
  return found->second;
}

/// Another server's, which is one of this server from then on.
Result<PlanStore::EntryPtr> PlanStore::FindShared(const PlanOwner& owner,
                                                  const std::string& id) {
  if (shared_ == nullptr) {
    return NoSuchPlan(id);
  }
  ARROW_ASSIGN_OR_RAISE(const auto text, shared_->Get(kKeyPrefix + id));
  if (!text) {
    return NoSuchPlan(id);
  }
  ARROW_ASSIGN_OR_RAISE(Json record, ParseJson(*text, "scan plan"));
  const Json expires = record.value("expires-ms", Json(0));
  if (!expires.is_number_integer() || !record.contains("request") ||
      milliseconds(expires.get<int64_t>()) <= clock_.Now() ||
      record.value("owner", Json()) != OwnerToJson(owner)) {
    return NoSuchPlan(id);
  }
  const auto entry = std::make_shared<Entry>();
  entry->owner = owner;
  entry->id = id;
  entry->request_bytes = text->size();
  entry->request = DumpJson(record["request"]);
  entry->expires = milliseconds(expires.get<int64_t>());
  entry->is_shared = true;
  const Lock lock(mutex_);
  if (const EntryPtr here = FindHere(owner, id)) {
    return here;  // somebody was faster
  }
  Add(entry);
  return entry;
}

/// mutex_ is held.
void PlanStore::Add(const EntryPtr& entry) {
  entries_[entry->id] = entry;
  by_use_.push_front(entry);
  entry->place = by_use_.begin();
  requests_bytes_ += entry->request_bytes;
  ForgetOld();
}

/// mutex_ is held.
void PlanStore::Touch(const EntryPtr& entry) {
  const auto found = entries_.find(entry->id);
  if (found != entries_.end() && found->second == entry) {
    by_use_.splice(by_use_.begin(), by_use_, entry->place);
  }
}

/// mutex_ is held.
Status PlanStore::Enqueue(const EntryPtr& entry, const Planner& planner) {
  if (queue_.size() >= options_.queue_max) {
    return MakeError(ErrorCode::kUnavailable, "Too many scans wait to be planned: " +
                                                  std::to_string(queue_.size()) +
                                                  "; try again later");
  }
  entry->is_queued = true;
  queue_.push_back({entry, planner});
  if (idle_threads_ < queue_.size() && threads_.size() < options_.threads_max) {
    threads_.emplace_back([this] { Work(); });
  }
  work_came_.notify_one();
  return Status::OK();
}

PlanStore::Plan PlanStore::WaitFor(const EntryPtr& entry, milliseconds wait) {
  Lock lock(mutex_);
  work_done_.wait_for(
      lock, wait, [&] { return !entry->is_queued || entry->state == State::kCancelled; });
  Plan plan{.id = entry->id,
            .state = entry->state,
            .result = entry->result,
            .failure = entry->failure};
  if (plan.state == State::kCompleted && plan.result == nullptr) {
    plan.state = State::kPlanning;  // again
  }
  return plan;
}

void PlanStore::Work() {
  Lock lock(mutex_);
  while (true) {
    ++idle_threads_;
    work_came_.wait(lock, [this] { return is_closing_ || !queue_.empty(); });
    --idle_threads_;
    if (is_closing_) {
      return;
    }
    const Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    Result<Planned> result = job.entry->stop.stop_requested()
                                 ? NoSuchPlan(job.entry->id)
                                 : job.planner(job.entry->stop.get_token());
    lock.lock();
    Finish(job.entry, std::move(result));
    work_done_.notify_all();
  }
}

/// mutex_ is held.
void PlanStore::Finish(const EntryPtr& entry, Result<Planned> result) {
  ++planned_;
  entry->is_queued = false;
  if (entry->state == State::kCancelled) {
    return;
  }
  if (!result.ok()) {
    entry->state = State::kFailed;
    entry->failure = result.status();
    return;
  }
  entry->state = State::kCompleted;
  entry->result = *std::move(result);
  results_bytes_ += entry->result->bytes;
  Touch(entry);
  FreeResults();
}

/// mutex_ is held. All but the one used last can be planned again.
void PlanStore::FreeResults() {
  for (auto at = by_use_.rbegin();
       results_bytes_ > options_.results_bytes_max && at != by_use_.rend(); ++at) {
    if (*at != by_use_.front() && (*at)->result != nullptr) {
      results_bytes_ -= (*at)->result->bytes;
      (*at)->result = nullptr;
    }
  }
}

/// mutex_ is held.
void PlanStore::ForgetOld() {
  const milliseconds now = clock_.Now();
  while (by_use_.size() > 1) {
    const EntryPtr last = by_use_.back();
    const bool is_over = last->expires <= now || entries_.size() > options_.plans_max ||
                         requests_bytes_ > options_.requests_bytes_max;
    if (!is_over) {
      return;
    }
    Forget(last);
  }
}

/// mutex_ is held.
void PlanStore::Forget(const EntryPtr& entry) {
  entry->stop.request_stop();
  if (entry->state == State::kPlanning) {
    entry->state = State::kCancelled;
  }
  results_bytes_ -= entry->result ? entry->result->bytes : 0;
  requests_bytes_ -= entry->request_bytes;
  entry->result = nullptr;
  by_use_.erase(entry->place);
  entries_.erase(entry->id);
}

/// Records whose server does not live any more go too, now and then.
void PlanStore::PruneShared() {
  if (shared_ == nullptr) {
    return;
  }
  const milliseconds now = clock_.Now();
  {
    const Lock lock(mutex_);
    if (now < next_prune_) {
      return;
    }
    next_prune_ = now + kPruneEvery;
  }
  const auto records = shared_->List(kKeyPrefix);
  if (!records.ok()) {
    return;  // the next time
  }
  for (const auto& [key, text] : *records) {
    const auto record = ParseJson(text, "scan plan");
    const bool is_live = record.ok() && record->is_object() &&
                         record->value("expires-ms", Json(0)).is_number_integer() &&
                         milliseconds((*record)["expires-ms"].get<int64_t>()) > now;
    if (!is_live && !shared_->Remove(key).ok()) {
      LogWarn("Could not forget an old scan plan", {{"key", key}});
    }
  }
}

}  // namespace tarn::gateway
