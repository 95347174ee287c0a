#include "tarn/table/maintenance/internal/branch_head.h"

#include "tarn/base/error.h"

namespace tarn::table::internal {

Result<const iceberg::Snapshot*> HeadOfBranch(const catalog::LoadedTable& table,
                                              const std::string& branch) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  const auto ref = metadata.refs.find(branch);
  if (ref != metadata.refs.end()) {
    if (ref->second.type == iceberg::RefType::kTag) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Maintenance works on branches; this is a tag of " +
                           table.ident.ToString() + ": " + branch);
    }
    return metadata.FindSnapshot(ref->second.snapshot_id);
  }
  if (branch == iceberg::kMainBranch) {
    return metadata.current_snapshot();
  }
  return MakeError(ErrorCode::kNoSuchSnapshot,
                   "Table " + table.ident.ToString() + " has no branch " + branch);
}

Result<ScanPlan> PlanBranch(const Context& context, const catalog::LoadedTable& table,
                            const iceberg::Snapshot& head,
                            const iceberg::Expression& filter) {
  ScanRequest request;
  request.metadata = table.metadata;
  if (table.metadata->current_snapshot_id != head.id) {
    request.snapshot_id = head.id;
  }
  request.filter = filter;
  return PlanScan(context, std::move(request));
}

}  // namespace tarn::table::internal
