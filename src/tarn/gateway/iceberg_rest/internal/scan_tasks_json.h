// File scan tasks as the specification writes them.
#pragma once

#include <cstddef>
#include <string>

#include "tarn/gateway/iceberg_rest/internal/client_scan.h"

namespace tarn::gateway::internal {

/// The members "delete-files" and "file-scan-tasks" of ScanTasks, without braces, for the
/// tasks [begin, end): the delete files are those that these refer to, each once.
///
/// Bounds are the hexadecimal text of their binary form, as Java's, Go's and Rust's
/// clients read them; partition values are single-value JSON in the types that they have
/// under the table's current schema, which is the one that clients know specs by. Each
/// task has a residual: clients take a missing one for "all rows match".
std::string ScanTasksJson(const PlannedScan& planned, size_t begin, size_t end);

}  // namespace tarn::gateway::internal
