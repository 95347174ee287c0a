// Metrics of the process and of what it works with.
#pragma once

#include <chrono>
#include <vector>

#include "tarn/base/metrics.h"
#include "tarn/cli/workspace.h"
#include "tarn/net/http_server.h"

namespace tarn::cli {

/// Memory, processor time, file descriptors, start time, build: by the names that
/// Prometheus' own libraries use. Adds them to ProcessMetrics() for as long as the result
/// lives.
std::vector<MetricCallback> AddProcessMetrics(std::chrono::milliseconds started_at);

/// Rows in the memory of table writers, files in their hands, Arrow's memory.
/// `workspace` outlives the result.
std::vector<MetricCallback> AddWriteMetrics(Workspace& workspace);

/// Connections and requests. `server` outlives the result.
std::vector<MetricCallback> AddServerMetrics(const net::HttpServer& server);

}  // namespace tarn::cli
