// An estimate of quantiles, with the steps and in the format of Trino's tdigest (TDigest
// of the library Airlift): sketches go from one to the other as bytes.
//
// Values become centroids, which are merged by the order of their means once there are
// 1260 of them: small ones at both ends, large ones in the middle. Bytes, lowest first:
// 0, smallest value, largest value, compression, sum of the weights (doubles), number of
// centroids (32 bits), their means, their weights (doubles).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"

namespace tarn::engine {

class TDigest {
 public:
  static constexpr double kUsualCompression = 100;
  static constexpr double kCompressionMin = 10;
  static constexpr double kCompressionMax = 1000;

  /// `compression` is from 10 to 1000: the more, the finer.
  explicit TDigest(double compression = kUsualCompression);

  /// Errors: kInvalidArgument for bytes that are no such digest.
  static Result<TDigest> Decode(std::string_view bytes);
  /// Compacts before.
  std::string Encode();
  /// Merges what can be merged, as is done between the steps of an aggregate in Trino.
  void Compact();

  /// `value` and `weight` are finite, `weight` is positive.
  void Add(double value, double weight);
  void MergeWith(TDigest other);
  /// The values at `quantiles`, which ascend from 0 to 1; NaN for a digest without
  /// values.
  std::vector<double> ValuesAt(std::span<const double> quantiles);

  bool is_empty() const { return centroids_.empty(); }

 private:
  struct Centroid {
    double mean = 0;
    double weight = 0;
  };

  void Merge(double compression);
  void Grow(size_t capacity);
  double ValueBetween(size_t left, double weight_before, double offset) const;
  double ValueAt(double quantile) const;
  double ValueNearEnd(double offset) const;

  double compression_;
  double smallest_;
  double largest_;
  double weight_ = 0;
  std::vector<Centroid> centroids_;
  size_t capacity_ = 1;       // of the array, as Airlift's grows: when it is full is seen
  bool is_reversed_ = false;  // merging goes from one end and from the other in turn
  bool has_unmerged_ = false;
};

}  // namespace tarn::engine
