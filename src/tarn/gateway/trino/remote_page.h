// One answer of another Trino server, taken apart. Rows and columns stay the text that
// they came as: what is passed on is what was said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/query_error.h"

namespace tarn::gateway::trino {

/// Texts are JSON where their names say so; empty where the answer has no such member.
struct RemotePage {
  std::string id;
  std::string next_uri;  // empty: it was the last one
  std::string columns_json;
  std::string data_json;  // an array of rows
  int64_t num_rows = 0;
  std::string stats_json;
  double percent = -1;  // of the work; -1: not known
  int64_t rows_read = 0;
  std::string warnings_json;
  std::string update_type;
  std::optional<int64_t> update_count;
  std::optional<QueryError> error;
};

/// Errors: kInvalidData for what is no answer of the protocol.
Result<RemotePage> ReadRemotePage(std::string_view json);

/// `stats_json`, an object, with `state` in place of its own.
std::string WithState(const std::string& stats_json, std::string_view state);

}  // namespace tarn::gateway::trino
