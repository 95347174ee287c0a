#include "tarn/service/work/row_json.h"

#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

namespace tarn::service {
namespace {

constexpr size_t kCellBytesMax = size_t{16} << 10;
constexpr int64_t kValueBytes = 8;

}  // namespace

Result<Json> RowJson::ValueAt(const arrow::Array& column, int64_t row) {
  if (column.IsNull(row)) {
    return Json(nullptr);
  }
  ARROW_ASSIGN_OR_RAISE(const auto scalar, column.GetScalar(row));
  switch (column.type_id()) {
    case arrow::Type::BOOL:
      return Json(static_cast<const arrow::BooleanScalar&>(*scalar).value);
    case arrow::Type::INT8:
      return Json(static_cast<const arrow::Int8Scalar&>(*scalar).value);
    case arrow::Type::INT16:
      return Json(static_cast<const arrow::Int16Scalar&>(*scalar).value);
    case arrow::Type::INT32:
      return Json(static_cast<const arrow::Int32Scalar&>(*scalar).value);
    case arrow::Type::INT64:
      return Json(static_cast<const arrow::Int64Scalar&>(*scalar).value);
    case arrow::Type::FLOAT:
      return Json(static_cast<const arrow::FloatScalar&>(*scalar).value);
    case arrow::Type::DOUBLE:
      return Json(static_cast<const arrow::DoubleScalar&>(*scalar).value);
    default: {
      std::string text = scalar->ToString();
      if (text.size() > kCellBytesMax) {
        text = text.substr(0, kCellBytesMax) + "…";
      }
      bytes_ += static_cast<int64_t>(text.size());
      return Json(std::move(text));
    }
  }
}

Result<bool> RowJson::Add(const arrow::RecordBatch& batch) {
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (static_cast<int64_t>(rows_.size()) >= rows_max_ || bytes_ >= bytes_max_) {
      return false;
    }
    Json values = Json::array();
    for (int i = 0; i < batch.num_columns(); ++i) {
      ARROW_ASSIGN_OR_RAISE(Json value, ValueAt(*batch.column(i), row));
      values.push_back(std::move(value));
      bytes_ += kValueBytes;
    }
    rows_.push_back(std::move(values));
  }
  return true;
}

}  // namespace tarn::service
