// Counts what the statement of one session takes, on whatever threads it works.
#pragma once

#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <duckdb/main/client_context.hpp>
#include <duckdb/main/client_context_state.hpp>

#include "tarn/engine/query_resources.h"

namespace tarn::engine {

/// Thread-safe; always held by a shared_ptr.
class QueryMeter final : public ResourceMeter,
                         public std::enable_shared_from_this<QueryMeter> {
 public:
  ~QueryMeter() override;

  void SetLimits(ResourceLimits limits);
  ResourceUse Use() const override;

  /// `bytes` more; negative: less.
  void Charge(int64_t bytes);
  /// By how much `more` bytes would be over a limit; 0: they are not.
  int64_t ExcessWith(int64_t more) const;
  /// What is told of it. Precondition: ExcessWith() is not 0.
  std::string ExcessError(int64_t more) const;
  /// The least of the limits; 0: there is none.
  int64_t memory_bytes_max() const;

  /// The thread works for `meter` until EndTurn(); turns nest. `meter` outlives the turn.
  static void BeginTurn(QueryMeter* meter);
  static void EndTurn();
  /// Whom the thread works for; nullptr: for nobody who is counted.
  static QueryMeter* Current();

 private:
  struct Worker {
    clockid_t clock;
    std::chrono::nanoseconds began;  // of that clock
  };
  struct Turn {
    QueryMeter* meter;
    std::optional<clockid_t> clock;  // unset: an outer turn counts the time
  };
  static std::vector<Turn>& Turns();  // of the thread
  void StartClock(clockid_t clock);
  void StopClock(clockid_t clock);

  mutable std::mutex mutex_;
  ResourceLimits limits_;
  int64_t bytes_ = 0;
  int64_t bytes_peak_ = 0;
  std::chrono::nanoseconds cpu_done_{0};
  std::vector<Worker> workers_;
};

/// The time in which a thread works for `meter`.
class MeteredTurn {
 public:
  explicit MeteredTurn(QueryMeter& meter) { QueryMeter::BeginTurn(&meter); }
  ~MeteredTurn() { QueryMeter::EndTurn(); }
  MeteredTurn(const MeteredTurn&) = delete;
  MeteredTurn& operator=(const MeteredTurn&) = delete;
};

/// Has DuckDB's tasks of a connection counted.
class MeterState final : public duckdb::ClientContextState {
 public:
  static constexpr char kKey[] = "tarn_meter";

  explicit MeterState(std::shared_ptr<QueryMeter> meter) : meter_(std::move(meter)) {}
  /// That of a session's connection.
  static std::shared_ptr<QueryMeter> Of(duckdb::ClientContext& context);
  void OnTaskStart(duckdb::ClientContext&) override {
    QueryMeter::BeginTurn(meter_.get());
  }
  void OnTaskStop(duckdb::ClientContext&) override { QueryMeter::EndTurn(); }

 private:
  const std::shared_ptr<QueryMeter> meter_;
};

}  // namespace tarn::engine
