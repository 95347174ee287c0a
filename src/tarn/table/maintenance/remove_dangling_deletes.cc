#include "tarn/table/maintenance/remove_dangling_deletes.h"

#include <unordered_set>

#include "tarn/table/maintenance/internal/branch_head.h"
#include "tarn/table/maintenance/internal/delete_files.h"
#include "tarn/table/write.h"

namespace tarn::table {

Result<RemoveDanglingDeletesResult> RemoveDanglingDeletes(
    const Context& context, const iceberg::TableIdent& ident,
    const RemoveDanglingDeletesOptions& options) {
  RemoveDanglingDeletesResult result;
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        context.catalog.LoadTable(ident));
  ARROW_ASSIGN_OR_RAISE(const iceberg::Snapshot* head,
                        internal::HeadOfBranch(table, options.branch));
  if (head == nullptr) {
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(
      const std::vector<iceberg::ManifestEntry> deletes,
      internal::LiveDeletes(context.io, *table.metadata, *head, options.control));
  if (deletes.empty()) {
    return result;
  }
  ARROW_ASSIGN_OR_RAISE(const ScanPlan plan, internal::PlanBranch(context, table, *head,
                                                                  iceberg::AlwaysTrue()));
  std::unordered_set<std::string> applied;
  for (const FileScanTask& task : plan.tasks) {
    for (const auto& entry : task.deletes) {
      applied.insert(internal::DeleteKey(entry->file));
    }
  }
  WriteRequest request;
  request.ident = ident;
  request.mode = WriteMode::kRewrite;
  request.branch = options.branch;
  request.checks.base = head->id;
  for (const iceberg::ManifestEntry& entry : deletes) {
    if (!applied.contains(internal::DeleteKey(entry.file))) {
      request.removed_files.push_back(entry.file);
      ++result.removed_delete_files_count;
      result.removed_bytes +=
          entry.file.content_size_bytes.value_or(entry.file.file_size_bytes);
    }
  }
  if (request.removed_files.empty() || options.dry_run == DryRun::kYes) {
    return result;
  }
  RETURN_NOT_OK(options.control.Check());
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable committed, Write(context, request));
  const auto ref = committed.metadata->refs.find(options.branch);
  if (ref != committed.metadata->refs.end()) {
    result.snapshot_id = ref->second.snapshot_id;
  }
  return result;
}

}  // namespace tarn::table
