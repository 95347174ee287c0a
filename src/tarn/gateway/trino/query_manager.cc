#include "tarn/gateway/trino/query_manager.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/gateway/trino/runtime_view.h"

namespace tarn::gateway::trino {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{1'000};

std::string RandomText(size_t length) {
  constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  std::string text;
  uint64_t bits = 0;
  for (size_t i = 0; i < length; ++i) {
    bits = i % 12 == 0 ? SystemRandom().Next() : bits >> 5U;
    text.push_back(kAlphabet[bits & 31U]);
  }
  return text;
}

MetricFamily<Counter>& EndedQueries() {
  static auto& queries = ProcessMetrics().MakeCounters(
      "tarn_sql_queries_total", "Statements that clients sent, by what came of them.",
      {"outcome"});
  return queries;
}

Histogram& QuerySeconds() {
  static auto& seconds = ProcessMetrics().MakeHistogram(
      "tarn_sql_query_seconds", "Time from a statement's arrival to its last row.");
  return seconds;
}

}  // namespace

QueryManager::QueryManager(EngineSessions::OpenEngine open, QueryLimits limits,
                           RemoteRoute* route)
    : limits_(limits),
      view_(std::make_shared<RuntimeView>(this)),
      sessions_(OpenWithView(std::move(open))),
      runner_(
          sessions_, transactions_,
          [this](const statement::KillQuery& kill, const ClientContext& by) {
            return Kill(kill, by);
          },
          route),
      threads_(limits.running_max),
      admission_(limits.groups, limits.running_max, limits.queued_max),
      instance_(RandomText(5)) {
  const auto add = [this](const char* state, std::function<double()> read) {
    metrics_.push_back(ProcessMetrics().AddCallback(
        MetricKind::kGauge, "tarn_sql_queries", "Statements that are not over yet.",
        {{.name = "state", .value = state}}, std::move(read)));
  };
  add("running", [this] {
    const std::lock_guard lock(mutex_);
    return static_cast<double>(admission_.num_running());
  });
  add("queued", [this] {
    const std::lock_guard lock(mutex_);
    return static_cast<double>(admission_.num_waiting());
  });
}

QueryManager::~QueryManager() {
  view_->Detach();
  metrics_.clear();
  std::vector<std::shared_ptr<Query>> all;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    for (const auto& [id, query] : queries_) {
      all.push_back(query);
    }
  }
  stopped_.notify_all();
  if (watch_.joinable()) {
    watch_.join();
  }
  for (const auto& query : all) {
    query->Cancel(NamedError("SERVER_SHUTTING_DOWN", "Server is shutting down"));
  }
  threads_.Stop();
}

EngineSessions::OpenEngine QueryManager::OpenWithView(
    EngineSessions::OpenEngine open) const {
  return [open = std::move(open), view = view_]() -> Result<engine::Engine*> {
    ARROW_ASSIGN_OR_RAISE(engine::Engine* const engine, open());
    engine->SetServerState(view);
    return engine;
  };
}

void QueryManager::SetAddress(const std::string& address) { view_->SetAddress(address); }

std::string QueryManager::NewId() {
  const auto seconds = static_cast<std::time_t>(SystemClock().Now().count() / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}_{:02}{:02}{:02}_{:05}_{}", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     num_ids_++ % 100'000, instance_);
}

std::shared_ptr<Query> QueryManager::Submit(ClientContext client, std::string text) {
  std::shared_ptr<Query> query;
  {
    const std::lock_guard lock(mutex_);
    const ResourceGroup& group = admission_.GroupFor(client.user, client.source);
    QueryBounds bounds = limits_.query;
    bounds.Add(group.query);
    auto memory = admission_.MemoryFor(client.user, client.source);
    query = std::make_shared<Query>(
        Query::Setting{.id = NewId(),
                       .slug = "y" + RandomText(32),
                       .text = std::move(text),
                       .client = std::move(client),
                       .created_at = SystemClock().Now(),
                       .group = group.name,
                       .bounds = std::move(bounds),
                       .memory = std::move(memory),
                       .ended = [this](const Query& ended) { OnEnded(ended); }},
        runner_, threads_);
    queries_[query->id()] = query;
    StartWatch();
  }
  Admit(query);
  return query;
}

void QueryManager::Admit(const std::shared_ptr<Query>& query) {
  Admission::Answer answer = Admission::Answer::kQueueFull;
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopped_) {
      answer = admission_.Enter(query->id(), query->user(), query->source(),
                                std::chrono::steady_clock::now());
    }
  }
  switch (answer) {
    case Admission::Answer::kRun:
      query->Start();
      return;
    case Admission::Answer::kWait:
      return;
    case Admission::Answer::kQueueFull:
      query->Cancel(NamedError(
          "QUERY_QUEUE_FULL",
          "Too many queued queries for \"" + query->group() + "\"; try again later"));
      return;
    case Admission::Answer::kTimeUsedUp:
      query->Cancel(NamedError("EXCEEDED_TIME_LIMIT",
                               "Queries of user " + query->user() +
                                   " have used up their time in resource group \"" +
                                   query->group() + "\"; try again later"));
      return;
  }
}

void QueryManager::OnEnded(const Query& query) {
  const QuerySummary summary = query.Summary();
  EndedQueries()
      .With({summary.error ? std::string_view(summary.error->name) : "finished"})
      .Add();
  QuerySeconds().Observe(static_cast<double>(summary.stats.elapsed_millis) / 1000);
  const auto cpu_time = query.Use().cpu_time;
  std::vector<std::shared_ptr<Query>> next;
  {
    const std::lock_guard lock(mutex_);
    admission_.Charge(query.id(), cpu_time);
    next = Turns(admission_.Leave(query.id(), std::chrono::steady_clock::now()));
  }
  for (const auto& started : next) {
    started->Start();
  }
}

std::vector<std::shared_ptr<Query>> QueryManager::Turns(
    const std::vector<std::string>& ids) const {
  std::vector<std::shared_ptr<Query>> next;
  for (const std::string& id : ids) {
    const auto found = queries_.find(id);
    if (found != queries_.end() && !is_stopped_) {
      next.push_back(found->second);
    }
  }
  return next;
}

std::shared_ptr<Query> QueryManager::Find(std::string_view id,
                                          std::string_view slug) const {
  auto query = Find(id);
  return query != nullptr && query->slug() == slug ? query : nullptr;
}

std::shared_ptr<Query> QueryManager::Find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = queries_.find(id);
  return found == queries_.end() ? nullptr : found->second;
}

std::vector<QuerySummary> QueryManager::Summaries() const {
  std::vector<std::shared_ptr<Query>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, query] : queries_) {
      all.push_back(query);
    }
  }
  std::vector<QuerySummary> summaries;
  summaries.reserve(all.size());
  for (const auto& query : all) {
    summaries.push_back(query->Summary());
  }
  return summaries;
}

Status QueryManager::Kill(const statement::KillQuery& kill, const ClientContext& by) {
  const auto query = Find(kill.query_id);
  if (query == nullptr) {
    return NamedError("NOT_FOUND", "Target query not found: " + kill.query_id);
  }
  if (!by.is_admin && query->user() != by.user) {
    return MakeError(ErrorCode::kForbidden,
                     "Access Denied: Cannot kill query owned by " + query->user());
  }
  if (query->is_over()) {
    return MakeError(ErrorCode::kNotSupported,
                     "Target query is not running: " + kill.query_id);
  }
  LogInfo("A query was killed", {{"query", kill.query_id}, {"by", by.user}});
  query->Cancel(NamedError(
      "ADMINISTRATIVELY_KILLED",
      "Query killed. Message: " + (kill.message.empty() ? "none" : kill.message)));
  return Status::OK();
}

void QueryManager::StartWatch() {
  if (!watch_.joinable() && !is_stopped_) {
    watch_ = std::thread([this] { Watch(); });
  }
}

void QueryManager::Watch() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, kWatchInterval, [this] { return is_stopped_; })) {
    lock.unlock();
    Sweep();
    lock.lock();
  }
}

void QueryManager::Sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<Query>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, query] : queries_) {
      all.push_back(query);
    }
  }
  std::vector<std::pair<std::string, std::chrono::nanoseconds>> used;
  for (const auto& query : all) {
    query->Tick(now);
    used.emplace_back(query->id(), query->Use().cpu_time);
    if (now - query->touched_at() > limits_.client_timeout) {
      query->Cancel(NamedError("ABANDONED_QUERY",
                               "Query " + query->id() +
                                   " was abandoned by its client, which has not asked "
                                   "for results for a long time"));
    }
  }
  transactions_.TakeIdle(now - limits_.client_timeout);
  Forget(now);
  std::vector<std::shared_ptr<Query>> next;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, cpu_time] : used) {
      admission_.Charge(id, cpu_time);
    }
    next = Turns(admission_.Wake(now));
  }
  for (const auto& started : next) {
    started->Start();
  }
}

void QueryManager::Forget(Query::SteadyTime now) {
  std::vector<std::pair<Query::SteadyTime, std::string>> over;
  std::vector<std::shared_ptr<Query>> gone;  // without the lock
  const std::lock_guard lock(mutex_);
  for (const auto& [id, query] : queries_) {
    const auto touched = query->touched_at();
    const bool is_done = query->is_over() &&
                         (query->IsDelivered() || now - touched > limits_.client_timeout);
    if (is_done) {
      over.emplace_back(touched, id);
    }
  }
  std::ranges::sort(over);
  const size_t surplus =
      over.size() > limits_.history_max ? over.size() - limits_.history_max : 0;
  for (size_t i = 0; i < over.size(); ++i) {
    if (i < surplus || now - over[i].first > limits_.history_time) {
      const auto found = queries_.find(over[i].second);
      gone.push_back(std::move(found->second));
      queries_.erase(found);
    }
  }
}

}  // namespace tarn::gateway::trino
