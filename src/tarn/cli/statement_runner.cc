#include "tarn/cli/statement_runner.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string_view>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/value_text.h"
#include "tarn/cli/shell/query_watch.h"

namespace tarn::cli {
namespace {

/// Statements whose rows are an answer even when there are none.
bool IsQuery(const std::string& statement_type) {
  constexpr std::array<std::string_view, 13> kQueries = {"SELECT",
                                                         "WITH",
                                                         "VALUES",
                                                         "SHOW",
                                                         "DESCRIBE",
                                                         "EXPLAIN",
                                                         "PRAGMA",
                                                         "CALL",
                                                         "FROM",
                                                         "TABLE",
                                                         "SUMMARIZE",
                                                         "EXECUTE",
                                                         "ALTER TABLE EXECUTE"};
  return std::any_of(kQueries.begin(), kQueries.end(), [&](std::string_view query) {
    return statement_type.starts_with(query);
  });
}

/// EXPLAIN's rows are drawings: their last column is printed as it is.
Status PrintPlan(const arrow::RecordBatch& batch, TextOutput& output) {
  if (batch.num_columns() == 0) {
    return Status::OK();
  }
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    std::string text = ValueText(*batch.column(batch.num_columns() - 1), row);
    if (!text.ends_with('\n')) {
      text += '\n';
    }
    RETURN_NOT_OK(output.Write(text));
  }
  return Status::OK();
}

std::string Summary(const StatementOutcome& outcome, std::chrono::milliseconds elapsed,
                    bool timing) {
  std::string text;
  if (outcome.rows_changed) {
    text = outcome.statement_type + ": " + CountText(*outcome.rows_changed, "row");
  } else if (outcome.rows_shown) {
    text = "(" + CountText(outcome.rows, "row");
    if (*outcome.rows_shown < outcome.rows) {
      text += ", the first " + std::to_string(*outcome.rows_shown) + " shown";
    }
    return text + (timing ? ", " + DurationText(elapsed) : "") + ")\n";
  } else {
    text = outcome.statement_type;
  }
  return text + (timing ? " (" + DurationText(elapsed) + ")" : "") + "\n";
}

}  // namespace

Result<StatementOutcome> StatementRunner::Run(const std::string& statement,
                                              const RunnerOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(const StatementOutcome outcome, Execute(statement, options));
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  if (IsForPeople(options.sink.format) && (options.show_summary || !outcome.rows_shown)) {
    RETURN_NOT_OK(
        output_.Write(Summary(outcome, elapsed, options.timing && options.show_summary)));
  }
  RETURN_NOT_OK(output_.Flush());
  return outcome;
}

Result<StatementOutcome> StatementRunner::Execute(const std::string& statement,
                                                  const RunnerOptions& options) {
  QueryWatch watch(client_,
                   options.show_progress ? ShowProgress::kYes : ShowProgress::kNo);
  ARROW_ASSIGN_OR_RAISE(const std::unique_ptr<engine::ResultStream> result,
                        client_.Execute(statement));
  StatementOutcome outcome;
  outcome.statement_type = result->statement_type();
  outcome.rows_changed = result->rows_changed();
  const bool is_table = IsForPeople(options.sink.format);
  const bool is_plan = is_table && outcome.statement_type.starts_with("EXPLAIN");
  // In tables a write's count is in the summary line; programs get it as a row.
  const bool shows_rows =
      result->schema()->num_fields() > 0 &&
      (IsQuery(outcome.statement_type) || (outcome.rows_changed && !is_table));
  const int64_t rows_max = is_table && options.rows_max > 0
                               ? options.rows_max
                               : std::numeric_limits<int64_t>::max();

  std::unique_ptr<RowSink> sink;
  if (shows_rows && !is_plan) {
    ARROW_ASSIGN_OR_RAISE(sink, MakeRowSink(options.sink, result->schema(), output_));
  }
  int64_t rows = 0;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::RecordBatch> batch,
                          result->Next());
    if (batch == nullptr) {
      break;
    }
    const int64_t room = std::max<int64_t>(0, rows_max - rows);
    rows += batch->num_rows();
    if (!shows_rows) {
      continue;
    }
    watch.HideProgress();
    RETURN_NOT_OK(is_plan ? PrintPlan(*batch, output_)
                          : sink->Write(*batch->Slice(0, room)));
    if (Interrupted()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled");
    }
  }
  watch.HideProgress();
  if (sink != nullptr) {
    RETURN_NOT_OK(sink->Finish());
  }
  if (IsQuery(outcome.statement_type) && (shows_rows || rows > 0)) {
    outcome.rows = rows;
    outcome.rows_shown = is_plan ? rows : std::min(rows, rows_max);
  }
  return outcome;
}

}  // namespace tarn::cli
