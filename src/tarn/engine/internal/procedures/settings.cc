#include "tarn/engine/internal/procedures/settings.h"

#include <duckdb/main/client_context.hpp>

#include "tarn/base/config.h"
#include "tarn/engine/internal/catch_duckdb.h"

namespace tarn::engine::procedures {
namespace {

void CheckDuration(duckdb::ClientContext&, duckdb::SetScope, duckdb::Value& value) {
  ThrowIfError(ParseDuration(value.ToString()).status());
}

}  // namespace

bool IsSetting(std::string_view name) {
  return name == kExpireSnapshotsMinRetention || name == kRemoveOrphanFilesMinRetention;
}

void AddSettings(duckdb::DBConfig& config) {
  const duckdb::Value week("7d");
  config.AddExtensionOption(kExpireSnapshotsMinRetention,
                            "Shortest retention_threshold of EXECUTE expire_snapshots",
                            duckdb::LogicalType::VARCHAR, week, &CheckDuration);
  config.AddExtensionOption(kRemoveOrphanFilesMinRetention,
                            "Shortest retention_threshold of EXECUTE remove_orphan_files",
                            duckdb::LogicalType::VARCHAR, week, &CheckDuration);
}

}  // namespace tarn::engine::procedures
