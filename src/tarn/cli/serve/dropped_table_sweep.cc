#include "tarn/cli/serve/dropped_table_sweep.h"

#include <string>

#include "tarn/base/logging.h"
#include "tarn/table/maintenance/purge_dropped_tables.h"

namespace tarn::cli {

DroppedTableSweep::DroppedTableSweep(
    const std::vector<gateway::RestWarehouse>& warehouses,
    std::chrono::milliseconds interval)
    : warehouses_(warehouses), interval_(interval) {
  if (interval_.count() > 0) {
    thread_ = std::thread([this] { Run(); });
  }
}

DroppedTableSweep::~DroppedTableSweep() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool DroppedTableSweep::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

void DroppedTableSweep::Run() {
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, interval_, [this] { return is_stopping_; })) {
    lock.unlock();
    for (const gateway::RestWarehouse& warehouse : warehouses_) {
      SweepOne(warehouse);
    }
    lock.lock();
  }
}

void DroppedTableSweep::SweepOne(const gateway::RestWarehouse& warehouse) {
  table::PurgeDroppedTablesOptions options;
  options.control.is_cancelled = [this] { return is_stopping(); };
  const auto swept = table::PurgeDroppedTables(warehouse.context, options);
  if (!swept.ok()) {
    if (!is_stopping()) {
      LogWarn("Could not purge dropped tables, will try again",
              {{"warehouse", warehouse.name}, {"reason", swept.status().message()}});
    }
    return;
  }
  for (const table::PurgedTable& purged : swept->tables) {
    const bool is_done = purged.problem.empty();
    Log(is_done ? LogLevel::kInfo : LogLevel::kWarn,
        is_done ? "A dropped table can no longer be brought back"
                : "Could not delete all files of a dropped table",
        {{"warehouse", warehouse.name},
         {"table", purged.table.ident.ToString()},
         {"files", std::to_string(purged.files.size())},
         {"problem", purged.problem}});
  }
}

}  // namespace tarn::cli
