// Maintenance of tables as jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/job_manager.h"
#include "tarn/service/lake.h"

namespace tarn::service {

inline constexpr char kMaintenanceKind[] = "maintain";

/// What is done with which tables. Options are those of `tarn maintain`; each goes to the
/// actions that have it.
struct MaintenanceOrder {
  std::string warehouse = {};        // empty: the first
  std::string ns = {};               // with `table`, or alone: all in it and below it
  std::string table = {};            // neither: all of the warehouse
  std::vector<std::string> actions;  // "compact", "deletes", "manifests", "stats",
                                     // "partition-stats", "expire", "orphans"
  bool dry_run = false;
  std::string older_than = {};          // of expire: an age, "7d"
  std::string orphans_older_than = {};  // at least "24h"
  std::optional<int32_t> retain_last = {};
  bool clean_metadata = false;
  std::string strategy = {};
  std::vector<std::string> sort_by = {};
  std::vector<std::string> columns = {};
  std::string where = {};
  std::string target_size = {};
  std::optional<int32_t> min_input_files = {};
  std::optional<int32_t> max_commits = {};
  bool rewrite_all = false;
  std::string branch = {};
};

Json MaintenanceOrderToJson(const MaintenanceOrder& order);
/// `actions` may also be one as text, or "all"; in the order in which they are done:
/// files before what describes them, expiry before orphans. Errors: kInvalidArgument.
Result<MaintenanceOrder> MaintenanceOrderFromJson(const Json& json);

/// The kind "maintain". Every table gets its turn, whatever became of those before; the
/// job fails if any did. Its result has tables, each with what each action did, and
/// counts. What was cut off is done again: doing it twice does no harm. `lake` outlives
/// it.
JobKind MakeMaintenanceKind(const Lake& lake);

}  // namespace tarn::service
