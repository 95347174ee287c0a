#include "tarn/storage/internal/distinct_columns.h"

#include <algorithm>
#include <cstdint>
#include <memory>

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

namespace tarn::storage {
namespace {

constexpr int64_t kValuesMin = 16'384;
constexpr int64_t kRowsMax = 32'768;
/// So few repeats among the rows mean some 300 000 values in the whole: as 64-bit numbers
/// more than a dictionary of the usual 2 MiB holds.
constexpr double kDistinctShareMin = 0.95;

/// Of nested values and dictionaries the encoder has other columns than the batch.
bool CanBeJudged(const arrow::DataType& type) {
  return arrow::is_primitive(type.id()) || arrow::is_base_binary_like(type.id()) ||
         arrow::is_fixed_size_binary(type.id());
}

Result<bool> HasNoRepeats(const std::shared_ptr<arrow::Array>& column) {
  const int64_t values = column->length() - column->null_count();
  if (values < kValuesMin || !CanBeJudged(*column->type())) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(const auto unique, arrow::compute::Unique(column));
  const int64_t distinct = unique->length() - (column->null_count() > 0 ? 1 : 0);
  return static_cast<double>(distinct) >= kDistinctShareMin * static_cast<double>(values);
}

}  // namespace

Result<std::vector<bool>> ColumnsWithoutRepeats(const arrow::RecordBatch& batch) {
  const auto first = batch.Slice(0, std::min(batch.num_rows(), kRowsMax));
  std::vector<bool> without;
  for (const auto& column : first->columns()) {
    ARROW_ASSIGN_OR_RAISE(const bool has_no_repeats, HasNoRepeats(column));
    without.push_back(has_no_repeats);
  }
  return without;
}

}  // namespace tarn::storage
