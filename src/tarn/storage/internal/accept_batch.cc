#include "tarn/storage/internal/accept_batch.h"

#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/check_values.h"
#include "tarn/storage/internal/coerce.h"
#include "tarn/storage/internal/coercible.h"
#include "tarn/storage/internal/kept_dictionaries.h"
#include "tarn/storage/internal/misfits.h"
#include "tarn/storage/internal/null_keys.h"
#include "tarn/storage/internal/value_place.h"

namespace tarn::storage {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

Status CheckTypes(const arrow::RecordBatch& batch, const AcceptTarget& target) {
  if (batch.num_columns() != target.schema->num_fields()) {
    return MakeError(ErrorCode::kTypeMismatch,
                     fmt::format("The table has {} columns, the rows have {}",
                                 target.schema->num_fields(), batch.num_columns()));
  }
  for (int i = 0; i < batch.num_columns(); ++i) {
    const arrow::DataType& from = *batch.column(i)->type();
    const arrow::DataType& to = *target.schema->field(i)->type();
    if (!CanCoerce(from, to)) {
      return MakeError(ErrorCode::kTypeMismatch,
                       TypeMisfit(target.fields[static_cast<size_t>(i)], from, to));
    }
  }
  if (const Status valid = batch.Validate(); !valid.ok()) {
    return MakeError(ErrorCode::kInvalidData,
                     "The rows are not valid Arrow arrays: " + valid.message());
  }
  return Status::OK();
}

bool IsAboutValues(const Status& status) {
  const ErrorCode code = CodeOf(status);
  return code != ErrorCode::kOutOfMemory && code != ErrorCode::kInternal;
}

bool KeepsDictionary(const arrow::RecordBatch& batch, int column,
                     const AcceptTarget& target) {
  return target.keeps_dictionary != nullptr && !target.keeps_dictionary->empty() &&
         target.keeps_dictionary->at(static_cast<size_t>(column)) &&
         CanStayDictionary(*batch.column(column));
}

/// The columns of `batch` as those of the target; nullptr if values of some rows do not
/// fit, which are added to `bad` then.
Result<BatchPtr> Convert(const arrow::RecordBatch& batch, const AcceptTarget& target,
                         BadRows* bad) {
  arrow::ArrayVector columns;
  columns.reserve(static_cast<size_t>(batch.num_columns()));
  for (int i = 0; i < batch.num_columns(); ++i) {
    const auto& type = target.schema->field(i)->type();
    if (KeepsDictionary(batch, i, target)) {
      columns.push_back(batch.column(i));
      continue;
    }
    auto column = CoerceArray(batch.column(i), type);
    if (column.ok()) {
      columns.push_back(*std::move(column));
      continue;
    }
    if (!IsAboutValues(column.status())) {
      return column.status();
    }
    const iceberg::Field& field = target.fields[static_cast<size_t>(i)];
    const size_t known = bad->rows().size();
    ARROW_RETURN_NOT_OK(FindMisfits(field, batch.column(i), type, bad));
    if (bad->rows().size() == known && bad->empty()) {
      return MakeError(
          ErrorCode::kTypeMismatch,
          fmt::format("Column {} is {}, its values of {} cannot be converted: {}",
                      field.name, field.type.ToString(),
                      batch.column(i)->type()->ToString(), column.status().message()));
    }
  }
  return bad->empty() ? arrow::RecordBatch::Make(target.schema, batch.num_rows(),
                                                 std::move(columns))
                      : nullptr;
}

/// Which rows of a batch are left, by their numbers in the batch as it was given.
using RowNumbers = std::vector<int64_t>;

Result<ArrayPtr> AsArray(const RowNumbers& rows) {
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(rows));
  return builder.Finish();
}

/// For layouts that Arrow's take() does not know.
Result<ArrayPtr> TakeRuns(const arrow::Array& column, const RowNumbers& rows) {
  arrow::ArrayVector runs;
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) {
      ++end;
    }
    runs.push_back(column.Slice(rows[begin], static_cast<int64_t>(end - begin)));
    begin = end;
  }
  return runs.empty() ? column.Slice(0, 0) : arrow::Concatenate(runs);
}

Result<BatchPtr> TakeRows(const arrow::RecordBatch& batch, const RowNumbers& rows) {
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr numbers, AsArray(rows));
  arrow::ArrayVector columns;
  for (const ArrayPtr& column : batch.columns()) {
    auto taken = arrow::compute::Take(*column, *numbers);
    if (taken.status().IsNotImplemented()) {
      taken = TakeRuns(*column, rows);
    }
    ARROW_RETURN_NOT_OK(taken.status());
    columns.push_back(*std::move(taken));
  }
  return arrow::RecordBatch::Make(batch.schema(), static_cast<int64_t>(rows.size()),
                                  std::move(columns));
}

RowNumbers RowsLeft(int64_t num_rows, const std::map<int64_t, BadValue>& bad) {
  RowNumbers left;
  left.reserve(static_cast<size_t>(num_rows));
  auto next = bad.begin();
  for (int64_t row = 0; row < num_rows; ++row) {
    if (next != bad.end() && next->first == row) {
      ++next;
    } else {
      left.push_back(row);
    }
  }
  return left;
}

Status FirstRowError(const BadRows& bad, int64_t rows_before) {
  const auto& [row, value] = *bad.rows().begin();
  return MakeError(ErrorCode::kConstraintViolated,
                   fmt::format("Column {}, row {}: {}", value.path, rows_before + row + 1,
                               value.problem));
}

Status Report(const arrow::RecordBatch& batch, const std::map<int64_t, BadValue>& bad,
              const AcceptTarget& target, int64_t rows_before) {
  for (const auto& [row, value] : bad) {
    // A copy: a slice would keep the whole batch for as long as someone keeps the row.
    auto taken = TakeRows(batch, {row});
    ARROW_RETURN_NOT_OK(
        target.reject({.row = rows_before + row + 1,
                       .path = value.path,
                       .problem = value.problem,
                       .batch = taken.ok() ? *taken : batch.Slice(row, 1)}));
  }
  return Status::OK();
}

/// Converts and checks, without the rows that fail either, which go into `rejected`.
Result<BatchPtr> AcceptTheRest(const arrow::RecordBatch& batch,
                               const AcceptTarget& target,
                               std::map<int64_t, BadValue>* rejected) {
  BadRows misfits(BadRows::Wanted::kAll);
  ARROW_ASSIGN_OR_RAISE(BatchPtr rows, Convert(batch, target, &misfits));
  RowNumbers left;  // unset while it is all of them
  *rejected = misfits.rows();
  if (rows == nullptr) {
    left = RowsLeft(batch.num_rows(), *rejected);
    ARROW_ASSIGN_OR_RAISE(rows, TakeRows(batch, left));
    BadRows none(BadRows::Wanted::kFirst);
    ARROW_ASSIGN_OR_RAISE(rows, Convert(*rows, target, &none));
    if (rows == nullptr) {
      return MakeError(ErrorCode::kInternal, "Rows do not fit once the bad ones are out");
    }
  }
  BadRows broken(BadRows::Wanted::kAll);
  CheckValues(target.fields, *rows, &broken);
  if (broken.empty()) {
    return rows;
  }
  for (const auto& [row, value] : broken.rows()) {
    rejected->emplace(left.empty() ? row : left[static_cast<size_t>(row)], value);
  }
  ARROW_ASSIGN_OR_RAISE(rows, TakeRows(*rows, RowsLeft(rows->num_rows(), broken.rows())));
  return rows;
}

}  // namespace

Result<BatchPtr> AcceptBatch(const arrow::RecordBatch& batch, const AcceptTarget& target,
                             int64_t rows_before) {
  ARROW_RETURN_NOT_OK(CheckMapKeysOf(batch, rows_before));
  ARROW_RETURN_NOT_OK(CheckTypes(batch, target));
  if (target.reject) {
    std::map<int64_t, BadValue> rejected;
    ARROW_ASSIGN_OR_RAISE(BatchPtr rows, AcceptTheRest(batch, target, &rejected));
    ARROW_RETURN_NOT_OK(Report(batch, rejected, target, rows_before));
    return rows;
  }
  BadRows bad(BadRows::Wanted::kFirst);
  ARROW_ASSIGN_OR_RAISE(BatchPtr rows, Convert(batch, target, &bad));
  if (bad.empty()) {
    CheckValues(target.fields, *rows, &bad);
  }
  if (!bad.empty()) {
    return FirstRowError(bad, rows_before);
  }
  return rows;
}

}  // namespace tarn::storage
