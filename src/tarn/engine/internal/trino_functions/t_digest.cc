#include "tarn/engine/internal/trino_functions/t_digest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/byte_order.h"

namespace tarn::engine {
namespace {

constexpr uint8_t kTag = 0;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// While values come in, twice as many centroids are kept as in bytes.
double InnerCompression(double compression) { return 2 * compression; }

size_t CapacityMax(double compression) {
  constexpr double kSpare = 10;
  return static_cast<size_t>(6 * (InnerCompression(compression) + kSpare));
}

/// The share of all weights that one centroid at `quantile` may have.
class ShareMax {
 public:
  ShareMax(double compression, double weight)
      : divisor_(compression / (4 * std::log(weight / compression) + 24)) {}
  double At(double quantile) const { return quantile * (1 - quantile) / divisor_; }

 private:
  double divisor_;
};

/// How far the line from (x0, y0) to (x1, y1) has risen over y0 at x.
double Rise(double x, double x0, double y0, double x1, double y1) {
  return (x - x0) / (x1 - x0) * (y1 - y0);
}

Status NoDigest(std::string_view why) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("Cannot read bytes as a tdigest: {}", why));
}

}  // namespace

TDigest::TDigest(double compression)
    : compression_(compression), smallest_(kInfinity), largest_(-kInfinity) {}

Result<TDigest> TDigest::Decode(std::string_view bytes) {
  constexpr size_t kHeadBytes = 1 + 4 * sizeof(double) + sizeof(int32_t);
  if (bytes.size() < kHeadBytes) {
    return NoDigest("it is too short");
  }
  if (const auto tag = TakeLittle<uint8_t>(&bytes); tag != kTag) {
    return NoDigest(fmt::format("its format is {}, not 0", tag));
  }
  TDigest digest;
  digest.smallest_ = TakeLittle<double>(&bytes);
  digest.largest_ = TakeLittle<double>(&bytes);
  digest.compression_ = TakeLittle<double>(&bytes);
  digest.weight_ = TakeLittle<double>(&bytes);
  const auto count = TakeLittle<uint32_t>(&bytes);
  if (!(digest.compression_ >= kCompressionMin &&
        digest.compression_ <= kCompressionMax)) {
    return NoDigest(fmt::format("its compression is {}", digest.compression_));
  }
  if (bytes.size() != size_t{count} * 2 * sizeof(double)) {
    return NoDigest(fmt::format("{} bytes are not {} centroids", bytes.size(), count));
  }
  std::string_view weights = bytes.substr(size_t{count} * sizeof(double));
  double sum = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const Centroid centroid{.mean = TakeLittle<double>(&bytes),
                            .weight = TakeLittle<double>(&weights)};
    const bool ascends =
        digest.centroids_.empty() || centroid.mean >= digest.centroids_.back().mean;
    if (!std::isfinite(centroid.mean) || !std::isfinite(centroid.weight) ||
        centroid.weight <= 0 || !ascends) {
      return NoDigest("its centroids are not in order");
    }
    sum += centroid.weight;
    digest.centroids_.push_back(centroid);
  }
  const bool fits = count == 0
                        ? digest.weight_ == 0
                        : std::abs(sum - digest.weight_) <= digest.weight_ * 1e-6 &&
                              std::isfinite(sum) && std::isfinite(digest.smallest_) &&
                              std::isfinite(digest.largest_);
  if (!fits) {
    return NoDigest("its weights are not the sum of those of its centroids");
  }
  digest.capacity_ = count;
  return digest;
}

void TDigest::Compact() {
  Merge(compression_);
  has_unmerged_ = false;
}

std::string TDigest::Encode() {
  Compact();
  std::string bytes;
  AppendLittle(kTag, &bytes);
  AppendLittle(smallest_, &bytes);
  AppendLittle(largest_, &bytes);
  AppendLittle(compression_, &bytes);
  AppendLittle(weight_, &bytes);
  AppendLittle(static_cast<uint32_t>(centroids_.size()), &bytes);
  for (const Centroid& centroid : centroids_) {
    AppendLittle(centroid.mean, &bytes);
  }
  for (const Centroid& centroid : centroids_) {
    AppendLittle(centroid.weight, &bytes);
  }
  return bytes;
}

void TDigest::Grow(size_t capacity) { capacity_ = std::max(capacity_, capacity); }

void TDigest::Add(double value, double weight) {
  if (centroids_.size() == capacity_) {
    const size_t most = CapacityMax(compression_);
    if (capacity_ < most) {
      Grow(std::min(std::max<size_t>(capacity_ * 2, 1), most));
    } else {
      Merge(InnerCompression(compression_));
    }
  }
  centroids_.push_back({.mean = value, .weight = weight});
  weight_ += weight;
  smallest_ = std::min(value, smallest_);
  largest_ = std::max(value, largest_);
  has_unmerged_ = true;
}

void TDigest::MergeWith(TDigest other) {
  if (centroids_.size() + other.centroids_.size() > capacity_) {
    Merge(InnerCompression(compression_));
    other.Merge(InnerCompression(other.compression_));
    Grow(centroids_.size() + other.centroids_.size());
  }
  centroids_.insert(centroids_.end(), other.centroids_.begin(), other.centroids_.end());
  weight_ += other.weight_;
  smallest_ = std::min(smallest_, other.smallest_);
  largest_ = std::max(largest_, other.largest_);
  has_unmerged_ = true;
}

void TDigest::Merge(double compression) {
  if (centroids_.empty()) {
    return;
  }
  std::ranges::stable_sort(centroids_, {}, &Centroid::mean);
  if (is_reversed_) {
    std::ranges::reverse(centroids_);
  }
  const ShareMax share(compression, weight_);
  std::vector<Centroid> merged = {centroids_.front()};
  double weight_before = 0;  // of the last one of `merged`
  double share_before = share.At(0);
  for (size_t i = 1; i < centroids_.size(); ++i) {
    const Centroid& next = centroids_[i];
    Centroid& last = merged.back();
    const double together = last.weight + next.weight;
    const double quantile = std::min((weight_before + together) / weight_, 1.0);
    if (together <= weight_ * std::min(share_before, share.At(quantile))) {
      last.mean = last.mean + (next.mean - last.mean) * next.weight / together;
      last.weight = together;
    } else {
      weight_before += last.weight;
      share_before = share.At(weight_before / weight_);
      merged.push_back(next);
    }
  }
  if (is_reversed_) {
    std::ranges::reverse(merged);
  }
  is_reversed_ = !is_reversed_;
  centroids_ = std::move(merged);
}

/// Between the last centroid and the largest value, `offset` weights from the beginning.
double TDigest::ValueNearEnd(double offset) const {
  const Centroid& last = centroids_.back();
  const bool is_largest = offset > weight_ - 1 || last.weight / 2 <= 1;
  return is_largest
             ? largest_
             : largest_ + Rise(weight_ - offset, 1, largest_, last.weight / 2, last.mean);
}

/// Between the centroids `left` and the next one, in whose middles `weight_before` and
/// more weights have gone by.
double TDigest::ValueBetween(size_t left, double weight_before, double offset) const {
  const Centroid& a = centroids_[left];
  const Centroid& b = centroids_[left + 1];
  double beyond = offset - weight_before;
  if (a.weight == 1 && beyond < a.weight / 2) {
    return a.mean;
  }
  if (b.weight == 1 && beyond >= a.weight / 2) {
    return b.mean;
  }
  double length = (a.weight + b.weight) / 2;
  if (a.weight == 1) {  // a single value is where it is
    beyond -= a.weight / 2;
    length = b.weight / 2;
  } else if (b.weight == 1) {
    length = a.weight / 2;
  }
  return a.mean + Rise(beyond, 0, a.mean, length, b.mean);
}

double TDigest::ValueAt(double quantile) const {
  const double offset = quantile * weight_;
  const Centroid& first = centroids_.front();
  const Centroid& last = centroids_.back();
  if (offset < 1) {
    return smallest_;
  }
  if (offset < first.weight / 2) {
    return smallest_ + Rise(offset, 1, smallest_, first.weight / 2, first.mean);
  }
  if (offset >= weight_ - 1) {
    return largest_;
  }
  if (weight_ - offset <= last.weight / 2 && last.weight / 2 > 1) {
    return ValueNearEnd(offset);
  }
  double weight_before = first.weight / 2;
  for (size_t i = 0; i + 1 < centroids_.size(); ++i) {
    const double step = (centroids_[i].weight + centroids_[i + 1].weight) / 2;
    if (weight_before + step > offset) {
      return ValueBetween(i, weight_before, offset);
    }
    weight_before += step;
  }
  return ValueNearEnd(offset);
}

std::vector<double> TDigest::ValuesAt(std::span<const double> quantiles) {
  if (centroids_.empty()) {
    return std::vector<double>(quantiles.size(), std::nan(""));
  }
  if (has_unmerged_) {
    Merge(InnerCompression(compression_));
  }
  std::vector<double> values;
  for (const double quantile : quantiles) {
    values.push_back(centroids_.size() == 1 ? centroids_.front().mean
                                            : ValueAt(quantile));
  }
  return values;
}

}  // namespace tarn::engine
