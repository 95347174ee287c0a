// What clients have open: results that wait to be fetched, prepared statements and
// transactions, each known by a handle that only its owner may use.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/engine/engine.h"
#include "tarn/gateway/flight/flight_calls.h"

namespace tarn::gateway::flight {

struct StatementLimits {
  size_t results_max = 256;  // that run or wait to be fetched
  size_t prepared_max = 4096;
  size_t transactions_max = 256;
  std::chrono::milliseconds result_wait{300'000};  // until DoGet comes
  std::chrono::milliseconds prepared_idle{3'600'000};
  std::chrono::milliseconds transaction_idle{600'000};
  size_t parameter_rows_max = 1'000'000;  // of one prepared statement
};

/// A session of the engine, which does one thing at a time.
struct HeldSession {
  std::mutex busy;
  std::unique_ptr<engine::Session> session;
  std::atomic<std::chrono::steady_clock::rep> used_at{0};
  bool in_transaction = false;  // a client's: it outlives its results

  void Touch();
  std::chrono::milliseconds idle() const;
};

struct PreparedStatement {
  std::string owner;
  std::string query;
  std::string transaction;
  std::vector<std::shared_ptr<arrow::RecordBatch>> parameters;
  std::chrono::steady_clock::time_point used_at;
};

struct OpenedResult {
  std::string handle;
  std::shared_ptr<arrow::Schema> schema;
};

/// Thread-safe.
class Statements {
 public:
  using Connect = std::function<Result<std::unique_ptr<engine::Session>>(const Caller&)>;
  Statements(Connect connect, Random& random, StatementLimits limits);
  ~Statements();
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;

  /// Runs `sql`; its rows are fetched later. Interrupted when the caller is gone.
  Result<OpenedResult> Open(const Caller& caller, const std::string& sql,
                            const std::string& transaction);
  /// Once for each handle. Errors: kNoSuchPlan.
  Result<std::unique_ptr<RowStream>> Fetch(const Caller& caller,
                                           const std::string& handle);
  /// False if there is no such result any more.
  bool Cancel(const Caller& caller, const std::string& handle);
  /// Runs all of `statements` in one transaction; rows changed.
  Result<int64_t> Update(const Caller& caller, const std::vector<std::string>& statements,
                         const std::string& transaction);
  /// The columns of a statement that only reads, which is not run for it.
  Result<std::shared_ptr<arrow::Schema>> Describe(const Caller& caller,
                                                  const std::string& sql,
                                                  const std::string& transaction);
  /// All rows of a small answer.
  Result<std::shared_ptr<arrow::Table>> Ask(const Caller& caller, const std::string& sql);

  Result<std::string> Prepare(PreparedStatement statement);
  /// A copy. Errors: kNoSuchPlan.
  Result<PreparedStatement> FindPrepared(const Caller& caller, const std::string& handle);
  Status Bind(const Caller& caller, const std::string& handle,
              std::vector<std::shared_ptr<arrow::RecordBatch>> rows);
  Status ClosePrepared(const Caller& caller, const std::string& handle);

  Result<std::string> Begin(const Caller& caller);
  Status End(const Caller& caller, const std::string& transaction, bool is_commit);

  const StatementLimits& limits() const { return limits_; }

 private:
  struct OpenResult;
  struct Transaction {
    std::string owner;
    std::shared_ptr<HeldSession> held;
  };
  /// One session that is interrupted when its caller is gone.
  struct Watched {
    std::function<bool()> is_gone;
    engine::Session* session = nullptr;
  };
  class Watch;
  class FetchedRows;

  std::string NewHandle();
  Result<std::shared_ptr<HeldSession>> SessionOf(const Caller& caller,
                                                 const std::string& transaction);
  Result<int64_t> RunAll(HeldSession& held, const std::vector<std::string>& statements,
                         bool in_own_transaction);
  void Forget(const std::string& handle);
  void Tick();
  void DropOld();

  const Connect connect_;
  Random& random_;
  const StatementLimits limits_;
  std::mutex mutex_;  // of all below
  std::map<std::string, std::shared_ptr<OpenResult>> results_;
  std::map<std::string, PreparedStatement> prepared_;
  std::map<std::string, Transaction> transactions_;
  std::list<Watched> watched_;
  bool is_ending_ = false;
  std::condition_variable changed_;
  std::thread ticker_;  // last
};

}  // namespace tarn::gateway::flight
