// Running SQL statements and showing their results.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/cli/print/row_sink.h"
#include "tarn/cli/sql_client/sql_client.h"

namespace tarn::cli {

struct StatementOutcome {
  int64_t rows = 0;                          // of a query
  std::optional<int64_t> rows_shown = {};    // of those, at most RunnerOptions::rows_max
  std::optional<int64_t> rows_changed = {};  // of a write
  std::string statement_type;
};

struct RunnerOptions {
  SinkOptions sink;
  bool show_progress = false;  // a bar on stderr when a statement takes long
  bool show_summary = false;   // table format: "(3 rows, 0.012 s)" after each result
  bool timing = true;          // the time in that line
  int64_t rows_max = 0;        // formats for people: rows shown; 0 for all
};

/// Thread-compatible.
class StatementRunner {
 public:
  /// Both outlive the runner.
  StatementRunner(SqlClient& client, TextOutput& output)
      : client_(client), output_(output) {}

  /// Runs one statement and prints its rows. Errors: the statement's; kCancelled after
  /// Ctrl-C; those of the output.
  Result<StatementOutcome> Run(const std::string& statement,
                               const RunnerOptions& options);

 private:
  Result<StatementOutcome> Execute(const std::string& statement,
                                   const RunnerOptions& options);

  SqlClient& client_;
  TextOutput& output_;
};

}  // namespace tarn::cli
