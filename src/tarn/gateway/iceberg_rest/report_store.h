// Metrics reports of clients (REST specification: reportMetrics): what their scans and
// commits cost them. Counted for /metrics, and the last ones of each table kept for
// people to look at; in memory, by each server for itself.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "tarn/base/clock.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::gateway {

struct ReportStoreOptions {
  size_t reports_per_table = 16;
  size_t bytes_max = size_t{8} << 20;  // the tables that were reported on last
};

/// Thread-safe.
class ReportStore {
 public:
  /// `clock` outlives it.
  ReportStore(ReportStoreOptions options, Clock& clock);

  /// `table` is any unique name of it. Errors: kInvalidArgument for a report that lacks
  /// what the specification requires. A report of another type is counted and not kept.
  Status Add(const std::string& table, const Json& report);
  /// The newest first: [{"reported-at-ms": …, "report": {…}}].
  Json ReportsOf(const std::string& table) const;

 private:
  struct Kept {
    std::chrono::milliseconds at{0};
    std::string text;
  };
  struct Table {
    std::string name;
    std::deque<Kept> reports;  // the newest first
    size_t bytes = 0;
  };
  using Tables = std::list<Table>;

  void Shorten();

  const ReportStoreOptions options_;
  Clock& clock_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  Tables tables_;  // the one reported on last first
  std::unordered_map<std::string, Tables::iterator> by_name_;
  size_t bytes_ = 0;
};

}  // namespace tarn::gateway
