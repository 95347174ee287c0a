#include "tarn/cli/sql_client/text_rows.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "tarn/cli/print/value_text.h"

namespace tarn::cli {
namespace {

std::string Quoted(const std::string& text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    quoted += c;
    if (c == quote) {
      quoted += c;
    }
  }
  return quoted + quote;
}

}  // namespace

Result<std::vector<std::vector<std::string>>> ReadTextRows(engine::ResultStream& result) {
  std::vector<std::vector<std::string>> rows;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, result.Next());
    if (batch == nullptr) {
      return rows;
    }
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::vector<std::string>& cells = rows.emplace_back();
      for (const auto& column : batch->columns()) {
        cells.push_back(column->IsNull(row) ? "" : ValueText(*column, row));
      }
    }
  }
}

std::string SqlString(const std::string& text) { return Quoted(text, '\''); }
std::string SqlName(const std::string& name) { return Quoted(name, '"'); }

}  // namespace tarn::cli
