#include "tarn/table/maintenance/rewrite_data_files.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/sort_order_update.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/internal/parallel.h"
#include "tarn/table/maintenance/internal/branch_head.h"
#include "tarn/table/maintenance/internal/file_groups.h"
#include "tarn/table/maintenance/internal/group_rewriter.h"
#include "tarn/table/maintenance/remove_dangling_deletes.h"
#include "tarn/table/write.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::Snapshot;
using iceberg::TableMetadata;
using internal::FileGroup;
using internal::RewrittenGroup;

/// The order that a person's terms say.
Result<iceberg::SortOrder> SortOrderOf(const TableMetadata& table,
                                       const std::vector<std::string>& texts) {
  iceberg::SortOrder order;
  order.id = iceberg::SortOrderId{1};  // none of the table's; 0 would be unsorted
  for (const std::string& text : texts) {
    ARROW_ASSIGN_OR_RAISE(const iceberg::SortTerm term, iceberg::ParseSortTerm(text));
    const iceberg::Field* field = table.schema().FindByNameIgnoringCase(term.term.column);
    if (field == nullptr) {
      return MakeError(
          ErrorCode::kNoSuchColumn,
          "Cannot sort by a column that the table lacks: " + term.term.column);
    }
    order.fields.push_back(
        {{field->id}, term.term.transform, term.direction, term.null_order});
  }
  RETURN_NOT_OK(ValidateSortOrder(order, table.schema()));
  return order;
}

Result<internal::RowOrder> RowOrderFor(const TableMetadata& table,
                                       const RewriteDataFilesOptions& options) {
  internal::RowOrder order;
  ARROW_ASSIGN_OR_RAISE(const storage::RowOrdering ordering,
                        storage::RowOrderingFor(table));
  const bool has_order = ordering == storage::RowOrdering::kTable || options.sort_order ||
                         !options.sort_terms.empty();
  const RewriteStrategy strategy = options.strategy.value_or(
      has_order ? RewriteStrategy::kSort : RewriteStrategy::kBinPack);
  switch (strategy) {
    case RewriteStrategy::kBinPack:
      return order;
    case RewriteStrategy::kSort:
      order.sort_order = options.sort_order.value_or(table.sort_order());
      if (!options.sort_order && !options.sort_terms.empty()) {
        ARROW_ASSIGN_OR_RAISE(order.sort_order, SortOrderOf(table, options.sort_terms));
      }
      if (order.sort_order->fields.empty()) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Cannot sort files: the table has no sort order and none is "
                         "given");
      }
      return order;
    case RewriteStrategy::kZOrder:
    case RewriteStrategy::kHilbert:
      break;
  }
  order.curve = strategy == RewriteStrategy::kZOrder ? storage::Curve::kZOrder
                                                     : storage::Curve::kHilbert;
  for (const std::string& name : options.cluster_columns) {
    const iceberg::Field* field = table.schema().FindByNameIgnoringCase(name);
    if (field == nullptr) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "Cannot order rows by a column that the table lacks: " + name);
    }
    order.cluster_columns.push_back(field->id);
  }
  if (order.cluster_columns.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Ordering rows along a curve needs at least one column");
  }
  return order;
}

Status CheckOptions(const RewriteDataFilesOptions& options) {
  const auto require = [](bool holds, const std::string& what) {
    return holds ? Status::OK() : MakeError(ErrorCode::kInvalidArgument, what);
  };
  RETURN_NOT_OK(require(options.min_input_files > 0, "min-input-files must be positive"));
  RETURN_NOT_OK(require(options.max_file_group_size_bytes > 0,
                        "max-file-group-size-bytes must be positive"));
  RETURN_NOT_OK(require(options.max_concurrent_file_group_rewrites > 0,
                        "max-concurrent-file-group-rewrites must be positive"));
  RETURN_NOT_OK(require(options.partial_progress_max_commits > 0,
                        "partial-progress.max-commits must be positive"));
  RETURN_NOT_OK(
      require(!options.delete_file_threshold || *options.delete_file_threshold > 0,
              "delete-file-threshold must be positive"));
  return require(
      options.delete_ratio_threshold > 0 && options.delete_ratio_threshold <= 1,
      "delete-ratio-threshold must be above 0 and at most 1");
}

class DataFilesRewrite {
 public:
  DataFilesRewrite(const Context& context, const iceberg::TableIdent& ident,
                   const RewriteDataFilesOptions& options)
      : context_(context), ident_(ident), options_(options) {}

  Result<RewriteDataFilesResult> Run() {
    RETURN_NOT_OK(CheckOptions(options_));
    ARROW_ASSIGN_OR_RAISE(table_, context_.catalog.LoadTable(ident_));
    ARROW_ASSIGN_OR_RAISE(base_, internal::HeadOfBranch(table_, options_.branch));
    ARROW_ASSIGN_OR_RAISE(rewriting_.order, RowOrderFor(*table_.metadata, options_));
    RETURN_NOT_OK(ChooseSpec());
    ARROW_ASSIGN_OR_RAISE(rewriting_.sizes,
                          internal::FileSizesFor(*table_.metadata, options_));
    rewriting_.sort_bytes_max =
        options_.sort_memory_bytes_max / options_.max_concurrent_file_group_rewrites;
    rewriting_.control = &options_.control;
    if (base_ == nullptr) {
      return result_;
    }
    ARROW_ASSIGN_OR_RAISE(
        ScanPlan plan, internal::PlanBranch(context_, table_, *base_, options_.filter));
    groups_ = internal::PlanFileGroups(*table_.metadata, std::move(plan.tasks),
                                       rewriting_.sizes, options_);
    if (options_.dry_run == DryRun::kYes) {
      return Estimate();
    }
    RETURN_NOT_OK(RewriteAll());
    if (options_.remove_dangling_deletes) {
      RETURN_NOT_OK(RemoveDangling());
    }
    return result_;
  }

 private:
  struct DoneGroup {
    const FileGroup* group = nullptr;
    RewrittenGroup files;
  };

  Status ChooseSpec() {
    rewriting_.spec_id =
        options_.output_spec_id.value_or(table_.metadata->default_spec_id);
    if (table_.metadata->FindSpec(rewriting_.spec_id) != nullptr) {
      return Status::OK();
    }
    return MakeError(ErrorCode::kInvalidArgument,
                     "Table " + ident_.ToString() + " has no partition spec " +
                         std::to_string(rewriting_.spec_id.value));
  }

  RewriteDataFilesResult Estimate() {
    result_.file_groups_count = static_cast<int64_t>(groups_.size());
    for (const FileGroup& group : groups_) {
      CountInput(group);
      result_.added_data_files_count += group.output_files;
      result_.added_bytes_count += group.live_bytes;
    }
    return result_;
  }

  void CountInput(const FileGroup& group) {
    result_.rewritten_data_files_count += static_cast<int64_t>(group.tasks.size());
    result_.rewritten_bytes_count += group.input_bytes;
  }

  Status RewriteAll() {
    result_.file_groups_count = static_cast<int64_t>(groups_.size());
    storage::DeletedRows own_deletions;
    storage::DeletedRows& deletions =
        context_.deletions != nullptr ? *context_.deletions : own_deletions;
    const Status status = internal::ForEachParallel(
        groups_.size(), options_.max_concurrent_file_group_rewrites,
        [&](size_t i) -> Status {
          RETURN_NOT_OK(options_.control.Check());
          Result<RewrittenGroup> rewritten = internal::RewriteGroup(
              context_, deletions, table_.metadata, groups_[i], rewriting_);
          const std::lock_guard lock(mutex_);
          return Finished(groups_[i], std::move(rewritten));
        });
    if (!status.ok()) {
      AbortPending();
      return status;
    }
    RETURN_NOT_OK(CommitPending());
    const bool all_failed =
        result_.failed_data_files_count > 0 && result_.rewritten_data_files_count == 0;
    return all_failed ? first_failure_ : Status::OK();
  }

  /// A group is done, or has failed. Under mutex_.
  Status Finished(const FileGroup& group, Result<RewrittenGroup> rewritten) {
    ++groups_done_;
    options_.control.Report("rewrite data files", groups_done_,
                            static_cast<int64_t>(groups_.size()));
    if (!rewritten.ok()) {
      const bool ends_it = !options_.partial_progress_enabled ||
                           CodeOf(rewritten.status()) == ErrorCode::kCancelled;
      if (ends_it) {
        return rewritten.status();
      }
      CountFailure(group, rewritten.status());
      return Status::OK();
    }
    pending_.push_back({&group, *std::move(rewritten)});
    if (!options_.partial_progress_enabled) {
      return Status::OK();
    }
    const auto commits = static_cast<size_t>(options_.partial_progress_max_commits);
    const size_t groups_per_commit = (groups_.size() + commits - 1) / commits;
    return pending_.size() >= groups_per_commit ? CommitPending() : Status::OK();
  }

  void CountFailure(const FileGroup& group, const Status& status) {
    result_.failed_data_files_count += static_cast<int64_t>(group.tasks.size());
    if (first_failure_.ok()) {
      first_failure_ = status;
      result_.first_failure = status.message();
    }
  }

  void AbortPending() {
    for (DoneGroup& done : pending_) {
      done.files.writer->Abort();
    }
    pending_.clear();
  }

  /// Commits what is pending. With partial progress a refusal is counted, not returned;
  /// an unknown outcome ends the action in any case, and no file is deleted then.
  Status CommitPending() {
    if (pending_.empty()) {
      return Status::OK();
    }
    const Result<LoadedTable> committed = Write(context_, RequestFor(pending_));
    if (committed.ok()) {
      CountCommit(*committed->metadata);
      pending_.clear();
      return Status::OK();
    }
    const Status status = committed.status();
    if (IsOutcomeUnknown(status)) {
      pending_.clear();
      return status;
    }
    if (options_.partial_progress_enabled) {
      for (const DoneGroup& done : pending_) {
        CountFailure(*done.group, status);
      }
    }
    AbortPending();
    return options_.partial_progress_enabled ? Status::OK() : status;
  }

  WriteRequest RequestFor(const std::vector<DoneGroup>& groups) const {
    WriteRequest request;
    request.ident = ident_;
    request.mode = WriteMode::kRewrite;
    request.branch = options_.branch;
    request.schema_id = std::nullopt;  // a schema that grew meanwhile reads these files
    for (const DoneGroup& done : groups) {
      request.files.insert(request.files.end(), done.files.files.begin(),
                           done.files.files.end());
      for (const FileScanTask& task : done.group->tasks) {
        request.removed_files.push_back(task.file);
      }
    }
    if (options_.use_starting_sequence_number && table_.metadata->format_version >= 2) {
      request.data_sequence_number = base_->sequence_number;
    }
    request.checks.isolation = Isolation::kSnapshot;
    request.checks.base = base_->id;
    return request;
  }

  void CountCommit(const TableMetadata& committed) {
    for (const DoneGroup& done : pending_) {
      CountInput(*done.group);
      for (const iceberg::DataFile& file : done.files.files) {
        ++result_.added_data_files_count;
        result_.added_bytes_count += file.file_size_bytes;
        result_.rewritten_rows_count += file.record_count;
      }
    }
    const auto ref = committed.refs.find(options_.branch);
    const Snapshot* head = ref == committed.refs.end()
                               ? nullptr
                               : committed.FindSnapshot(ref->second.snapshot_id);
    if (head == nullptr) {
      return;
    }
    result_.snapshot_ids.push_back(head->id);
    const auto removed = head->summary.find("removed-delete-files");
    if (removed != head->summary.end()) {
      result_.removed_delete_files_count += std::atoll(removed->second.c_str());
    }
  }

  Status RemoveDangling() {
    RemoveDanglingDeletesOptions options;
    options.branch = options_.branch;
    options.control = options_.control;
    ARROW_ASSIGN_OR_RAISE(const auto removed,
                          RemoveDanglingDeletes(context_, ident_, options));
    result_.removed_delete_files_count += removed.removed_delete_files_count;
    if (removed.snapshot_id) {
      result_.snapshot_ids.push_back(*removed.snapshot_id);
    }
    return Status::OK();
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const RewriteDataFilesOptions& options_;
  LoadedTable table_;               // as planned from
  const Snapshot* base_ = nullptr;  // head of the branch in table_
  internal::GroupRewriteOptions rewriting_;
  std::vector<FileGroup> groups_;
  std::mutex mutex_;  // guards what follows
  std::vector<DoneGroup> pending_;
  int64_t groups_done_ = 0;
  Status first_failure_;
  RewriteDataFilesResult result_;
};

}  // namespace

Result<RewriteDataFilesResult> RewriteDataFiles(const Context& context,
                                                const iceberg::TableIdent& ident,
                                                const RewriteDataFilesOptions& options) {
  return DataFilesRewrite(context, ident, options).Run();
}

}  // namespace tarn::table
