#include "tarn/gateway/api/row_lines.h"

#include <limits>
#include <set>
#include <utility>

#include <arrow/array.h>
#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/service/work/sql_values.h"

namespace tarn::gateway {

Result<RowLines> RowLines::Make(const arrow::Schema& schema,
                                std::optional<int64_t> rows_max) {
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const auto& field : schema.fields()) {
    if (!seen.insert(field->name()).second) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "Two columns of the query have one name; AS gives one of them "
                       "another: " +
                           field->name());
    }
    names.push_back((names.empty() ? "{" : ",") + DumpJson(Json(field->name())) + ":");
  }
  return RowLines(std::move(names), rows_max);
}

Result<bool> RowLines::Write(const arrow::RecordBatch& batch,
                             arrow::io::OutputStream& out) {
  constexpr int64_t kWholeText = std::numeric_limits<int64_t>::max();
  std::string line;
  int64_t bytes = 0;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (rows_left_ && *rows_left_ == 0) {
      return false;
    }
    line.clear();
    for (int i = 0; i < batch.num_columns(); ++i) {
      ARROW_ASSIGN_OR_RAISE(
          const Json value,
          service::SqlValueToJson(*batch.column(i), row, kWholeText, &bytes));
      line += names_[static_cast<size_t>(i)];
      line += DumpJson(value);
    }
    line += "}\n";
    RETURN_NOT_OK(out.Write(line.data(), static_cast<int64_t>(line.size())));
    if (rows_left_) {
      --*rows_left_;
    }
  }
  return !rows_left_ || *rows_left_ > 0;
}

}  // namespace tarn::gateway
