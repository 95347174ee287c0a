// Distinct values of one column, counted batch by batch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/theta_sketch.h"

namespace tarn::table::internal {

/// True for types whose values have a single-value serialization to count.
bool CanSketch(const iceberg::Type& type);

/// Thread-compatible.
class ColumnSketch {
 public:
  /// `path`: where the column is in batches, by position from the top level down.
  ColumnSketch(iceberg::Type type, std::vector<int> path)
      : type_(std::move(type)), path_(std::move(path)) {}

  /// Counts the column's values that are not null.
  Status Update(const arrow::RecordBatch& batch);

  const iceberg::ThetaSketch& sketch() const { return sketch_; }
  void Union(const ColumnSketch& other) { sketch_.Union(other.sketch_); }

 private:
  void UpdateFixed(const arrow::Array& array, size_t width);
  void UpdateBooleans(const arrow::Array& array);
  void UpdateDecimals(const arrow::Array& array);
  void UpdateBytes(const arrow::Array& array);

  iceberg::Type type_;
  std::vector<int> path_;
  iceberg::ThetaSketch sketch_;
};

}  // namespace tarn::table::internal
