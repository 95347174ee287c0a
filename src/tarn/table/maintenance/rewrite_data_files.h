// Compaction (Java's RewriteDataFiles, Spark's rewrite_data_files): the same rows in
// files of a good size, in a better order, without their deletes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/sort_order.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table {

enum class RewriteStrategy : uint8_t {
  kBinPack,  // rows in the order they are in
  kSort,     // by `sort_order`
  kZOrder,   // along a curve through `cluster_columns`
  kHilbert,
};

/// In which order file groups are rewritten: what matters first if time runs out.
enum class RewriteJobOrder : uint8_t {
  kNone,
  kBytesAscending,
  kBytesDescending,
  kFilesAscending,
  kFilesDescending,
};

/// Names are those of Spark's options; sizes are of files as they are on disk.
struct RewriteDataFilesOptions {
  /// Unset: kSort if an order is given, or the table has one that new rows are written in
  /// (storage::RowOrderingFor); else kBinPack.
  std::optional<RewriteStrategy> strategy = {};
  std::optional<iceberg::SortOrder> sort_order = {};  // kSort
  /// The same as a person declares it, "day(ts) DESC NULLS LAST"; looked at if
  /// `sort_order` is unset. Neither: the table's order.
  std::vector<std::string> sort_terms = {};
  std::vector<std::string> cluster_columns = {};  // kZOrder, kHilbert
  /// Only files that may hold a matching row.
  iceberg::Expression filter = iceberg::AlwaysTrue();
  /// Unset: the table's write.target-file-size-bytes (512 MiB).
  std::optional<int64_t> target_file_size_bytes = {};
  std::optional<int64_t> min_file_size_bytes = {};  // unset: 0.75 × target
  std::optional<int64_t> max_file_size_bytes = {};  // unset: 1.8 × target
  int32_t min_input_files = 5;
  std::optional<int32_t> delete_file_threshold = {};  // deletes of a file; unset: none
  double delete_ratio_threshold = 0.3;                // of a file's rows
  bool rewrite_all = false;
  int64_t max_file_group_size_bytes = int64_t{100} << 30;
  int32_t max_concurrent_file_group_rewrites = 2;
  bool partial_progress_enabled = false;
  int32_t partial_progress_max_commits = 10;
  bool use_starting_sequence_number = true;
  bool remove_dangling_deletes = false;
  /// Files of other specs go too, whatever their size; unset: the table's default spec,
  /// and files of others are looked at like any.
  std::optional<iceberg::SpecId> output_spec_id = {};
  RewriteJobOrder rewrite_job_order = RewriteJobOrder::kNone;
  /// Over all groups at work. What is larger is sorted on disk, or put along a curve
  /// piece by piece. If the process has a budget for writers, sorting keeps to that.
  int64_t sort_memory_bytes_max = int64_t{1} << 30;
  std::string branch = iceberg::kMainBranch;
  DryRun dry_run = DryRun::kNo;
  ActionControl control = {};
};

struct RewriteDataFilesResult {
  int64_t file_groups_count = 0;
  int64_t rewritten_data_files_count = 0;
  int64_t rewritten_bytes_count = 0;
  int64_t added_data_files_count = 0;  // of a dry run: an estimate
  int64_t added_bytes_count = 0;       // of a dry run: an estimate
  int64_t rewritten_rows_count = 0;    // rows in the new files
  int64_t removed_delete_files_count = 0;
  int64_t failed_data_files_count = 0;  // with partial progress
  std::string first_failure = {};
  std::vector<iceberg::SnapshotId> snapshot_ids = {};  // one for each commit
};

/// Which files: those below min_file_size_bytes or above max_file_size_bytes, with
/// delete_file_threshold deletes or more, or with delete_ratio_threshold of their rows
/// deleted by deletes of their own. They are packed by partition into groups of at most
/// max_file_group_size_bytes; a group is rewritten if it has min_input_files files, or
/// several that are more than one target file together, or a file that is too large or
/// has too many deletes. All groups are committed together (operation "replace"), or
/// each few as they are done with partial_progress_enabled.
///
/// Deletes are applied. New files keep the sequence number of the snapshot planned from,
/// so that equality deletes committed meanwhile still apply; a position delete or
/// deletion vector committed meanwhile for a rewritten file is a conflict, as is a file
/// that went. Row ids and their sequence numbers stay as they are (v3). Memory: the
/// writers', and sort_memory_bytes_max if rows are ordered. Errors: kInvalidArgument,
/// kSyntax, kNoSuchColumn, kNoSuchSnapshot (no such branch), kCommitConflict,
/// kCommitStateUnknown, kCancelled, those of storage and FileIO. After an error without
/// partial progress nothing is committed and no new file is left.
Result<RewriteDataFilesResult> RewriteDataFiles(
    const Context& context, const iceberg::TableIdent& ident,
    const RewriteDataFilesOptions& options = {});

}  // namespace tarn::table
