// Collects the partition summaries of a manifest: what its list says about each partition
// field.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

/// Thread-compatible.
class PartitionSummaryBuilder {
 public:
  explicit PartitionSummaryBuilder(std::vector<Type> types);

  /// `tuple` has one value of the right type per field.
  void Add(const PartitionTuple& tuple);
  /// Fields of unknown type get no bounds; NaN never is one.
  std::vector<PartitionFieldSummary> Finish() const;

 private:
  struct FieldState {
    Type type;
    bool has_null = false;
    bool has_nan = false;
    std::optional<std::pair<Value, Value>> range = {};  // lowest and highest
  };
  std::vector<FieldState> fields_;
};

}  // namespace tarn::iceberg::internal
