#include "tarn/engine/internal/scan_file_list.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <duckdb/common/types/timestamp.hpp>
#include <duckdb/storage/statistics/node_statistics.hpp>
#include <duckdb/storage/storage_info.hpp>

#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/file_columns.h"
#include "tarn/engine/internal/file_system.h"
#include "tarn/engine/internal/filter_conversion.h"

namespace tarn::engine {
namespace {

using duckdb::OpenFileInfo;

/// DuckDB reads an encrypted file through our own file system, which must be asked for
/// its size: in clear it is another.
void AddKey(const iceberg::DataFile& file, OpenFileInfo* info) {
  info->path = kEncryptedFileScheme + info->path;
  auto& options = info->extended_info->options;
  options["key_metadata"] = duckdb::Value::BLOB_RAW(*file.key_metadata);
  options.erase("file_size");
}

/// What DuckDB's reader and its cache want to know of a file, so that neither asks the
/// store.
OpenFileInfo OpenInfoOf(const NumberedTask& numbered, const ScanState& state) {
  const iceberg::DataFile& file = numbered.task->file;
  OpenFileInfo info(io::LocalPathOf(file.file_path).value_or(file.file_path));
  info.extended_info = duckdb::make_shared_ptr<duckdb::ExtendedOpenFileInfo>();
  auto& options = info.extended_info->options;
  options["file_size"] =
      duckdb::Value::UBIGINT(static_cast<uint64_t>(file.file_size_bytes));
  options["validate_external_file_cache"] =
      duckdb::Value::BOOLEAN(false);  // data files never change
  options["etag"] = duckdb::Value("");
  options["last_modified"] = duckdb::Value::TIMESTAMP(duckdb::timestamp_t(0));
  if (file.key_metadata) {
    AddKey(file, &info);
  }
  if (state.source().catalog_number != 0) {
    options[kCatalogOption] = duckdb::Value::UBIGINT(state.source().catalog_number);
  }
  options["has_deletes"] = duckdb::Value::BOOLEAN(!numbered.task->deletes.empty());
  options[kOrdinalOption] = duckdb::Value::UBIGINT(numbered.ordinal);
  return info;
}

/// Rows that deletes of this file alone name; those of others are anybody's guess.
uint64_t DeletedRowsEstimate(const table::FileScanTask& task) {
  uint64_t rows = 0;
  for (const auto& entry : task.deletes) {
    if (entry->file.referenced_data_file.has_value()) {
      rows += static_cast<uint64_t>(entry->file.record_count);
    }
  }
  return rows;
}

/// The number of a file as a column, so that a filter on it is evaluated like any other.
const iceberg::Field& OrdinalField() {
  static const iceberg::Field field{
      .id = 1, .name = "file_index", .type = iceberg::Type::Long(), .required = true};
  return field;
}

const iceberg::Schema& OrdinalSchema() {
  static const auto schema = iceberg::Schema::Make({}, {OrdinalField()}).ValueOrDie();
  return *schema;
}

/// True if there is nothing to share between threads: one row group, or no more rows than
/// DuckDB has in one of its own.
bool IsForOneThread(const iceberg::DataFile& file) {
  constexpr int64_t kFewRows = DEFAULT_ROW_GROUP_SIZE;
  return file.split_offsets.size() == 1 || file.record_count <= kFewRows;
}

}  // namespace

duckdb::unique_ptr<ScanFileList> ScanFileList::Narrow(Narrowing by) const {
  std::string text = iceberg::ExpressionToString(by.filter) + '\n' +
                     iceberg::ExpressionToString(by.of_files);
  const bool says_something = by.filter.op != iceberg::Operation::kTrue ||
                              by.of_files.op != iceberg::Operation::kTrue;
  const bool adds_filter = says_something && text != last_filter_;
  if (!adds_filter && by.moving.empty() && by.ordinals == nullptr) {
    return nullptr;
  }
  auto narrowed = duckdb::make_uniq<ScanFileList>(state_);
  narrowed->filter_ = adds_filter ? iceberg::And(filter_, std::move(by.filter)) : filter_;
  narrowed->of_files_ =
      adds_filter ? iceberg::And(of_files_, std::move(by.of_files)) : of_files_;
  narrowed->last_filter_ = std::move(text);
  narrowed->moving_ = by.moving.empty() ? moving_ : std::move(by.moving);
  narrowed->ordinals_ = by.ordinals == nullptr ? ordinals_ : std::move(by.ordinals);
  const std::lock_guard guard(mutex_);
  narrowed->base_ = planned_ != nullptr ? planned_ : base_;
  return narrowed;
}

std::shared_ptr<const PlannedFiles> ScanFileList::PlanOnce() const {
  const std::lock_guard guard(mutex_);
  if (planned_ != nullptr) {
    return planned_;
  }
  auto planned = std::make_shared<PlannedFiles>();
  if (base_ != nullptr) {
    planned->plan = base_->plan;
    planned->files_pruned = base_->files_pruned;
    FilePruner pruner(filter_, *state_);
    for (const NumberedTask& numbered : base_->files) {
      const bool keep =
          AcceptsOrdinal(numbered.ordinal) && pruner.MayMatch(*numbered.task);
      if (keep) {
        planned->files.push_back(numbered);
      }
      if (!keep) {
        ++planned->files_pruned;
      }
    }
  } else {
    planned->plan = ValueOrThrow(state_->Plan(filter_));
    for (const table::FileScanTask& task : planned->plan->tasks) {
      const NumberedTask numbered = state_->files().Register(planned->plan, task);
      if (AcceptsOrdinal(numbered.ordinal)) {
        planned->files.push_back(numbered);
      }
    }
  }
  DropUnacceptedFiles(planned.get());
  planned_ = std::move(planned);
  return planned_;
}

void ScanFileList::DropUnacceptedFiles(PlannedFiles* planned) const {
  if (of_files_.op == iceberg::Operation::kTrue) {
    return;
  }
  if (AsksForTime(of_files_)) {
    std::vector<std::string> paths;
    for (const NumberedTask& numbered : planned->files) {
      paths.push_back(numbered.task->file.file_path);
    }
    ThrowIfError(state_->files().times().Load(*state_->source().io, paths));
  }
  planned->files_pruned +=
      static_cast<int64_t>(std::erase_if(planned->files, [&](const NumberedTask& one) {
        return !AcceptsFile(of_files_, *state_, *one.task);
      }));
}

const PlannedFiles& ScanFileList::Planned() const { return *PlanOnce(); }

bool ScanFileList::AcceptsOrdinal(uint64_t ordinal) const {
  if (ordinals_ == nullptr) {
    return true;
  }
  const iceberg::Expression filter =
      PruningFilter(*ordinals_, OrdinalSchema(), OrdinalField());
  return iceberg::EvaluateRow(filter, [&](iceberg::FieldId) {
    return iceberg::Value(static_cast<int64_t>(ordinal));
  });
}

bool ScanFileList::PassesMovingFilters(const table::FileScanTask& task) const {
  for (const MovingFilter& moving : moving_) {
    FilePruner pruner(PruningFilter(*moving.filter, state_->schema(), *moving.field),
                      *state_);
    if (!pruner.MayMatch(task)) {
      return false;
    }
  }
  return true;
}

duckdb::vector<OpenFileInfo> ScanFileList::GetAllFiles() const {
  duckdb::vector<OpenFileInfo> all;
  for (const NumberedTask& numbered : Planned().files) {
    all.push_back(OpenInfoOf(numbered, *state_));
  }
  return all;
}

duckdb::FileExpandResult ScanFileList::GetExpandResult() const {
  // Asked while binding, before filters are known: planning then would read manifests for
  // nothing.
  const std::lock_guard guard(mutex_);
  if (planned_ == nullptr || planned_->files.size() > 1) {
    return duckdb::FileExpandResult::MULTIPLE_FILES;
  }
  if (planned_->files.empty()) {
    return duckdb::FileExpandResult::NO_FILES;
  }
  // The scan of a single file gets as many threads as the file that was opened to bind
  // has row groups. None was, so that would be one.
  return IsForOneThread(planned_->files.front().task->file)
             ? duckdb::FileExpandResult::SINGLE_FILE
             : duckdb::FileExpandResult::MULTIPLE_FILES;
}

duckdb::idx_t ScanFileList::GetTotalFileCount() const { return Planned().files.size(); }

duckdb::MultiFileCount ScanFileList::GetFileCount(duckdb::idx_t) const {
  return duckdb::MultiFileCount(Planned().files.size());
}

duckdb::vector<OpenFileInfo> ScanFileList::GetDisplayFileList(
    duckdb::optional_idx max_files) const {
  duckdb::vector<OpenFileInfo> some;
  for (const NumberedTask& numbered : Planned().files) {
    if (max_files.IsValid() && some.size() >= max_files.GetIndex()) {
      break;
    }
    some.push_back(OpenInfoOf(numbered, *state_));
  }
  return some;
}

duckdb::unique_ptr<duckdb::NodeStatistics> ScanFileList::GetCardinality(
    duckdb::ClientContext&) const {
  uint64_t rows = 0;
  uint64_t rows_max = 0;
  for (const NumberedTask& numbered : Planned().files) {
    const auto of_file = static_cast<uint64_t>(numbered.task->file.record_count);
    rows_max += of_file;
    rows += of_file - std::min(of_file, DeletedRowsEstimate(*numbered.task));
  }
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows, rows_max);
}

duckdb::unique_ptr<duckdb::MultiFileList> ScanFileList::Copy() const {
  auto copy = duckdb::make_uniq<ScanFileList>(state_);
  copy->filter_ = filter_;
  copy->of_files_ = of_files_;
  copy->last_filter_ = last_filter_;
  copy->moving_ = moving_;
  copy->ordinals_ = ordinals_;
  const std::lock_guard guard(mutex_);
  copy->base_ = planned_ != nullptr ? planned_ : base_;
  return copy;
}

bool ScanFileList::FileIsAvailable(duckdb::idx_t index) const {
  const std::lock_guard guard(mutex_);
  return index < handed_out_.size() || planned_ != nullptr;
}

OpenFileInfo ScanFileList::GetFile(duckdb::idx_t index) const {
  const auto planned = PlanOnce();
  const std::lock_guard guard(mutex_);
  while (handed_out_.size() <= index && next_ < planned->files.size()) {
    const NumberedTask& numbered = planned->files[next_++];
    if (PassesMovingFilters(*numbered.task)) {
      handed_out_.push_back(OpenInfoOf(numbered, *state_));
    }
  }
  return index < handed_out_.size() ? handed_out_[index]
                                    : OpenFileInfo("");  // an empty path is the end
}

}  // namespace tarn::engine
