#include "tarn/table/maintenance/rewrite_delete_files.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/storage/delete_file_writer.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/internal/summary.h"
#include "tarn/table/maintenance/internal/branch_head.h"
#include "tarn/table/maintenance/internal/delete_files.h"
#include "tarn/table/write.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::ManifestEntry;
using iceberg::PositionSet;

constexpr int32_t kThreads = 4;
/// Data files whose deleted positions are in memory at once; their deletion vectors share
/// one Puffin file.
constexpr size_t kFilesPerChunk = 1'000;

enum class What : uint8_t { kPositionDeletes, kEqualityDeletes };

bool IsPositionDeleteFile(const DataFile& file) {
  return file.content == FileContent::kPositionDeletes &&
         !internal::IsDeletionVector(file);
}

class DeleteFilesRewrite {
 public:
  DeleteFilesRewrite(const Context& context, const iceberg::TableIdent& ident,
                     const RewriteDeleteFilesOptions& options, What what)
      : context_(context),
        ident_(ident),
        options_(options),
        what_(what),
        deletions_(context.deletions != nullptr ? *context.deletions : own_deletions_) {}

  Result<RewriteDeleteFilesResult> Run() {
    ARROW_ASSIGN_OR_RAISE(table_, context_.catalog.LoadTable(ident_));
    ARROW_ASSIGN_OR_RAISE(const iceberg::Snapshot* head,
                          internal::HeadOfBranch(table_, options_.branch));
    if (head == nullptr || table_.metadata->format_version < 2) {
      return result_;
    }
    RETURN_NOT_OK(Plan(*head));
    result_.affected_data_files_count = static_cast<int64_t>(chosen_.size());
    ARROW_ASSIGN_OR_RAISE(std::vector<DataFile> removed, FilesToRemove(*head));
    for (const DataFile& file : removed) {
      ++result_.rewritten_delete_files_count;
      result_.rewritten_bytes_count +=
          file.content_size_bytes.value_or(file.file_size_bytes);
    }
    if (removed.empty() || options_.dry_run == DryRun::kYes) {
      return result_;
    }
    std::vector<DataFile> added;
    Status status = WriteAll(&added);
    if (status.ok()) {
      status = Commit(*head, std::move(removed), added);
    }
    if (!status.ok()) {
      if (!IsOutcomeUnknown(status)) {
        Delete(added);
      }
      return status;
    }
    return result_;
  }

 private:
  /// Which data files get new deletes.
  Status Plan(const iceberg::Snapshot& head) {
    ARROW_ASSIGN_OR_RAISE(
        plan_, internal::PlanBranch(context_, table_, head, iceberg::AlwaysTrue()));
    std::unordered_set<std::string> matching;
    const bool has_filter = options_.filter.op != iceberg::Operation::kTrue;
    if (has_filter) {
      ARROW_ASSIGN_OR_RAISE(
          const ScanPlan filtered,
          internal::PlanBranch(context_, table_, head, options_.filter));
      for (const FileScanTask& task : filtered.tasks) {
        matching.insert(task.file.file_path);
      }
    }
    for (const FileScanTask& task : plan_.tasks) {
      const bool matches = !has_filter || matching.contains(task.file.file_path);
      if (matches && IsWorthIt(task)) {
        chosen_.push_back(&task);
      }
    }
    return Status::OK();
  }

  bool IsWorthIt(const FileScanTask& task) const {
    if (what_ == What::kEqualityDeletes) {
      return std::ranges::any_of(task.deletes, [](const auto& entry) {
        return entry->file.content == FileContent::kEqualityDeletes;
      });
    }
    const auto count = std::ranges::count_if(task.deletes, [](const auto& entry) {
      return IsPositionDeleteFile(entry->file);
    });
    return table_.metadata->format_version >= 3 ? count > 0
                                                : count >= options_.min_input_files;
  }

  /// True if the rows that `file` deletes go into the new deletes of its data files.
  bool IsMerged(const DataFile& file) const {
    return what_ == What::kEqualityDeletes ||
           file.content == FileContent::kPositionDeletes;
  }

  /// Delete files that no data file needs any more once all chosen ones have new deletes.
  Result<std::vector<DataFile>> FilesToRemove(const iceberg::Snapshot& head) const {
    std::unordered_map<std::string, int64_t> needed_by;
    for (const FileScanTask& task : plan_.tasks) {
      for (const auto& entry : task.deletes) {
        ++needed_by[internal::DeleteKey(entry->file)];
      }
    }
    std::vector<DataFile> removed;
    for (const FileScanTask* task : chosen_) {
      for (const auto& entry : task->deletes) {
        if (IsMerged(entry->file) && --needed_by[internal::DeleteKey(entry->file)] == 0) {
          removed.push_back(entry->file);
        }
      }
    }
    if (what_ == What::kPositionDeletes ||
        options_.filter.op != iceberg::Operation::kTrue) {
      return removed;
    }
    ARROW_ASSIGN_OR_RAISE(
        const std::vector<ManifestEntry> all,
        internal::LiveDeletes(context_.io, *table_.metadata, head, options_.control));
    for (const ManifestEntry& entry : all) {
      if (entry.file.content == FileContent::kEqualityDeletes &&
          !needed_by.contains(internal::DeleteKey(entry.file))) {
        removed.push_back(entry.file);
      }
    }
    return removed;
  }

  Result<PositionSet> PositionsOf(const FileScanTask& task) const {
    if (what_ == What::kEqualityDeletes) {
      ARROW_ASSIGN_OR_RAISE(
          const auto positions,
          deletions_.Of(context_.io, *table_.metadata, task.file, task.deletes));
      return positions == nullptr ? PositionSet() : *positions;
    }
    PositionSet positions;
    for (const auto& entry : task.deletes) {
      if (entry->file.content == FileContent::kPositionDeletes) {
        ARROW_ASSIGN_OR_RAISE(
            const auto some,
            deletions_.PositionsIn(context_.io, entry->file, task.file.file_path));
        if (some != nullptr) {
          positions.Union(*some);
        }
      }
    }
    return positions;
  }

  Status WriteAll(std::vector<DataFile>* added) {
    const std::span<const FileScanTask* const> chosen(chosen_);
    for (size_t begin = 0; begin < chosen.size(); begin += kFilesPerChunk) {
      const auto chunk =
          chosen.subspan(begin, std::min(kFilesPerChunk, chosen.size() - begin));
      std::vector<storage::FileDeletes> deletes(chunk.size());
      RETURN_NOT_OK(
          internal::ForEachParallel(chunk.size(), kThreads, [&](size_t i) -> Status {
            RETURN_NOT_OK(options_.control.Check());
            deletes[i].file = &chunk[i]->file;
            ARROW_ASSIGN_OR_RAISE(deletes[i].positions, PositionsOf(*chunk[i]));
            return Status::OK();
          }));
      std::erase_if(deletes, [](const storage::FileDeletes& file) {
        return file.positions.empty();
      });
      ARROW_ASSIGN_OR_RAISE(
          std::vector<DataFile> written,
          storage::WritePositionDeletes(context_.io, *table_.metadata, deletes,
                                        context_.clock, context_.random));
      std::ranges::move(written, std::back_inserter(*added));
      options_.control.Report("rewrite delete files",
                              static_cast<int64_t>(begin + chunk.size()),
                              static_cast<int64_t>(chosen.size()));
    }
    return Status::OK();
  }

  Status Commit(const iceberg::Snapshot& head, std::vector<DataFile> removed,
                const std::vector<DataFile>& added) {
    WriteRequest request;
    request.ident = ident_;
    request.mode = WriteMode::kRewrite;
    request.branch = options_.branch;
    request.delete_files = added;
    request.removed_files = std::move(removed);
    request.checks.isolation = Isolation::kSnapshot;
    request.checks.base = head.id;
    RETURN_NOT_OK(options_.control.Check());
    ARROW_ASSIGN_OR_RAISE(const LoadedTable committed, Write(context_, request));
    for (const DataFile& file : added) {
      ++result_.added_delete_files_count;
      result_.added_bytes_count += file.content_size_bytes.value_or(file.file_size_bytes);
    }
    const auto ref = committed.metadata->refs.find(options_.branch);
    if (ref != committed.metadata->refs.end()) {
      result_.snapshot_id = ref->second.snapshot_id;
    }
    return Status::OK();
  }

  /// Best effort: what stays behind is found by orphan removal.
  void Delete(const std::vector<DataFile>& files) const {
    std::unordered_set<std::string> paths;
    for (const DataFile& file : files) {
      if (paths.insert(file.file_path).second) {
        [[maybe_unused]] const Status best_effort = context_.io.Delete(file.file_path);
      }
    }
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const RewriteDeleteFilesOptions& options_;
  const What what_;
  storage::DeletedRows own_deletions_;
  storage::DeletedRows& deletions_;
  LoadedTable table_;
  ScanPlan plan_;
  std::vector<const FileScanTask*> chosen_;  // in plan_
  RewriteDeleteFilesResult result_;
};

}  // namespace

Result<RewriteDeleteFilesResult> RewritePositionDeleteFiles(
    const Context& context, const iceberg::TableIdent& ident,
    const RewriteDeleteFilesOptions& options) {
  if (options.min_input_files < 1) {
    return MakeError(ErrorCode::kInvalidArgument, "min-input-files must be positive");
  }
  return DeleteFilesRewrite(context, ident, options, What::kPositionDeletes).Run();
}

Result<RewriteDeleteFilesResult> ConvertEqualityDeletes(
    const Context& context, const iceberg::TableIdent& ident,
    const RewriteDeleteFilesOptions& options) {
  return DeleteFilesRewrite(context, ident, options, What::kEqualityDeletes).Run();
}

}  // namespace tarn::table
