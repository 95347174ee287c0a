#include "tarn/gateway/trino/runtime_view.h"

#include <chrono>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/gateway/trino/query_manager.h"

namespace tarn::gateway::trino {
namespace {

using std::chrono::milliseconds;

engine::RuntimeQuery RuntimeQueryOf(QuerySummary summary) {
  const QueryStats& stats = summary.stats;
  engine::RuntimeQuery query{.id = std::move(summary.id),
                             .state = std::string(StateName(stats.state)),
                             .user = std::move(summary.user),
                             .source = std::move(summary.source),
                             .text = std::move(summary.text),
                             .resource_group = {std::move(summary.group)},
                             .queued_millis = stats.queued_millis,
                             .created_at = summary.created_at,
                             .heard_of_at = summary.heard_of_at};
  const bool is_over =
      stats.state == QueryState::kFinished || stats.state == QueryState::kFailed;
  if (stats.state != QueryState::kQueued) {
    query.started_at = summary.created_at + milliseconds(stats.queued_millis);
  }
  if (is_over) {
    query.ended_at = summary.created_at + milliseconds(stats.elapsed_millis);
  }
  if (summary.error.has_value()) {
    query.error_type = summary.error->type();
    query.error_name = summary.error->name;
  }
  return query;
}

}  // namespace

void RuntimeView::Detach() {
  const std::lock_guard lock(mutex_);
  manager_ = nullptr;
}

void RuntimeView::SetAddress(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (address_ != address) {
    address_ = address;
  }
}

std::vector<engine::RuntimeQuery> RuntimeView::Queries() const {
  std::vector<engine::RuntimeQuery> queries;
  const std::lock_guard lock(mutex_);
  if (manager_ == nullptr) {
    return queries;
  }
  for (QuerySummary& summary : manager_->Summaries()) {
    queries.push_back(RuntimeQueryOf(std::move(summary)));
  }
  return queries;
}

std::map<std::string, engine::QueryFigures> RuntimeView::Figures() const {
  std::map<std::string, engine::QueryFigures> figures;
  const std::lock_guard lock(mutex_);
  if (manager_ == nullptr) {
    return figures;
  }
  for (QuerySummary& summary : manager_->Summaries()) {
    const QueryStats& stats = summary.stats;
    figures[std::move(summary.id)] = {.memory_bytes = stats.memory_bytes,
                                      .memory_bytes_peak = stats.memory_bytes_peak,
                                      .cpu_millis = stats.cpu_millis};
  }
  return figures;
}

std::vector<engine::RuntimeTransaction> RuntimeView::Transactions() const {
  std::vector<engine::RuntimeTransaction> transactions;
  const std::lock_guard lock(mutex_);
  if (manager_ == nullptr) {
    return transactions;
  }
  const auto now = std::chrono::steady_clock::now();
  const milliseconds wall = SystemClock().Now();
  for (const auto& one : manager_->TransactionSummaries()) {
    transactions.push_back(
        {.id = one.id,
         .created_at =
             wall - std::chrono::duration_cast<milliseconds>(now - one.begun_at),
         .idle_seconds =
             std::chrono::duration_cast<std::chrono::seconds>(now - one.used_at)
                 .count()});
  }
  return transactions;
}

std::string RuntimeView::Address() const {
  const std::lock_guard lock(mutex_);
  return address_;
}

}  // namespace tarn::gateway::trino
