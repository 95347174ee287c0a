#include "tarn/gateway/trino/query_answer.h"

#include <algorithm>

#include <fmt/format.h>

#include "tarn/gateway/trino/json_text.h"

namespace tarn::gateway::trino {
namespace {

constexpr int64_t kSplits = 100;  // as many as there are percents

}  // namespace

std::string_view StateName(QueryState state) {
  constexpr std::string_view kNames[] = {"QUEUED", "RUNNING", "FINISHED", "FAILED"};
  return kNames[static_cast<size_t>(state)];
}

std::string QueryStats::ToJson() const {
  const bool is_queued = state == QueryState::kQueued;
  const bool is_done = state == QueryState::kFinished;
  const double shown = is_done ? 100 : std::clamp(percent, 0.0, 100.0);
  const auto completed = is_queued ? 0 : static_cast<int64_t>(shown);
  const int64_t running = state == QueryState::kRunning ? kSplits - completed : 0;
  const int64_t wall = elapsed_millis - queued_millis;
  std::string json = fmt::format(R"({{"state":"{}","queued":{},"scheduled":{},)",
                                 StateName(state), is_queued, !is_queued);
  if (!is_queued && (percent >= 0 || is_done)) {
    json += fmt::format(R"("progressPercentage":{:.2f},"runningPercentage":{:.2f},)",
                        shown, is_done ? 0.0 : 100 - shown);
  }
  const int64_t splits = is_queued ? 0 : kSplits;
  json += fmt::format(
      R"("nodes":{},"totalSplits":{},"queuedSplits":0,"runningSplits":{},)"
      R"("completedSplits":{},"planningTimeMillis":0,"analysisTimeMillis":0,)"
      R"("cpuTimeMillis":{},"wallTimeMillis":{},"queuedTimeMillis":{},)"
      R"("elapsedTimeMillis":{},"finishingTimeMillis":0,"physicalInputTimeMillis":0,)"
      R"("processedRows":{},"processedBytes":0,"physicalInputBytes":0,)"
      R"("physicalWrittenBytes":0,"internalNetworkInputBytes":0,"peakMemoryBytes":{},)"
      R"("spilledBytes":0)",
      is_queued ? 0 : 1, splits, running, completed, cpu_millis, wall, queued_millis,
      elapsed_millis, rows_read, memory_bytes_peak);
  if (!is_queued) {
    json += fmt::format(
        R"(,"rootStage":{{"stageId":"0","state":"{}","done":{},"nodes":1,)"
        R"("totalSplits":{},"queuedSplits":0,"runningSplits":{},"completedSplits":{},)"
        R"("cpuTimeMillis":{},"wallTimeMillis":{},"processedRows":{},)"
        R"("processedBytes":0,"physicalInputBytes":0,"failedTasks":0,)"
        R"("coordinatorOnly":false,"subStages":[]}})",
        StateName(state), state != QueryState::kRunning, splits, running, completed,
        cpu_millis, wall, rows_read);
  }
  return json + '}';
}

std::string QueryAnswer::ToJson() const {
  std::string json;
  json.reserve(data_json.size() + columns_json.size() + 1536);
  json += R"({"id":)";
  AppendJsonString(id, &json);
  json += R"(,"infoUri":)";
  AppendJsonString(info_uri, &json);
  if (!next_uri.empty()) {
    json += R"(,"nextUri":)";
    AppendJsonString(next_uri, &json);
  }
  if (!columns_json.empty()) {
    json += R"(,"columns":)";
    json += columns_json;
  }
  if (!data_json.empty()) {
    json += R"(,"data":)";
    json += data_json;
  }
  json += R"(,"stats":)" + (stats_json.empty() ? stats.ToJson() : stats_json);
  if (error != nullptr) {
    json += R"(,"error":)" + error->ToJson();
  }
  json += R"(,"warnings":)" + (warnings_json.empty() ? "[]" : warnings_json);
  if (!update_type.empty()) {
    json += R"(,"updateType":)";
    AppendJsonString(update_type, &json);
  }
  if (update_count) {
    json += R"(,"updateCount":)" + std::to_string(*update_count);
  }
  return json + '}';
}

}  // namespace tarn::gateway::trino
