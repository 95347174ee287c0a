// Bounds of geometry columns (spec: Appendix D, Bound Serialization; trap 53).
#pragma once

#include <array>
#include <limits>
#include <optional>
#include <string>

#include "tarn/iceberg/type.h"

namespace parquet {
class ColumnChunkMetaData;
}

namespace tarn::storage {

/// The box around all geometries of one column of a file, from the boxes that Parquet's
/// footer has of its row groups. A geography has none: its box may go around the back of
/// the sphere, which edges between points on it decide.
class GeoBounds {
 public:
  void Add(const iceberg::Type& type, const parquet::ColumnChunkMetaData& chunk);

  /// A point as the specification writes it: x and y, then z and m as far as the column
  /// has them (a z that is missing beside m is NaN), 8 bytes each, little-endian. Unset
  /// if the box is not known or there is no geometry with coordinates.
  std::optional<std::string> lower() const { return Point(lower_); }
  std::optional<std::string> upper() const { return Point(upper_); }

 private:
  static constexpr size_t kDimensions = 4;  // x, y, z, m
  using Corner = std::array<double, kDimensions>;
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  std::optional<std::string> Point(const Corner& corner) const;

  bool is_known_ = true;
  std::array<bool, kDimensions> has_ = {};  // dimensions that some geometry has
  Corner lower_ = {kInfinity, kInfinity, kInfinity, kInfinity};
  Corner upper_ = {-kInfinity, -kInfinity, -kInfinity, -kInfinity};
};

}  // namespace tarn::storage
