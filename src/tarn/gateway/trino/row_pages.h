// The rows of a result as pages of JSON, made as the client takes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/gateway/trino/statement_runner.h"
#include "tarn/gateway/trino/value_writer.h"

namespace tarn::gateway::trino {

struct RowPage {
  std::string json;  // [[1,"x"],…]; empty if there are no rows
  int64_t num_rows = 0;
  int64_t row_offset = 0;  // rows before it
  bool is_last = false;
};

struct RowPageOptions {
  size_t first_page_bytes = size_t{1} << 20;
  size_t page_bytes = size_t{1} << 20;
  /// A page with rows does not wait longer for more of them.
  std::chrono::milliseconds page_time{200};
  /// Of the client: PARAMETRIC_DATETIME. Without it times have three digits.
  bool has_digits = true;
};

/// Not shared between threads.
class RowPages {
 public:
  RowPages(StatementResult result, RowPageOptions options)
      : result_(std::move(result)), options_(options) {}
  ~RowPages();

  /// Finds the columns. Errors: kNotSupported for types that have no form.
  Status Open();
  /// [{"name":…,"type":…,"typeSignature":…}]
  const std::string& columns_json() const { return columns_json_; }
  bool has_columns() const { return !writers_.empty(); }
  const StatementResult& result() const { return result_; }
  /// Rows written; unset for queries.
  std::optional<int64_t> update_count() const { return update_count_; }

  /// The next page; nothing may be asked after the last one. Errors: of execution.
  Result<RowPage> Next();

 private:
  Status AddColumn(const arrow::Field& field);
  Result<RowPage> NextOfRemote();
  Result<std::shared_ptr<arrow::RecordBatch>> NextBatch();
  void AppendRows(size_t bytes_max, RowPage* page);

  StatementResult result_;
  const RowPageOptions options_;
  std::string columns_json_ = "[]";
  std::vector<std::unique_ptr<ValueWriter>> writers_;
  std::optional<int64_t> update_count_;
  std::shared_ptr<arrow::RecordBatch> batch_;  // rows from row_ on are still to be taken
  int64_t row_ = 0;
  int64_t num_rows_ = 0;
};

/// How a client takes rows: "json+zstd", "json+lz4", "json" as segments of the answer
/// (Trino's spooled protocol), or plainly. The first of `offered` that is known; empty:
/// plainly.
std::string ChosenEncoding(const std::vector<std::string>& offered);

/// The member "data" of an answer.
std::string DataJson(const RowPage& page, const std::string& encoding);

}  // namespace tarn::gateway::trino
