// One answer of the protocol: what is known of a query now.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/gateway/trino/query_error.h"

namespace tarn::gateway::trino {

enum class QueryState : uint8_t { kQueued, kRunning, kFinished, kFailed };

/// "QUEUED", "RUNNING", "FINISHED", "FAILED".
std::string_view StateName(QueryState state);

/// What drives a client's progress bar.
struct QueryStats {
  QueryState state = QueryState::kQueued;
  double percent = -1;  // of the work; -1: not known
  int64_t queued_millis = 0;
  int64_t elapsed_millis = 0;
  int64_t rows_read = 0;
  int64_t rows_sent = 0;
  int64_t cpu_millis = 0;
  int64_t memory_bytes = 0;
  int64_t memory_bytes_peak = 0;

  std::string ToJson() const;
};

/// Texts are JSON where their names say so; empty members are left out.
struct QueryAnswer {
  std::string id;
  std::string info_uri;
  std::string next_uri = {};
  std::string_view columns_json = {};
  std::string data_json = {};
  QueryStats stats = {};
  const QueryError* error = nullptr;
  std::string update_type = {};
  std::optional<int64_t> update_count = std::nullopt;
  /// Of a query that runs elsewhere, in place of `stats`.
  std::string stats_json = {};
  std::string warnings_json = {};  // empty: none

  std::string ToJson() const;
};

}  // namespace tarn::gateway::trino
