#include "tarn/engine/internal/trino_functions/numeric_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tarn::engine {
namespace {

constexpr size_t kSpareBuckets = 100;  // before they are put together

using Bucket = NumericHistogram::Bucket;

bool IsEqual(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool IsBefore(const Bucket& a, const Bucket& b) {
  return a.value < b.value || (!std::isnan(a.value) && std::isnan(b.value));
}

/// What is lost when `a` and `b` become one: the variance around their mean.
double Cost(const Bucket& a, const Bucket& b) {
  const double weight = a.weight + b.weight;
  const double distance = a.value - b.value;
  const double cost =
      weight * (distance * distance) * (a.weight * b.weight / (weight * weight));
  return std::isnan(cost) ? std::numeric_limits<double>::infinity() : cost;
}

}  // namespace

void NumericHistogram::Add(double value, double weight) {
  if (buckets_.size() >= buckets_max_ + kSpareBuckets) {
    Finish();
  }
  buckets_.push_back({.value = value, .weight = weight});
}

void NumericHistogram::MergeWith(const NumericHistogram& other) {
  buckets_.insert(buckets_.end(), other.buckets_.begin(), other.buckets_.end());
  Finish();
}

const std::vector<Bucket>& NumericHistogram::Finish() {
  MergeEqual();
  if (buckets_.size() > buckets_max_) {
    Shrink();
  }
  return buckets_;
}

void NumericHistogram::MergeEqual() {
  std::ranges::stable_sort(buckets_, IsBefore);
  std::vector<Bucket> merged;
  for (const Bucket& bucket : buckets_) {
    if (!merged.empty() && IsEqual(merged.back().value, bucket.value)) {
      merged.back().weight += bucket.weight;
    } else {
      merged.push_back(bucket);
    }
  }
  buckets_ = std::move(merged);
}

void NumericHistogram::Shrink() {
  std::vector<double> costs;  // of merging each bucket with the next one
  for (size_t i = 0; i + 1 < buckets_.size(); ++i) {
    costs.push_back(Cost(buckets_[i], buckets_[i + 1]));
  }
  while (buckets_.size() > buckets_max_) {
    const auto left = std::ranges::min_element(costs) - costs.begin();
    const auto at = static_cast<size_t>(left);
    Bucket& bucket = buckets_[at];
    const Bucket& right = buckets_[at + 1];
    const double weight = bucket.weight + right.weight;
    bucket.value = (bucket.value * bucket.weight + right.value * right.weight) / weight;
    bucket.weight = weight;
    buckets_.erase(buckets_.begin() + left + 1);
    costs.erase(costs.begin() + left);
    if (at < costs.size()) {
      costs[at] = Cost(buckets_[at], buckets_[at + 1]);
    }
    if (at > 0) {
      costs[at - 1] = Cost(buckets_[at - 1], buckets_[at]);
    }
  }
}

}  // namespace tarn::engine
