#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/engine/engine.h"
#include "tarn/engine/internal/create_table_text.h"

namespace tarn::engine {
namespace {

std::string_view FunctionOf(FileKind kind) {
  switch (kind) {
    case FileKind::kCsv:
      return "read_csv";
    case FileKind::kJson:
      return "read_json";
    case FileKind::kParquet:
      return "read_parquet";
  }
  return {};
}

bool IsOptionName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
  });
}

/// A list or struct, as the options `columns` and `types` take one, is SQL; all else is a
/// text that DuckDB casts.
std::string OptionValue(const std::string& value) {
  const bool nested = (value.starts_with('{') && value.ends_with('}')) ||
                      (value.starts_with('[') && value.ends_with(']'));
  return nested ? value : QuoteText(value);
}

bool IsInteger(std::string_view type) {
  return type.ends_with("INT") || type == "INTEGER" || type == "UINTEGER";
}

/// The value of a worded column. A cast of text rounds 1.5 to an integer, so what is none
/// is refused first.
std::string WordedValue(const WordedColumn& column, const std::string& words) {
  const std::string name = QuoteIdentifier(column.name);
  std::string integer;
  if (IsInteger(column.type)) {
    integer = fmt::format(
        " WHEN NOT regexp_full_match({0}, '\\s*[-+]?[0-9]+\\s*') THEN error({1} || {0} "
        "|| "
        "'; --option nullstr= reads the column as text')",
        name,
        QuoteText("Column " + column.name +
                  " holds whole numbers and words for null, but also: "));
  }
  return fmt::format(
      "CAST(CASE WHEN {0} IN ({1}) THEN NULL{2} ELSE {0} END AS {3}) AS {0}", name, words,
      integer, column.type);
}

std::string ColumnsOf(const ReadFilesRequest& request) {
  if (request.worded_columns.empty()) {
    return "*";
  }
  std::string words;
  for (const std::string& word : request.null_words) {
    words += (words.empty() ? "" : ", ") + QuoteText(word);
  }
  std::string values;
  for (const WordedColumn& column : request.worded_columns) {
    values += (values.empty() ? "" : ", ") + WordedValue(column, words);
  }
  return "* REPLACE (" + values + ")";
}

Result<std::string> QueryOf(const ReadFilesRequest& request) {
  if (request.paths.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "There are no files to read");
  }
  std::string paths;
  for (const std::string& path : request.paths) {
    paths += (paths.empty() ? "" : ", ") + QuoteText(path);
  }
  std::string options;
  for (const auto& [name, value] : request.options) {
    if (!IsOptionName(name)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Not the name of a reader's option: " + name);
    }
    options += ", " + name + " = " + OptionValue(value);
  }
  if (request.store_rejects) {
    options +=
        ", store_rejects = true, rejects_table = 'tarn_rejects', rejects_scan = "
        "'tarn_reject_scans'";
  }
  return fmt::format("SELECT {} FROM {}([{}]{})", ColumnsOf(request),
                     FunctionOf(request.kind), paths, options);
}

/// The first error of each line: a bad row is one row, whatever is wrong with it.
constexpr char kRejectsQuery[] =
    "SELECT s.file_path, e.line::BIGINT, coalesce(e.column_name, ''), "
    "coalesce(e.error_message, ''), "
    "coalesce(e.csv_line, '') FROM temp.main.tarn_rejects e "
    "JOIN temp.main.tarn_reject_scans s USING (scan_id, file_id) "
    "QUALIFY row_number() OVER (PARTITION BY s.file_path, e.line ORDER BY e.column_idx, "
    "e.byte_position) = 1 "
    "ORDER BY s.file_path, e.line";

Result<std::vector<RejectedRow>> ReadRejects(Session& session) {
  ARROW_ASSIGN_OR_RAISE(const auto rows, session.Execute(kRejectsQuery));
  std::vector<RejectedRow> rejects;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, rows->Next());
    if (batch == nullptr) {
      return rejects;
    }
    const auto text = [&](int column, int64_t row) {
      return static_cast<const arrow::StringArray&>(*batch->column(column))
          .GetString(row);
    };
    const auto& lines = static_cast<const arrow::Int64Array&>(*batch->column(1));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      rejects.push_back({.file = text(0, i),
                         .line = lines.Value(i),
                         .column = text(2, i),
                         .message = text(3, i),
                         .text = text(4, i)});
    }
  }
}

/// Keeps the session of a read alive, and with it the temporary tables of its rejected
/// rows.
class ReadStream final : public ResultStream {
 public:
  ReadStream(std::shared_ptr<Session> session, std::unique_ptr<ResultStream> rows)
      : session_(std::move(session)), rows_(std::move(rows)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return rows_->schema(); }
  Result<std::shared_ptr<arrow::RecordBatch>> Next() override { return rows_->Next(); }
  std::optional<int64_t> rows_changed() const override { return {}; }
  const std::string& statement_type() const override { return rows_->statement_type(); }

 private:
  std::shared_ptr<Session> session_;
  std::unique_ptr<ResultStream> rows_;
};

}  // namespace

Result<FileRead> ReadFiles(Engine& engine, const ReadFilesRequest& request) {
  if (request.store_rejects && request.kind != FileKind::kCsv) {
    return MakeError(ErrorCode::kNotSupported,
                     "Only CSV files can be read with bad rows set aside");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string query, QueryOf(request));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Session> session, engine.Connect());
  ARROW_ASSIGN_OR_RAISE(auto rows, session->Execute(query));
  FileRead read;
  read.rows = std::make_unique<ReadStream>(session, std::move(rows));
  read.rejects = [session,
                  stored = request.store_rejects]() -> Result<std::vector<RejectedRow>> {
    if (!stored) {
      return std::vector<RejectedRow>();
    }
    return ReadRejects(*session);
  };
  read.progress = [session] { return session->progress(); };
  return read;
}

}  // namespace tarn::engine
