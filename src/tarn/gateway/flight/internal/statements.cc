#include "tarn/gateway/flight/internal/statements.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::gateway::flight {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kWatchInterval(100);
constexpr milliseconds kSweepInterval(2'000);
constexpr milliseconds kDropWait(1'000);

Status NoSuch(const char* what) {
  return MakeError(ErrorCode::kNoSuchPlan,
                   fmt::format("There is no such {}: it was closed, has expired or is "
                               "somebody else's",
                               what));
}

Status TooMany(const char* what, size_t max) {
  return MakeError(
      ErrorCode::kUnavailable,
      fmt::format("There are {} {} open already; try again later", max, what));
}

/// Its rows to the end; how many were changed, 0 for DDL and queries: of -1, which stands
/// for unknown, the JDBC driver makes a query that it runs a second time.
Result<int64_t> Drain(engine::ResultStream& rows) {
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, rows.Next());
    if (batch == nullptr) {
      return rows.rows_changed().value_or(0);
    }
  }
}

/// Ends a result that nobody reads on. An interrupt would take the whole transaction with
/// it: within one the rest is read first, if it is short.
void Drop(bool in_transaction, std::unique_ptr<engine::ResultStream> rows) {
  const auto until = Steady::now() + kDropWait;
  while (in_transaction && Steady::now() < until) {
    const auto batch = rows->Next();
    if (!batch.ok() || *batch == nullptr) {
      break;
    }
  }
}

}  // namespace

void HeldSession::Touch() { used_at = Steady::now().time_since_epoch().count(); }

milliseconds HeldSession::idle() const {
  const Steady::time_point used{Steady::duration(used_at.load())};
  return std::chrono::duration_cast<milliseconds>(Steady::now() - used);
}

struct Statements::OpenResult {
  std::string owner;
  std::shared_ptr<HeldSession> held;
  std::unique_ptr<engine::ResultStream> rows;  // gone once they are fetched
  Steady::time_point made_at = Steady::now();

  ~OpenResult() {
    if (rows != nullptr) {
      const std::lock_guard lock(held->busy);
      Drop(held->in_transaction, std::move(rows));
    }
  }
  OpenResult(std::string whose, std::shared_ptr<HeldSession> session,
             std::unique_ptr<engine::ResultStream> stream)
      : owner(std::move(whose)), held(std::move(session)), rows(std::move(stream)) {}
  OpenResult(const OpenResult&) = delete;
  OpenResult& operator=(const OpenResult&) = delete;
};

class Statements::Watch {
 public:
  Watch(Statements& statements, const Caller& caller, engine::Session* session)
      : statements_(statements) {
    if (caller.is_gone != nullptr) {
      const std::lock_guard lock(statements_.mutex_);
      place_ = statements_.watched_.insert(statements_.watched_.end(),
                                           {caller.is_gone, session});
      statements_.changed_.notify_all();
    }
  }
  ~Watch() {
    if (place_) {
      const std::lock_guard lock(statements_.mutex_);
      statements_.watched_.erase(*place_);
    }
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  Statements& statements_;
  std::optional<std::list<Watched>::iterator> place_;
};

class Statements::FetchedRows : public RowStream {
 public:
  FetchedRows(Statements& statements, const Caller& caller, std::string handle,
              std::shared_ptr<HeldSession> held,
              std::unique_ptr<engine::ResultStream> rows)
      : statements_(statements),
        handle_(std::move(handle)),
        held_(std::move(held)),
        rows_(std::move(rows)),
        watch_(statements, caller, held_->session.get()) {}
  ~FetchedRows() override {
    {
      const std::lock_guard lock(held_->busy);
      Drop(held_->in_transaction, std::move(rows_));
    }
    held_->Touch();
    statements_.Forget(handle_);
  }
  FetchedRows(const FetchedRows&) = delete;
  FetchedRows& operator=(const FetchedRows&) = delete;

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    const std::lock_guard lock(held_->busy);
    held_->Touch();
    return rows_->Next();
  }

 private:
  Statements& statements_;
  const std::string handle_;
  const std::shared_ptr<HeldSession> held_;
  std::unique_ptr<engine::ResultStream> rows_;
  const Watch watch_;
};

Statements::Statements(Connect connect, Random& random, StatementLimits limits)
    : connect_(std::move(connect)),
      random_(random),
      limits_(limits),
      ticker_([this] { Tick(); }) {}

Statements::~Statements() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  ticker_.join();
}

std::string Statements::NewHandle() { return NewUuid(random_); }

Result<std::shared_ptr<HeldSession>> Statements::SessionOf(
    const Caller& caller, const std::string& transaction) {
  if (transaction.empty()) {
    auto held = std::make_shared<HeldSession>();
    ARROW_ASSIGN_OR_RAISE(held->session, connect_(caller));
    held->Touch();
    return held;
  }
  const std::lock_guard lock(mutex_);
  const auto found = transactions_.find(transaction);
  if (found == transactions_.end() || found->second.owner != caller.principal) {
    return NoSuch("transaction");
  }
  found->second.held->Touch();
  return found->second.held;
}

Result<OpenedResult> Statements::Open(const Caller& caller, const std::string& sql,
                                      const std::string& transaction) {
  {
    const std::lock_guard lock(mutex_);
    if (results_.size() >= limits_.results_max) {
      return TooMany("results", limits_.results_max);
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto held, SessionOf(caller, transaction));
  std::unique_ptr<engine::ResultStream> rows;
  {
    const Watch watch(*this, caller, held->session.get());
    const std::lock_guard lock(held->busy);
    ARROW_ASSIGN_OR_RAISE(rows, held->session->Execute(sql));
  }
  OpenedResult opened{.handle = NewHandle(), .schema = rows->schema()};
  auto result =
      std::make_shared<OpenResult>(caller.principal, std::move(held), std::move(rows));
  const std::lock_guard lock(mutex_);
  results_.emplace(opened.handle, std::move(result));
  return opened;
}

Result<std::unique_ptr<RowStream>> Statements::Fetch(const Caller& caller,
                                                     const std::string& handle) {
  std::shared_ptr<HeldSession> held;
  std::unique_ptr<engine::ResultStream> rows;
  {
    const std::lock_guard lock(mutex_);
    const auto found = results_.find(handle);
    if (found == results_.end() || found->second->owner != caller.principal ||
        found->second->rows == nullptr) {
      return NoSuch("result");
    }
    held = found->second->held;
    rows = std::move(found->second->rows);
  }
  return std::make_unique<FetchedRows>(*this, caller, handle, std::move(held),
                                       std::move(rows));
}

void Statements::Forget(const std::string& handle) {
  std::shared_ptr<OpenResult> gone;  // ends outside of the lock
  const std::lock_guard lock(mutex_);
  const auto found = results_.find(handle);
  if (found != results_.end()) {
    gone = std::move(found->second);
    results_.erase(found);
  }
}

bool Statements::Cancel(const Caller& caller, const std::string& handle) {
  std::shared_ptr<OpenResult> result;
  {
    const std::lock_guard lock(mutex_);
    const auto found = results_.find(handle);
    if (found == results_.end() || found->second->owner != caller.principal) {
      return false;
    }
    result = found->second;
    if (result->rows != nullptr) {
      results_.erase(found);  // nobody has fetched it
    }
  }
  result->held->session->Interrupt();
  return true;
}

Result<int64_t> Statements::RunAll(HeldSession& held,
                                   const std::vector<std::string>& statements,
                                   bool in_own_transaction) {
  const auto run = [&held](const std::string& sql) -> Result<int64_t> {
    ARROW_ASSIGN_OR_RAISE(const auto rows, held.session->Execute(sql));
    return Drain(*rows);
  };
  if (in_own_transaction) {
    RETURN_NOT_OK(run("BEGIN TRANSACTION").status());
  }
  int64_t changed = 0;
  for (const std::string& sql : statements) {
    const Result<int64_t> done = run(sql);
    if (!done.ok()) {
      if (in_own_transaction) {
        static_cast<void>(run("ROLLBACK"));  // the session ends anyway
      }
      return done.status();
    }
    changed += *done;
  }
  if (in_own_transaction) {
    RETURN_NOT_OK(run("COMMIT").status());
  }
  return changed;
}

Result<int64_t> Statements::Update(const Caller& caller,
                                   const std::vector<std::string>& statements,
                                   const std::string& transaction) {
  ARROW_ASSIGN_OR_RAISE(const auto held, SessionOf(caller, transaction));
  const Watch watch(*this, caller, held->session.get());
  const std::lock_guard lock(held->busy);
  auto changed = RunAll(*held, statements, transaction.empty() && statements.size() > 1);
  held->Touch();
  return changed;
}

Result<std::shared_ptr<arrow::Schema>> Statements::Describe(
    const Caller& caller, const std::string& sql, const std::string& transaction) {
  ARROW_ASSIGN_OR_RAISE(const auto held, SessionOf(caller, transaction));
  const Watch watch(*this, caller, held->session.get());
  const std::lock_guard lock(held->busy);
  ARROW_ASSIGN_OR_RAISE(const auto rows, held->session->Execute(sql));
  RETURN_NOT_OK(Drain(*rows).status());  // as Drop(), of no rows
  return rows->schema();
}

Result<std::shared_ptr<arrow::Table>> Statements::Ask(const Caller& caller,
                                                      const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto held, SessionOf(caller, ""));
  const Watch watch(*this, caller, held->session.get());
  const std::lock_guard lock(held->busy);
  ARROW_ASSIGN_OR_RAISE(const auto rows, held->session->Execute(sql));
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto batch, rows->Next());
    if (batch == nullptr) {
      return arrow::Table::FromRecordBatches(rows->schema(), batches);
    }
    batches.push_back(std::move(batch));
  }
}

Result<std::string> Statements::Prepare(PreparedStatement statement) {
  std::string handle = NewHandle();
  statement.used_at = Steady::now();
  const std::lock_guard lock(mutex_);
  if (prepared_.size() >= limits_.prepared_max) {
    return TooMany("prepared statements", limits_.prepared_max);
  }
  prepared_.emplace(handle, std::move(statement));
  return handle;
}

Result<PreparedStatement> Statements::FindPrepared(const Caller& caller,
                                                   const std::string& handle) {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find(handle);
  if (found == prepared_.end() || found->second.owner != caller.principal) {
    return NoSuch("prepared statement");
  }
  found->second.used_at = Steady::now();
  return found->second;
}

Status Statements::Bind(const Caller& caller, const std::string& handle,
                        std::vector<std::shared_ptr<arrow::RecordBatch>> rows) {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find(handle);
  if (found == prepared_.end() || found->second.owner != caller.principal) {
    return NoSuch("prepared statement");
  }
  found->second.parameters = std::move(rows);
  return Status::OK();
}

Status Statements::ClosePrepared(const Caller& caller, const std::string& handle) {
  const std::lock_guard lock(mutex_);
  const auto found = prepared_.find(handle);
  if (found == prepared_.end() || found->second.owner != caller.principal) {
    return NoSuch("prepared statement");
  }
  prepared_.erase(found);
  return Status::OK();
}

Result<std::string> Statements::Begin(const Caller& caller) {
  ARROW_ASSIGN_OR_RAISE(auto held, SessionOf(caller, ""));
  RETURN_NOT_OK(RunAll(*held, {"BEGIN TRANSACTION"}, false).status());
  held->in_transaction = true;
  std::string id = NewHandle();
  const std::lock_guard lock(mutex_);
  if (transactions_.size() >= limits_.transactions_max) {
    return TooMany("transactions", limits_.transactions_max);
  }
  transactions_.emplace(id, Transaction{caller.principal, std::move(held)});
  return id;
}

Status Statements::End(const Caller& caller, const std::string& transaction,
                       bool is_commit) {
  std::shared_ptr<HeldSession> held;
  {
    const std::lock_guard lock(mutex_);
    const auto found = transactions_.find(transaction);
    if (found == transactions_.end() || found->second.owner != caller.principal) {
      return NoSuch("transaction");
    }
    held = std::move(found->second.held);
    transactions_.erase(found);
  }
  const std::lock_guard lock(held->busy);
  return RunAll(*held, {is_commit ? "COMMIT" : "ROLLBACK"}, false).status();
}

void Statements::Tick() {
  auto swept = Steady::now();
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    changed_.wait_for(lock, watched_.empty() ? kSweepInterval : kWatchInterval);
    for (const Watched& watched : watched_) {
      if (watched.is_gone()) {
        watched.session->Interrupt();
      }
    }
    if (Steady::now() - swept >= kSweepInterval) {
      swept = Steady::now();
      lock.unlock();
      DropOld();
      lock.lock();
    }
  }
}

void Statements::DropOld() {
  std::vector<std::shared_ptr<OpenResult>> results;  // end outside of the lock
  std::vector<std::shared_ptr<HeldSession>> sessions;
  const auto now = Steady::now();
  const std::lock_guard lock(mutex_);
  std::erase_if(results_, [&](const auto& entry) {
    const OpenResult& result = *entry.second;
    const bool is_old =
        result.rows != nullptr && now - result.made_at > limits_.result_wait;
    if (is_old) {
      results.push_back(entry.second);
    }
    return is_old;
  });
  std::erase_if(prepared_, [&](const auto& entry) {
    return now - entry.second.used_at > limits_.prepared_idle;
  });
  std::erase_if(transactions_, [&](const auto& entry) {
    HeldSession& held = *entry.second.held;
    const std::unique_lock busy(held.busy, std::try_to_lock);
    const bool is_old = busy.owns_lock() && held.idle() > limits_.transaction_idle;
    if (is_old) {
      sessions.push_back(entry.second.held);
    }
    return is_old;
  });
}

}  // namespace tarn::gateway::flight
