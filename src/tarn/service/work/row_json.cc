#include "tarn/service/work/row_json.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "tarn/service/work/sql_values.h"

namespace tarn::service {
namespace {

constexpr int64_t kTextBytesMax = int64_t{16} << 10;

}  // namespace

Result<bool> RowJson::Add(const arrow::RecordBatch& batch) {
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (static_cast<int64_t>(rows_.size()) >= rows_max_ || bytes_ >= bytes_max_) {
      return false;
    }
    Json values = Json::array();
    for (int i = 0; i < batch.num_columns(); ++i) {
      ARROW_ASSIGN_OR_RAISE(
          Json value, SqlValueToJson(*batch.column(i), row, kTextBytesMax, &bytes_));
      values.push_back(std::move(value));
    }
    rows_.push_back(std::move(values));
  }
  return true;
}

}  // namespace tarn::service
