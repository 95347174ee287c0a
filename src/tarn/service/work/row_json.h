// Rows as JSON for people: a few of them, within limits.
#pragma once

#include <cstdint>
#include <utility>

#include <arrow/type_fwd.h>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::service {

/// A list of rows, each a list of values (sql_values.h; of each text at most 16 kB). Not
/// shared.
class RowJson {
 public:
  RowJson(int64_t rows_max, int64_t bytes_max)
      : rows_max_(rows_max), bytes_max_(bytes_max) {}

  /// False once a limit is met and a row was left out.
  Result<bool> Add(const arrow::RecordBatch& batch);
  Json Take() { return std::move(rows_); }
  /// Some measure of what was added.
  int64_t bytes() const { return bytes_; }

 private:
  const int64_t rows_max_;
  const int64_t bytes_max_;
  int64_t bytes_ = 0;
  Json rows_ = Json::array();
};

}  // namespace tarn::service
