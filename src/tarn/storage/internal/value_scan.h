// Statistics that Parquet's footer cannot give: counts of NaN, and smallest and largest
// values of strings and binaries (the footer drops long ones).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/storage/internal/metrics_config.h"

namespace tarn::storage {

/// Smallest and largest byte string seen, by unsigned bytes. A copy is made only when a
/// batch ends.
class ByteRange {
 public:
  bool has_value() const { return has_value_; }
  const std::string& min() const { return min_; }
  const std::string& max() const { return max_; }

  /// `array` is a BinaryArray, StringArray or FixedSizeBinaryArray.
  void Add(const arrow::Array& array);

 private:
  template <typename ArrayType>
  void AddTyped(const ArrayType& array);

  bool has_value_ = false;
  std::string min_;
  std::string max_;
};

/// What the writer found out about a leaf column while it wrote one file.
struct ScannedColumn {
  int64_t nan_count = 0;
  ByteRange range;
};

/// Which columns of a schema are looked at, and how; shared by the files of a writer.
/// Immutable.
class ValueScanPlan {
 public:
  ValueScanPlan(const iceberg::Schema& schema,
                const std::unordered_map<iceberg::FieldId, MetricsMode>& modes);

  using Columns = std::unordered_map<iceberg::FieldId, ScannedColumn>;
  /// Adds the values of `batch`, whose columns are those of the schema.
  Status Scan(const arrow::RecordBatch& batch, Columns* columns) const;

 private:
  enum class Look : uint8_t { kNothing, kNan, kRange, kChildren };
  struct Node {
    iceberg::FieldId id = 0;
    Look look = Look::kNothing;
    bool is_list = false;  // or a map
    std::vector<Node> children;
  };

  static Node MakeNode(const iceberg::Field& field, bool through_structs,
                       const std::unordered_map<iceberg::FieldId, MetricsMode>& modes);
  static Status ScanNode(const Node& node, const arrow::Array& array, Columns* columns);

  std::vector<Node> nodes_;
};

}  // namespace tarn::storage
