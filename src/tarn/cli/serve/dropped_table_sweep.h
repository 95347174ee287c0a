// What a server does from time to time with tables that can no longer be brought back.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tarn/gateway/iceberg_rest/rest_catalog.h"

namespace tarn::cli {

/// Runs table::PurgeDroppedTables on each warehouse every `interval`, on a thread of its
/// own; the first time when one has passed. What fails is logged and tried again the next
/// time. Several servers may do so on one store.
class DroppedTableSweep {
 public:
  /// `warehouses` outlive it. 0: never.
  DroppedTableSweep(const std::vector<gateway::RestWarehouse>& warehouses,
                    std::chrono::milliseconds interval);
  ~DroppedTableSweep();  // ends a run that is under way at its next file
  DroppedTableSweep(const DroppedTableSweep&) = delete;
  DroppedTableSweep& operator=(const DroppedTableSweep&) = delete;

 private:
  void Run();
  void SweepOne(const gateway::RestWarehouse& warehouse);
  bool is_stopping() const;

  const std::vector<gateway::RestWarehouse>& warehouses_;
  const std::chrono::milliseconds interval_;
  mutable std::mutex mutex_;  // guards is_stopping_
  std::condition_variable stopped_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace tarn::cli
