// A histogram of numbers with at most so many buckets, as Trino's numeric_histogram makes
// it: where there are more, the two neighbours go together for which that costs least.
#pragma once

#include <cstddef>
#include <vector>

namespace tarn::engine {

class NumericHistogram {
 public:
  struct Bucket {
    double value = 0;   // the mean of its numbers
    double weight = 0;  // the sum of their weights
  };

  /// `buckets_max` is 2 or more.
  explicit NumericHistogram(size_t buckets_max) : buckets_max_(buckets_max) {}

  void Add(double value, double weight);
  void MergeWith(const NumericHistogram& other);
  /// By value; NaN comes last.
  const std::vector<Bucket>& Finish();

 private:
  void MergeEqual();
  void Shrink();

  size_t buckets_max_;
  std::vector<Bucket> buckets_;
};

}  // namespace tarn::engine
