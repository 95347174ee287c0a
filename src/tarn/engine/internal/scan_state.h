// What every part of one table scan shares: the table, its schema, and the files that
// were planned.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/engine/internal/file_columns.h"
#include "tarn/engine/internal/table_scan.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/name_mapping.h"
#include "tarn/iceberg/position_set.h"
#include "tarn/iceberg/schema.h"
#include "tarn/table/scan.h"

namespace tarn::engine {

/// A file of the scan under a number that is the same in every copy and pruned version of
/// the file list: late materialisation joins two of them on it.
struct NumberedTask {
  uint64_t ordinal = 0;
  const table::FileScanTask* task = nullptr;  // lives as long as the ScanState
};

/// The files of a table's snapshot that scans have planned. Every scan of one table in a
/// transaction shares it, so that a file's number is the same in all of them, whichever
/// of a statement's scans a row to be deleted comes from. Thread-safe.
class ScanFiles {
 public:
  /// `task` is one of `plan`'s, which is kept.
  NumberedTask Register(const std::shared_ptr<const table::ScanPlan>& plan,
                        const table::FileScanTask& task);
  const table::FileScanTask& TaskOf(uint64_t ordinal) const;
  FileTimes& times() { return times_; }

 private:
  FileTimes times_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, uint64_t> ordinals_;         // by file path
  std::vector<const table::FileScanTask*> tasks_;              // by ordinal
  std::vector<std::shared_ptr<const table::ScanPlan>> plans_;  // keep the tasks alive
};

/// Immutable.
class ScanState {
 public:
  /// Errors: kNoSuchSnapshot, kInvalidData (a name mapping that cannot be read).
  static Result<std::shared_ptr<ScanState>> Make(const TableScanSource& source,
                                                 int32_t threads);

  const TableScanSource& source() const { return source_; }
  const iceberg::Schema& schema() const { return *schema_; }
  /// schema.name-mapping.default; unset if the table has none.
  const std::optional<iceberg::NameMapping>& name_mapping() const {
    return name_mapping_;
  }
  /// False if a file may hold a column in a type that DuckDB casts a filter's constant to
  /// with loss (float for today's double, date for timestamp): the reader would then lose
  /// rows by filters. Nor does it know how to decrypt the columns that it filters by.
  bool reader_takes_filters() const { return reader_takes_filters_; }

  /// Reads the manifests. Errors: those of table::PlanScan.
  Result<std::shared_ptr<const table::ScanPlan>> Plan(
      const iceberg::Expression& filter) const;
  ScanFiles& files() const { return *source_.files; }
  /// What the task's delete files take away; nullptr if nothing. Reads them on first use.
  /// Errors: those of storage::DeletedRows::Of.
  Result<std::shared_ptr<const iceberg::PositionSet>> DeletedRowsOf(
      const table::FileScanTask& task) const;
  /// As the statistics file of the scanned snapshot has it; unset if there is none.
  std::optional<int64_t> DistinctValuesOf(iceberg::FieldId field_id) const;

 private:
  ScanState() = default;

  TableScanSource source_;
  int32_t threads_ = 1;
  std::shared_ptr<const iceberg::Schema> schema_;
  std::optional<iceberg::NameMapping> name_mapping_;
  bool reader_takes_filters_ = true;
};

/// Evaluates one filter on many files; remembers its projection per partition spec.
class FilePruner {
 public:
  /// `filter` is bound to the state's schema and without Not. `state` outlives the
  /// pruner.
  FilePruner(iceberg::Expression filter, const ScanState& state)
      : filter_(std::move(filter)), state_(state) {}
  bool MayMatch(const table::FileScanTask& task);

 private:
  iceberg::Expression filter_;
  const ScanState& state_;
  std::map<iceberg::SpecId, iceberg::Expression> by_spec_;
};

}  // namespace tarn::engine
