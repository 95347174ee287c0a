// Settings of procedures: of the server, and lowered by a session.
#pragma once

#include <string_view>

#include <duckdb/main/config.hpp>

namespace tarn::engine::procedures {

/// Below which ALTER TABLE … EXECUTE refuses: Trino's session properties of these names,
/// durations, "7d" unless set.
inline constexpr char kExpireSnapshotsMinRetention[] = "expire_snapshots_min_retention";
inline constexpr char kRemoveOrphanFilesMinRetention[] =
    "remove_orphan_files_min_retention";

/// True for their names.
bool IsSetting(std::string_view name);

/// Makes them settings of every session. Before the database is opened.
void AddSettings(duckdb::DBConfig& config);

}  // namespace tarn::engine::procedures
