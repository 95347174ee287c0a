// Whether a query's result may be kept, and under which key: found out while DuckDB plans
// it, when names are bound and nothing has run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/main/client_context_state.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/main/query_result.hpp>
#include <duckdb/parser/sql_statement.hpp>
#include <duckdb/planner/logical_operator.hpp>

#include "tarn/engine/internal/result_cache.h"
#include "tarn/engine/internal/result_stream.h"

namespace tarn::engine {

/// Whether a session's answers come from the cache and go into it.
enum class Answers : uint8_t { kMayBeKept, kAreNew };

/// Of one connection. Between Begin() and End() one statement is planned, on the thread
/// that calls them.
class CachedQuery final : public duckdb::ClientContextState {
 public:
  static constexpr char kKey[] = "tarn_cached_query";

  /// Has DuckDB show plans to this class. Before the database is opened.
  static void Register(duckdb::DBConfig& config);
  /// The state of `context`; made if it is not there.
  static duckdb::shared_ptr<CachedQuery> Of(duckdb::ClientContext& context);

  /// Before `statement` is planned. `asker` is for whom the answer is, `columns` what the
  /// text says of it.
  void Begin(duckdb::ClientContext& context, std::shared_ptr<ResultCache> cache,
             const duckdb::SQLStatement& statement, Answers answers,
             std::string_view asker, const std::vector<TrinoColumn>* columns);

  struct Outcome {
    std::shared_ptr<const KeptResult> found = nullptr;  // nullptr: the query runs
    std::string key = {};  // to keep the result by; empty: do not
    uint64_t era = 0;
  };
  /// After it was planned, or failed.
  Outcome End();

  /// The time of one statement of a session.
  class Scope {
   public:
    using Stream = std::function<Result<std::unique_ptr<ResultStream>>(
        duckdb::unique_ptr<duckdb::QueryResult>)>;

    /// As CachedQuery::Begin; nothing happens without a cache.
    Scope(duckdb::ClientContext& context, std::shared_ptr<ResultCache> cache,
          const duckdb::SQLStatement& statement, Answers answers, std::string_view asker,
          const std::vector<TrinoColumn>* columns);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// The kept rows, or those of `result`, which `stream` reads and which are kept if
    /// they may be.
    Result<std::unique_ptr<ResultStream>> Answer(
        duckdb::unique_ptr<duckdb::QueryResult> result, const Stream& stream) const;

   private:
    std::shared_ptr<ResultCache> cache_;
    duckdb::shared_ptr<CachedQuery> state_;
  };

  /// Called with every plan of the connection. A plan whose result is found becomes one
  /// of no rows.
  void OnPlan(duckdb::ClientContext& context,
              duckdb::unique_ptr<duckdb::LogicalOperator>& plan);

 private:
  std::shared_ptr<ResultCache> cache_;  // nullptr: no statement is being planned
  std::string question_;                // empty: its result is not kept
  bool is_spoilt_ = false;              // by settings of this connection alone
  bool is_changing_ = false;            // the statement changes what others mean
  int plans_ = 0;
  Outcome outcome_;
};

/// Whether `text` has a word that makes a query's answer depend on more than data
/// (current_date, random, …), which DuckDB may have worked out when it bound the query.
bool NamesWhatChanges(std::string_view text);

/// What of `plan`'s tables and views its answer depends on; unset if it depends on more
/// or reads no table of ours.
std::optional<std::string> StatesOf(duckdb::ClientContext& context,
                                    duckdb::LogicalOperator& plan);

}  // namespace tarn::engine
