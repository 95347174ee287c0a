#include "tarn/table/maintenance/internal/file_groups.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/delete_index.h"
#include "tarn/table/maintenance/internal/expiry.h"

namespace tarn::table::internal {
namespace {

using iceberg::SpecId;
using iceberg::TableMetadata;

constexpr int64_t kTargetBytes = int64_t{512} << 20;

int64_t Scaled(int64_t bytes, double factor) {
  return static_cast<int64_t>(static_cast<double>(bytes) * factor);
}

/// Rows of the file that deletes of its own take away, as far as they tell.
int64_t KnownDeletedRows(const FileScanTask& task) {
  int64_t rows = 0;
  for (const auto& entry : task.deletes) {
    const bool is_its_own =
        entry->file.content == iceberg::FileContent::kPositionDeletes &&
        !ReferencedDataFile(entry->file).empty();
    rows += is_its_own ? entry->file.record_count : 0;
  }
  return std::min(rows, task.file.record_count);
}

class Planner {
 public:
  Planner(const TableMetadata& table, const FileSizes& sizes,
          const RewriteDataFilesOptions& options)
      : table_(table),
        sizes_(sizes),
        options_(options),
        output_spec_(options.output_spec_id.value_or(table.default_spec_id)) {}

  std::vector<FileGroup> Plan(std::vector<FileScanTask> tasks) {
    std::map<std::string, std::vector<FileScanTask>> by_partition;
    for (FileScanTask& task : tasks) {
      if (IsCandidate(task)) {
        by_partition[PartitionOf(task.file)].push_back(std::move(task));
      }
    }
    std::vector<FileGroup> groups;
    for (auto& [partition, candidates] : by_partition) {
      Pack(std::move(candidates), &groups);
    }
    std::erase_if(groups, [this](const FileGroup& group) { return !IsWorthIt(group); });
    for (FileGroup& group : groups) {
      group.output_files = NumOutputFiles(group.live_bytes, sizes_);
    }
    Sort(&groups);
    return groups;
  }

 private:
  bool HasOtherSpec(const iceberg::DataFile& file) const {
    return file.spec_id != output_spec_;
  }

  /// Files of other specs stay together: their rows go to partitions of their own.
  std::string PartitionOf(const iceberg::DataFile& file) const {
    const std::string spec = std::to_string(file.spec_id.value);
    const iceberg::PartitionSpec* found = table_.FindSpec(file.spec_id);
    if (HasOtherSpec(file) || found == nullptr) {
      return spec;
    }
    return spec + "/" + PartitionPath(*found, table_.schema(), file.partition);
  }

  bool MustMove(const iceberg::DataFile& file) const {
    return options_.output_spec_id && HasOtherSpec(file);
  }

  bool HasManyDeletes(const FileScanTask& task) const {
    const auto count = static_cast<int64_t>(task.deletes.size());
    if (options_.delete_file_threshold && count >= *options_.delete_file_threshold) {
      return true;
    }
    const int64_t deleted = KnownDeletedRows(task);
    const auto rows = static_cast<double>(std::max<int64_t>(task.file.record_count, 1));
    return deleted > 0 &&
           static_cast<double>(deleted) / rows >= options_.delete_ratio_threshold;
  }

  bool IsCandidate(const FileScanTask& task) const {
    const int64_t bytes = task.file.file_size_bytes;
    return options_.rewrite_all || bytes < sizes_.min || bytes > sizes_.max ||
           HasManyDeletes(task) || MustMove(task.file);
  }

  bool IsWorthIt(const FileGroup& group) const {
    const auto count = static_cast<int64_t>(group.tasks.size());
    const bool is_worth_it = options_.rewrite_all ||
                             (count > 1 && count >= options_.min_input_files) ||
                             (count > 1 && group.input_bytes > sizes_.target) ||
                             group.input_bytes > sizes_.max;
    return is_worth_it || std::ranges::any_of(group.tasks, [this](const auto& task) {
             return HasManyDeletes(task) || MustMove(task.file);
           });
  }

  /// Next fit: neighbours in the table stay neighbours.
  void Pack(std::vector<FileScanTask> tasks, std::vector<FileGroup>* groups) const {
    FileGroup group;
    for (FileScanTask& task : tasks) {
      const int64_t bytes = task.file.file_size_bytes;
      if (!group.tasks.empty() &&
          group.input_bytes + bytes > options_.max_file_group_size_bytes) {
        groups->push_back(std::exchange(group, {}));
      }
      const auto rows = static_cast<double>(std::max<int64_t>(task.file.record_count, 1));
      const auto deleted = static_cast<double>(KnownDeletedRows(task));
      group.input_bytes += bytes;
      group.live_bytes += Scaled(bytes, 1 - deleted / rows);
      group.tasks.push_back(std::move(task));
    }
    if (!group.tasks.empty()) {
      groups->push_back(std::move(group));
    }
  }

  void Sort(std::vector<FileGroup>* groups) const {
    const auto bytes = [](const FileGroup& group) { return group.input_bytes; };
    const auto files = [](const FileGroup& group) { return group.tasks.size(); };
    switch (options_.rewrite_job_order) {
      case RewriteJobOrder::kNone:
        break;
      case RewriteJobOrder::kBytesAscending:
        std::ranges::stable_sort(*groups, std::ranges::less(), bytes);
        break;
      case RewriteJobOrder::kBytesDescending:
        std::ranges::stable_sort(*groups, std::ranges::greater(), bytes);
        break;
      case RewriteJobOrder::kFilesAscending:
        std::ranges::stable_sort(*groups, std::ranges::less(), files);
        break;
      case RewriteJobOrder::kFilesDescending:
        std::ranges::stable_sort(*groups, std::ranges::greater(), files);
        break;
    }
  }

  const TableMetadata& table_;
  const FileSizes& sizes_;
  const RewriteDataFilesOptions& options_;
  const SpecId output_spec_;
};

}  // namespace

Result<FileSizes> FileSizesFor(const TableMetadata& table,
                               const RewriteDataFilesOptions& options) {
  constexpr double kMinShare = 0.75;
  constexpr double kMaxShare = 1.8;
  FileSizes sizes;
  ARROW_ASSIGN_OR_RAISE(
      sizes.target,
      IntegerProperty(table, "write.target-file-size-bytes", kTargetBytes, 1));
  sizes.target = options.target_file_size_bytes.value_or(sizes.target);
  sizes.min = options.min_file_size_bytes.value_or(Scaled(sizes.target, kMinShare));
  sizes.max = options.max_file_size_bytes.value_or(Scaled(sizes.target, kMaxShare) + 1);
  if (sizes.min < 0 || sizes.min >= sizes.target || sizes.target >= sizes.max) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "File sizes must be min < target < max, not " +
                         std::to_string(sizes.min) + ", " + std::to_string(sizes.target) +
                         ", " + std::to_string(sizes.max));
  }
  return sizes;
}

int64_t NumOutputFiles(int64_t bytes, const FileSizes& sizes) {
  if (bytes <= sizes.target) {
    return 1;
  }
  const int64_t floor = bytes / sizes.target;
  const int64_t rest = bytes % sizes.target;
  if (rest > sizes.min) {
    return floor + 1;
  }
  // A small rest is spread over the others, as long as they stay near the target.
  constexpr double kSpread = 1.1;
  const int64_t size_max = std::min(sizes.max, Scaled(sizes.target, kSpread));
  return bytes / floor <= size_max ? floor : floor + 1;
}

std::vector<FileGroup> PlanFileGroups(const TableMetadata& table,
                                      std::vector<FileScanTask> tasks,
                                      const FileSizes& sizes,
                                      const RewriteDataFilesOptions& options) {
  return Planner(table, sizes, options).Plan(std::move(tasks));
}

}  // namespace tarn::table::internal
