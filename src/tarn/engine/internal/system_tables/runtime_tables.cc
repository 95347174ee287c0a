// system.runtime: what the server does now. A program that is no server has one node and
// nothing else.
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tarn/engine/internal/reach.h"
#include "tarn/engine/internal/system_tables/system_table.h"
#include "tarn/engine/query_figures.h"

namespace tarn::engine::system_tables {
namespace {

using duckdb::Value;
using Rows = std::vector<Row>;

Value Instant(std::optional<std::chrono::milliseconds> time) {
  return time.has_value()
             ? Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(time->count() * 1000))
             : Value();
}

Value Texts(const std::vector<std::string>& texts) {
  duckdb::vector<Value> values;
  for (const std::string& text : texts) {
    values.emplace_back(text);
  }
  return Value::LIST(duckdb::LogicalType::VARCHAR, std::move(values));
}

void Queries(const RowRequest& request, const ListedObject&, Rows* rows) {
  if (request.server == nullptr) {
    return;
  }
  // Whose session reaches tables only is not told what others ask for.
  const bool hides_text = IsConfined(request.context);
  const auto* const source = dynamic_cast<const QueryFiguresSource*>(request.server);
  const auto all =
      source == nullptr ? std::map<std::string, QueryFigures>() : source->Figures();
  for (const RuntimeQuery& query : request.server->Queries()) {
    const auto found = all.find(query.id);
    const QueryFigures figures = found == all.end() ? QueryFigures() : found->second;
    rows->push_back(
        {Value(query.id), Value(query.state), Value(query.user), TextOrNull(query.source),
         hides_text ? Value() : Value(query.text), Texts(query.resource_group),
         Value::BIGINT(query.queued_millis), Value::BIGINT(0), Value::BIGINT(0),
         Instant(query.created_at), Instant(query.started_at), Instant(query.heard_of_at),
         Instant(query.ended_at), TextOrNull(query.error_type),
         TextOrNull(query.error_name), Value::BIGINT(figures.memory_bytes),
         Value::BIGINT(figures.memory_bytes_peak), Value::BIGINT(figures.cpu_millis)});
  }
}

void Nodes(const RowRequest& request, const ListedObject&, Rows* rows) {
  constexpr char kProtocolVersion[] = "476";  // of Trino, as clients are told
  const std::string address = request.server == nullptr ? "" : request.server->Address();
  rows->push_back({Value("tarn"), TextOrNull(address), Value(kProtocolVersion),
                   Value::BOOLEAN(true), Value("active")});
}

void Transactions(const RowRequest& request, const ListedObject&, Rows* rows) {
  if (request.server == nullptr) {
    return;
  }
  for (const RuntimeTransaction& transaction : request.server->Transactions()) {
    rows->push_back({Value(transaction.id), Value("SERIALIZABLE"), Value::BOOLEAN(false),
                     Value::BOOLEAN(false), Instant(transaction.created_at),
                     Value::BIGINT(transaction.idle_seconds), Value(), Texts({})});
  }
}

}  // namespace

void AddRuntimeTables(std::vector<SystemTable>* tables) {
  const auto add = [&](const char* name, std::string_view columns, auto* add_rows) {
    tables->push_back({.schema = "runtime",
                       .name = name,
                       .columns = Columns(columns),
                       .add_rows = add_rows});
  };
  add("queries",
      "query_id state user source query resource_group_id:l queued_time_ms:n "
      "analysis_time_ms:n planning_time_ms:n created:t started:t last_heartbeat:t end:t "
      "error_type error_code memory_bytes:H peak_memory_bytes:H cpu_time_ms:H",
      Queries);
  add("nodes", "node_id http_uri node_version coordinator:b state", Nodes);
  add("transactions",
      "transaction_id isolation_level read_only:b auto_commit_context:b create_time:t "
      "idle_time_secs:n written_catalog catalogs:l",
      Transactions);
  // There are no tasks on other nodes, and no rules that are counted.
  add("tasks",
      "node_id task_id stage_id query_id state splits:n queued_splits:n running_splits:n "
      "completed_splits:n split_scheduled_time_ms:n split_cpu_time_ms:n "
      "split_blocked_time_ms:n raw_input_bytes:n raw_input_rows:n "
      "processed_input_bytes:n processed_input_rows:n output_bytes:n output_rows:n "
      "physical_input_bytes:n physical_written_bytes:n created:t start:t "
      "last_heartbeat:t end:t",
      NoRows);
  add("optimizer_rule_stats",
      "rule_name invocations:n matches:n failures:n average_time:d "
      "time_distribution_percentiles:m",
      NoRows);
}

}  // namespace tarn::engine::system_tables
