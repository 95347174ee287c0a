#include "tarn/storage/internal/geo_bounds.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <parquet/geospatial/statistics.h>
#include <parquet/metadata.h>

namespace tarn::storage {
namespace {

void AppendDouble(double value, std::string* bytes) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  for (size_t i = 0; i < sizeof(bits); ++i) {
    bytes->push_back(static_cast<char>(bits & 0xFF));
    bits >>= 8;
  }
}

}  // namespace

void GeoBounds::Add(const iceberg::Type& type,
                    const parquet::ColumnChunkMetaData& chunk) {
  if (type.id() != iceberg::TypeId::kGeometry || !is_known_) {
    is_known_ = false;
    return;
  }
  const auto statistics = chunk.is_geo_stats_set() ? chunk.geo_statistics() : nullptr;
  if (statistics == nullptr || !statistics->is_valid()) {
    is_known_ = false;
    return;
  }
  const auto valid = statistics->dimension_valid();
  const auto empty = statistics->dimension_empty();
  for (size_t i = 0; i < kDimensions; ++i) {
    if (!valid[i] && i < 2) {  // nulls only, or coordinates that are no numbers
      is_known_ = false;
      return;
    }
    if (!valid[i] || empty[i]) {  // z and m, which these geometries do not have
      continue;
    }
    const double lower = statistics->lower_bound()[i];
    const double upper = statistics->upper_bound()[i];
    if (std::isnan(lower) || std::isnan(upper) || lower > upper) {
      is_known_ = false;
      return;
    }
    has_[i] = true;
    lower_[i] = std::min(lower_[i], lower);
    upper_[i] = std::max(upper_[i], upper);
  }
}

std::optional<std::string> GeoBounds::Point(const Corner& corner) const {
  if (!is_known_ || !has_[0] || !has_[1]) {
    return std::nullopt;
  }
  const size_t dimensions = has_[3] ? 4 : has_[2] ? 3 : 2;
  std::string bytes;
  for (size_t i = 0; i < dimensions; ++i) {
    AppendDouble(has_[i] ? corner[i] : std::numeric_limits<double>::quiet_NaN(), &bytes);
  }
  return bytes;
}

}  // namespace tarn::storage
