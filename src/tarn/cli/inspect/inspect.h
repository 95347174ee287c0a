// What `tarn table` shows of a warehouse. Each report prints text, or JSON when asked;
// none needs the SQL engine.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/cli/workspace.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::cli {

enum class ReportFormat : bool { kText, kJson };

/// Tables and views, of one namespace or of all. A table whose metadata cannot be read is
/// listed with its error.
Status ReportTables(Workspace& workspace, const std::string& ns, ReportFormat format);
/// Schema, partitions, properties, location, size of a table; columns and text of a view.
Status ReportTable(Workspace& workspace, const iceberg::TableIdent& ident,
                   ReportFormat format);
Status ReportSnapshots(Workspace& workspace, const iceberg::TableIdent& ident,
                       ReportFormat format);
/// The snapshots that were current, in order (Iceberg's history metadata table).
Status ReportHistory(Workspace& workspace, const iceberg::TableIdent& ident,
                     ReportFormat format);

struct FilesRequest {
  iceberg::TableIdent ident;
  std::optional<int64_t> snapshot_id = {};  // the current one if unset
  std::string where;                        // SQL predicate; empty for all rows
};
/// Data files that a scan with this filter reads.
Status ReportFiles(Workspace& workspace, const FilesRequest& request,
                   ReportFormat format);
/// Counts of the same plan: {files, deletes, manifests, manifests_skipped, entries,
/// elapsed_ms, …}.
Status ReportPlan(Workspace& workspace, const FilesRequest& request, ReportFormat format);
/// Files below the table's location that nothing refers to and that are older than `age`.
Status ReportOrphans(Workspace& workspace, const iceberg::TableIdent& ident,
                     std::chrono::milliseconds age, ReportFormat format);
/// Encodings of the table's columns that are better than today's, found by trying on at
/// most `sample_bytes_max` of its rows, and the commands that set them.
Status ReportAdvice(Workspace& workspace, const iceberg::TableIdent& ident,
                    int64_t sample_bytes_max, ReportFormat format);

}  // namespace tarn::cli
