#include "tarn/gateway/trino/query_listing.h"

#include <fmt/format.h>

#include "tarn/gateway/trino/json_text.h"

namespace tarn::gateway::trino {

std::string SummaryJson(const QuerySummary& summary) {
  std::string json = R"({"queryId":)";
  AppendJsonString(summary.id, &json);
  json += fmt::format(R"(,"state":"{}","query":)", StateName(summary.stats.state));
  AppendJsonString(summary.text, &json);
  json += R"(,"session":{"user":)";
  AppendJsonString(summary.user, &json);
  json += R"(,"source":)";
  AppendJsonString(summary.source, &json);
  json += fmt::format(
      R"(}},"queryStats":{{"createTimeMillis":{},"elapsedTimeMillis":{},)"
      R"("queuedTimeMillis":{},"processedInputPositions":{},"outputPositions":{},)"
      R"("cpuTimeMillis":{},"userMemoryBytes":{},"peakUserMemoryBytes":{}}})",
      summary.created_at.count(), summary.stats.elapsed_millis,
      summary.stats.queued_millis, summary.stats.rows_read, summary.stats.rows_sent,
      summary.stats.cpu_millis, summary.stats.memory_bytes,
      summary.stats.memory_bytes_peak);
  json += summary.remote_id.empty() ? R"(,"route":"local")" : R"(,"route":"trino")";
  json += summary.is_from_cache ? R"(,"fromCache":true)" : R"(,"fromCache":false)";
  if (!summary.remote_id.empty()) {
    json += R"(,"remoteQueryId":)";
    AppendJsonString(summary.remote_id, &json);
  }
  if (summary.error) {
    json += fmt::format(R"(,"errorType":"{}","errorCode":{{"code":{},"name":"{}"}})",
                        summary.error->type(), summary.error->code, summary.error->name);
  }
  return json + '}';
}

std::string ListingJson(const std::vector<QuerySummary>& summaries) {
  std::string json = "[";
  for (const QuerySummary& summary : summaries) {
    json += json.size() > 1 ? "," : "";
    json += SummaryJson(summary);
  }
  return json + ']';
}

}  // namespace tarn::gateway::trino
