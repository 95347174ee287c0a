// Loads as jobs: files, object stores and databases into a table.
#pragma once

#include "tarn/service/job_manager.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"

namespace tarn::service {

inline constexpr char kLoadKind[] = "load";

/// The kind "load", whose request is a LoadOrder. Its result has table, warehouse,
/// source, format, mode, rows (loaded), rows_read, rows_rejected, rejects_table, columns
/// (the source's), lineage_columns, files_written, bytes_written, duration_seconds and
/// snapshot_id. `lake` outlives it; without `connections` there are none.
JobKind MakeLoadKind(const Lake& lake, ConnectionGiver connections = {});

}  // namespace tarn::service
