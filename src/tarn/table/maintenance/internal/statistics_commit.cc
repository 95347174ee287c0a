#include "tarn/table/maintenance/internal/statistics_commit.h"

#include "tarn/base/error.h"
#include "tarn/iceberg/encryption.h"
#include "tarn/table/maintenance/internal/metadata_commit.h"

namespace tarn::table::internal {

Status CheckMayHaveStatistics(const iceberg::TableIdent& ident,
                              const iceberg::TableMetadata& table) {
  if (!iceberg::IsEncrypted(table)) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kNotSupported,
                   "Statistics of " + ident.ToString() +
                       " would be stored in clear, and the table is encrypted");
}

std::string StatisticsLocation(const iceberg::TableMetadata& table,
                               const std::string& prefix, iceberg::SnapshotId snapshot_id,
                               const std::string& extension, Random& random) {
  const std::string folder = table.Property("write.metadata.path", "");
  return io::JoinLocation(
      folder.empty() ? io::JoinLocation(table.location, "metadata") : folder,
      prefix + std::to_string(snapshot_id.value) + "-" + NewUuid(random) + extension);
}

Status CommitStatistics(const Context& context, const catalog::LoadedTable& table,
                        iceberg::SnapshotId snapshot_id,
                        const iceberg::TableUpdate& update, const std::string& location,
                        const std::function<bool(const iceberg::TableMetadata&)>& is_set,
                        const ActionControl& control) {
  const auto change = [&](const iceberg::TableMetadata& base) -> Result<Alteration> {
    if (is_set(base)) {
      return Alteration{};
    }
    if (base.FindSnapshot(snapshot_id) == nullptr) {
      return MakeError(ErrorCode::kNoSuchSnapshot,
                       "Snapshot has expired while its statistics were computed: " +
                           std::to_string(snapshot_id.value));
    }
    return Alteration{{}, {update}};
  };
  const Status status =
      CommitMetadata(context, table.ident, table.metadata->table_uuid, change, control)
          .status();
  if (!status.ok() && !IsOutcomeUnknown(status)) {
    [[maybe_unused]] const Status best_effort = context.io.Delete(location);
  }
  return status;
}

}  // namespace tarn::table::internal
