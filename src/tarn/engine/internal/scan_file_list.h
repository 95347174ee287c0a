// The files of a scan as DuckDB asks for them: planned when first needed, narrowed by
// filters as they become known.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <duckdb/common/multi_file/multi_file_list.hpp>
#include <duckdb/planner/table_filter.hpp>

#include "tarn/engine/internal/scan_state.h"
#include "tarn/engine/internal/scan_statistics.h"
#include "tarn/iceberg/expression.h"

namespace tarn::engine {

/// The option of OpenFileInfo that holds a file's NumberedTask::ordinal; only files of
/// tables have it.
inline constexpr char kOrdinalOption[] = "tarn_ordinal";

/// A filter on a column whose boundary moves while the query runs (Top-N).
struct MovingFilter {
  std::shared_ptr<const duckdb::TableFilter> filter;
  const iceberg::Field* field = nullptr;  // of the scan's schema
};

/// What more a list is narrowed by.
struct Narrowing {
  iceberg::Expression filter = iceberg::AlwaysTrue();    // on the table's schema
  iceberg::Expression of_files = iceberg::AlwaysTrue();  // on FileColumnsSchema()
  std::vector<MovingFilter> moving = {};
  /// Accepts numbers of files; nullptr: all.
  std::shared_ptr<const duckdb::TableFilter> ordinals = nullptr;
};

struct PlannedFiles {
  std::shared_ptr<const table::ScanPlan> plan;
  std::vector<NumberedTask> files;
  int64_t files_pruned = 0;  // of the plan's, by filters that came after it
  std::unique_ptr<ColumnSummaries> columns = std::make_unique<ColumnSummaries>();
};

/// Thread-safe.
class ScanFileList final : public duckdb::MultiFileList {
 public:
  explicit ScanFileList(std::shared_ptr<ScanState> state) : state_(std::move(state)) {}

  /// The list under more filters (bound, without Not); nullptr if they say nothing new.
  /// Files that this list has planned are not planned again.
  duckdb::unique_ptr<ScanFileList> Narrow(Narrowing by) const;

  const ScanState& state() const { return *state_; }
  const std::shared_ptr<ScanState>& shared_state() const { return state_; }
  /// Plans on the first call. Throws duckdb exceptions.
  const PlannedFiles& Planned() const;
  const iceberg::Expression& filter() const { return filter_; }
  /// On FileColumnsSchema().
  const iceberg::Expression& of_files() const { return of_files_; }

  duckdb::vector<duckdb::OpenFileInfo> GetAllFiles() const override;
  duckdb::FileExpandResult GetExpandResult() const override;
  duckdb::idx_t GetTotalFileCount() const override;
  duckdb::MultiFileCount GetFileCount(duckdb::idx_t min_exact_count) const override;
  duckdb::vector<duckdb::OpenFileInfo> GetDisplayFileList(
      duckdb::optional_idx max_files) const override;
  duckdb::unique_ptr<duckdb::NodeStatistics> GetCardinality(
      duckdb::ClientContext& context) const override;
  duckdb::unique_ptr<duckdb::MultiFileList> Copy() const override;

 protected:
  bool FileIsAvailable(duckdb::idx_t index) const override;
  duckdb::OpenFileInfo GetFile(duckdb::idx_t index) const override;

 private:
  std::shared_ptr<const PlannedFiles> PlanOnce() const;
  bool PassesMovingFilters(const table::FileScanTask& task) const;
  bool AcceptsOrdinal(uint64_t ordinal) const;
  void DropUnacceptedFiles(PlannedFiles* planned) const;

  std::shared_ptr<ScanState> state_;
  iceberg::Expression filter_ = iceberg::AlwaysTrue();
  iceberg::Expression of_files_ = iceberg::AlwaysTrue();
  std::string last_filter_;  // text of the filters added last, to see repeats
  std::vector<MovingFilter> moving_;
  std::shared_ptr<const duckdb::TableFilter> ordinals_;
  std::shared_ptr<const PlannedFiles> base_;  // what a wider list had planned already

  mutable std::mutex mutex_;
  mutable std::shared_ptr<const PlannedFiles> planned_;
  mutable size_t next_ = 0;  // of planned_->files, not yet handed out
  mutable duckdb::vector<duckdb::OpenFileInfo> handed_out_;
};

}  // namespace tarn::engine
