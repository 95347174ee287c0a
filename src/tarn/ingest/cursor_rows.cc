#include "tarn/ingest/cursor_rows.h"

#include <numeric>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/ingest/row_checksum.h"

namespace tarn::ingest {
namespace {

constexpr int kMarkColumns = 2;
constexpr size_t kMarkBytes = 6;

/// Drivers give 1 as a number of any width, or as text.
Result<std::shared_ptr<arrow::Int64Array>> Flags(
    const std::shared_ptr<arrow::Array>& flags) {
  ARROW_ASSIGN_OR_RAISE(const auto numbers, arrow::compute::Cast(*flags, arrow::int64()));
  return std::static_pointer_cast<arrow::Int64Array>(numbers);
}

bool IsSet(const arrow::Int64Array& flags, int64_t row) {
  return flags.IsValid(row) && flags.Value(row) != 0;
}

}  // namespace

Result<std::unique_ptr<CursorRows>> CursorRows::Make(std::unique_ptr<Source> source,
                                                     CursorRowsOptions options) {
  const auto all = source->schema();
  if (all->num_fields() <= kMarkColumns) {
    return MakeError(ErrorCode::kInternal, "A load with a cursor has no columns");
  }
  std::unique_ptr<CursorRows> rows(new CursorRows(std::move(source), std::move(options)));
  arrow::FieldVector fields = all->fields();
  fields.resize(fields.size() - kMarkColumns);
  rows->schema_ = arrow::schema(fields, all->metadata());
  for (const std::string& name : rows->options_.key) {
    const int column = rows->schema_->GetFieldIndex(name);
    if (column < 0) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "The source has no column of the cursor's key: " + name);
    }
    rows->key_.push_back(column);
  }
  if (rows->key_.empty()) {
    rows->key_.resize(fields.size());
    std::iota(rows->key_.begin(), rows->key_.end(), 0);
  }
  return rows;
}

Result<std::vector<std::string>> CursorRows::MarksOf(
    const arrow::RecordBatch& rows) const {
  ARROW_ASSIGN_OR_RAISE(const auto keys, rows.SelectColumns(key_));
  std::vector<std::string> marks(static_cast<size_t>(rows.num_rows()));
  RowChecksum checksum;
  RETURN_NOT_OK(checksum.Add(*keys, [&](int64_t row, const std::string& digest) {
    marks[static_cast<size_t>(row)] = Base64Encode(digest.substr(0, kMarkBytes));
  }));
  return marks;
}

Result<std::shared_ptr<arrow::RecordBatch>> CursorRows::Next() {
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, source_->Next());
    if (batch == nullptr) {
      return batch;
    }
    const int num_columns = schema_->num_fields();
    ARROW_ASSIGN_OR_RAISE(const auto at_begin, Flags(batch->column(num_columns)));
    ARROW_ASSIGN_OR_RAISE(const auto at_end, Flags(batch->column(num_columns + 1)));
    arrow::ArrayVector columns = batch->columns();
    columns.resize(static_cast<size_t>(num_columns));
    auto rows = arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
    arrow::BooleanBuilder wanted;
    int64_t num_wanted = 0;
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      bool is_wanted = true;
      if (IsSet(*at_begin, row) || IsSet(*at_end, row)) {
        ARROW_ASSIGN_OR_RAISE(const auto marks, MarksOf(*rows->Slice(row, 1)));
        if (IsSet(*at_end, row)) {
          at_end_.push_back(marks.front());
        }
        const auto taken = IsSet(*at_begin, row) ? options_.taken.find(marks.front())
                                                 : options_.taken.end();
        if (taken != options_.taken.end()) {
          options_.taken.erase(taken);
          is_wanted = false;
        }
      }
      num_wanted += is_wanted ? 1 : 0;
      RETURN_NOT_OK(wanted.Append(is_wanted));
    }
    if (at_end_.size() > options_.at_end_max) {
      return MakeError(ErrorCode::kCommitConflict,
                       "Rows with the cursor's greatest value have come while the load "
                       "read; try again");
    }
    if (num_wanted == rows->num_rows()) {
      return rows;
    }
    if (num_wanted > 0) {
      ARROW_ASSIGN_OR_RAISE(const auto filter, wanted.Finish());
      ARROW_ASSIGN_OR_RAISE(const auto filtered, arrow::compute::Filter(rows, filter));
      return filtered.record_batch();
    }
  }
}

}  // namespace tarn::ingest
