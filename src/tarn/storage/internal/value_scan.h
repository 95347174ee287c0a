// Statistics that Parquet's footer cannot give: counts of NaN, and smallest and largest
// values of strings and binaries that the footer drops because they are long.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"
#include "tarn/iceberg/schema.h"
#include "tarn/storage/internal/metrics_config.h"

namespace tarn::storage {

/// Larger minima and maxima of strings and binaries stay out of the footer.
inline constexpr int64_t kFooterStatisticBytesMax = 256;

/// Smallest and largest byte string seen, by unsigned bytes. A copy is made only when a
/// batch ends.
class ByteRange {
 public:
  bool has_value() const { return has_value_; }
  const std::string& min() const { return min_; }
  const std::string& max() const { return max_; }

  /// `array` is a BinaryArray, StringArray or FixedSizeBinaryArray.
  void Add(const arrow::Array& array);
  /// Only those of more than kFooterStatisticBytesMax bytes: a smallest or largest value
  /// that the footer does not hold is one of them. `array` is a BinaryArray or
  /// StringArray.
  void AddLong(const arrow::Array& array);
  void AddMin(const std::string& value);
  void AddMax(const std::string& value);

 private:
  template <typename ArrayType, typename Keep>
  void AddTyped(const ArrayType& array, const Keep& keep);

  bool has_value_ = false;  // both min_ and max_ are some value's
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
  /// `not_in_footer`: columns that the footer will say nothing about.
  ValueScanPlan(const iceberg::Schema& schema,
                const std::unordered_map<iceberg::FieldId, MetricsMode>& modes,
                const std::unordered_set<iceberg::FieldId>& not_in_footer);

  using Columns = std::unordered_map<iceberg::FieldId, ScannedColumn>;
  /// Adds the values of `batch`, whose columns are those of the schema.
  Status Scan(const arrow::RecordBatch& batch, Columns* columns) const;

 private:
  enum class Look : uint8_t { kNothing, kNan, kRange, kLongValues, kChildren };
  struct Node {
    iceberg::FieldId id = 0;
    Look look = Look::kNothing;
    bool is_list = false;  // or a map
    std::vector<Node> children;
  };

  struct Wanted {
    const std::unordered_map<iceberg::FieldId, MetricsMode>& modes;
    const std::unordered_set<iceberg::FieldId>& not_in_footer;
  };
  static Node MakeNode(const iceberg::Field& field, bool through_structs,
                       const Wanted& wanted);
  static Look LookAt(const iceberg::Field& field, bool through_structs,
                     const Wanted& wanted);
  static Status ScanNode(const Node& node, const arrow::Array& array, Columns* columns);

  std::vector<Node> nodes_;
};

}  // namespace tarn::storage
