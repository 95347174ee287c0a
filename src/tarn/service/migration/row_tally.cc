#include "tarn/service/migration/row_tally.h"

#include <utility>

#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::service {
namespace {

constexpr size_t kValueBytesMax = 200;

}  // namespace

Result<std::shared_ptr<arrow::RecordBatch>> SelectColumns(
    const arrow::RecordBatch& rows, const std::vector<std::string>& columns) {
  std::vector<int> places;
  for (const std::string& column : columns) {
    const int place = rows.schema()->GetFieldIndex(column);
    if (place < 0) {
      return MakeError(ErrorCode::kNoSuchColumn, "The rows have no column " + column);
    }
    places.push_back(place);
  }
  return rows.SelectColumns(places);
}

std::string RowText(const arrow::RecordBatch& rows, int64_t row) {
  nlohmann::ordered_json text = nlohmann::ordered_json::object();
  for (int i = 0; i < rows.num_columns(); ++i) {
    const Result<std::shared_ptr<arrow::Scalar>> value = rows.column(i)->GetScalar(row);
    std::string shown = value.ok() ? (*value)->ToString() : value.status().message();
    if (shown.size() > kValueBytesMax) {
      shown = shown.substr(0, kValueBytesMax) + "…";
    }
    const bool is_null = value.ok() && !(*value)->is_valid;
    text[rows.column_name(i)] =
        is_null ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(shown);
  }
  return text.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Status RowTally::Add(const arrow::RecordBatch& rows) {
  num_rows_ += rows.num_rows();
  if (depth_ == Depth::kCount) {
    return Status::OK();
  }
  std::shared_ptr<arrow::RecordBatch> selected;
  if (!columns_.empty()) {
    ARROW_ASSIGN_OR_RAISE(selected, SelectColumns(rows, columns_));
  }
  const arrow::RecordBatch& seen = selected == nullptr ? rows : *selected;
  return checksum_.Add(seen, [&](int64_t row, const std::string& digest) {
    if (sample_.size() < kSampleRows || digest < sample_.rbegin()->first) {
      Keep(digest, seen, row);
    }
  });
}

void RowTally::Keep(const std::string& digest, const arrow::RecordBatch& rows,
                    int64_t row) {
  if (!sample_.contains(digest)) {
    sample_.emplace(digest, RowText(rows, row));
  }
  if (sample_.size() > kSampleRows) {
    sample_.erase(std::prev(sample_.end()));
  }
}

void RowTally::Merge(const RowTally& other) {
  num_rows_ += other.num_rows_;
  checksum_.Merge(other.checksum_);
  sample_.insert(other.sample_.begin(), other.sample_.end());
  while (sample_.size() > kSampleRows) {
    sample_.erase(std::prev(sample_.end()));
  }
}

std::string RowTally::checksum() const {
  return depth_ == Depth::kCount ? std::string() : checksum_.Text();
}

}  // namespace tarn::service
