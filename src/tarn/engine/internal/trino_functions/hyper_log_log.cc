#include "tarn/engine/internal/trino_functions/hyper_log_log.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/byte_order.h"

namespace tarn::engine {
namespace {

constexpr uint8_t kSparseTag = 2;
constexpr uint8_t kDenseTag = 3;
constexpr int kPrefixBits = 26;
constexpr int kZerosBits = 6;
constexpr uint32_t kZerosMask = (1U << kZerosBits) - 1;
constexpr uint32_t kZerosMax = 64 - kPrefixBits;
constexpr int kNibbleMax = 15;
constexpr size_t kCapacityStep = 10;
constexpr double kEmptyShareMin = 0.4;  // below it, empty buckets tell too little
constexpr double kBiasedUpTo = 5;       // values for each bucket

size_t BucketsOf(int index_bits) {
  return size_t{1} << static_cast<unsigned>(index_bits);
}

/// The zeros that `hash` begins with after its first `bits` bits.
int ZerosAfter(uint64_t hash, int bits) {
  const auto shift = static_cast<unsigned>(bits);
  return std::countl_zero((hash << shift) | (uint64_t{1} << (shift - 1)));
}

Status NoSketch(std::string_view why) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("Cannot read bytes as a HyperLogLog: {}", why));
}

int64_t Rounded(double value) { return static_cast<int64_t>(std::floor(value + 0.5)); }

double FromEmptyBuckets(double empty, double all) { return all * std::log(all / empty); }

double AlphaOf(int index_bits) {
  switch (index_bits) {
    case 4:
      return 0.673;
    case 5:
      return 0.697;
    case 6:
      return 0.709;
    default:
      return 0.7213 / (1 + 1.079 / static_cast<double>(BucketsOf(index_bits)));
  }
}

/// What the estimate without correction is on average, divided by the number of buckets,
/// where each bucket has seen `per_bucket` values on average (a Poisson process each).
double AverageRaw(double alpha, double buckets, double per_bucket) {
  constexpr int kRunsMax = 64;
  double before = std::exp(-per_bucket);  // no value at all
  double mean = before;
  double mean_of_squares = before;
  double weight = 1;
  for (int run = 1; run <= kRunsMax; ++run) {
    weight /= 2;
    const double up_to = std::exp(-per_bucket * weight);
    mean += weight * (up_to - before);
    mean_of_squares += weight * weight * (up_to - before);
    before = up_to;
  }
  const double variance = mean_of_squares - mean * mean;
  return alpha / mean * (1 + variance / (buckets * mean * mean));
}

/// The number of values for which `raw` is the average: estimates without correction are
/// too large while there are few values for each bucket.
double WithoutBias(double raw, int index_bits) {
  const auto buckets = static_cast<double>(BucketsOf(index_bits));
  const double alpha = AlphaOf(index_bits);
  if (raw >= kBiasedUpTo * buckets) {
    return raw;
  }
  double low = 0;
  double high = kBiasedUpTo + 1;
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (AverageRaw(alpha, buckets, middle) * buckets < raw ? low : high) = middle;
  }
  return low * buckets;
}

}  // namespace

HyperLogLog::HyperLogLog(int index_bits) : index_bits_(index_bits) {
  TARN_CHECK(index_bits >= 1 && index_bits <= kIndexBitsMax);
}

Result<HyperLogLog> HyperLogLog::Decode(std::string_view bytes) {
  if (bytes.size() < 2) {
    return NoSketch("it is too short");
  }
  const auto tag = TakeLittle<uint8_t>(&bytes);
  const int index_bits = TakeLittle<uint8_t>(&bytes);
  if (index_bits < 1 || index_bits > kIndexBitsMax) {
    return NoSketch(fmt::format("it has 2^{} buckets", index_bits));
  }
  if (tag == kSparseTag) {
    return DecodeSparse(index_bits, bytes);
  }
  if (tag == kDenseTag) {
    return DecodeDense(index_bits, bytes);
  }
  return NoSketch(fmt::format("its format is {}, not 2 or 3", tag));
}

Result<HyperLogLog> HyperLogLog::DecodeSparse(int index_bits, std::string_view bytes) {
  if (bytes.size() < sizeof(uint16_t)) {
    return NoSketch("it is too short");
  }
  const size_t count = TakeLittle<uint16_t>(&bytes);
  if (bytes.size() != count * sizeof(uint32_t)) {
    return NoSketch(fmt::format("{} bytes are not {} entries", bytes.size(), count));
  }
  HyperLogLog sketch(index_bits);
  for (size_t i = 0; i < count; ++i) {
    const auto entry = TakeLittle<uint32_t>(&bytes);
    const bool is_ascending =
        i == 0 || entry >> kZerosBits > sketch.entries_.back() >> kZerosBits;
    if (!is_ascending || (entry & kZerosMask) > kZerosMax) {
      return NoSketch("its entries are not in order");
    }
    sketch.entries_.push_back(entry);
  }
  sketch.entries_capacity_ = count;
  return sketch;
}

Result<HyperLogLog> HyperLogLog::DecodeDense(int index_bits, std::string_view bytes) {
  const size_t buckets = BucketsOf(index_bits);
  if (bytes.size() < 1 + buckets / 2 + sizeof(uint16_t)) {
    return NoSketch("it is too short");
  }
  const int value_max = 65 - index_bits;
  const int smallest = TakeLittle<uint8_t>(&bytes);
  HyperLogLog sketch(index_bits);
  std::vector<int> values;
  for (size_t i = 0; i < buckets / 2; ++i) {
    const auto both = TakeLittle<uint8_t>(&bytes);
    values.push_back(smallest + (both >> 4U));
    values.push_back(smallest + (both & 15U));
  }
  const size_t count = TakeLittle<uint16_t>(&bytes);
  if (bytes.size() != count * 3) {
    return NoSketch(fmt::format("{} bytes are not {} large values", bytes.size(), count));
  }
  std::string_view sizes = bytes.substr(count * sizeof(uint16_t));
  for (size_t i = 0; i < count; ++i) {
    const size_t bucket = TakeLittle<uint16_t>(&bytes);
    const int over = TakeLittle<uint8_t>(&sizes);
    if (bucket >= buckets || values[bucket] != smallest + kNibbleMax || over == 0) {
      return NoSketch("its large values are in no bucket");
    }
    values[bucket] += over;
  }
  for (const int value : values) {
    if (value > value_max) {
      return NoSketch(fmt::format("a value is {}, over {}", value, value_max));
    }
    sketch.values_.push_back(static_cast<uint8_t>(value));
  }
  return sketch;
}

std::string HyperLogLog::Encode() const {
  return is_sparse() ? EncodeSparse() : EncodeDense();
}

std::string HyperLogLog::EncodeSparse() const {
  std::string bytes;
  AppendLittle(kSparseTag, &bytes);
  AppendLittle(static_cast<uint8_t>(index_bits_), &bytes);
  AppendLittle(static_cast<uint16_t>(entries_.size()), &bytes);
  for (const uint32_t entry : entries_) {
    AppendLittle(entry, &bytes);
  }
  return bytes;
}

std::string HyperLogLog::EncodeDense() const {
  const int smallest = *std::ranges::min_element(values_);
  std::string bytes;
  AppendLittle(kDenseTag, &bytes);
  AppendLittle(static_cast<uint8_t>(index_bits_), &bytes);
  AppendLittle(static_cast<uint8_t>(smallest), &bytes);
  const auto nibble = [&](size_t bucket) {
    return static_cast<unsigned>(std::min(values_[bucket] - smallest, kNibbleMax));
  };
  std::string buckets;
  std::string sizes;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (i % 2 == 0) {
      AppendLittle(static_cast<uint8_t>(nibble(i) << 4U | nibble(i + 1)), &bytes);
    }
    const int over = values_[i] - smallest - kNibbleMax;
    if (over > 0) {
      AppendLittle(static_cast<uint16_t>(i), &buckets);
      AppendLittle(static_cast<uint8_t>(over), &sizes);
    }
  }
  AppendLittle(static_cast<uint16_t>(sizes.size()), &bytes);
  return bytes + buckets + sizes;
}

void HyperLogLog::AddHash(uint64_t hash) {
  if (is_sparse()) {
    const auto prefix = static_cast<uint32_t>(hash >> (64U - kPrefixBits));
    AddEntry(prefix << kZerosBits | static_cast<uint32_t>(ZerosAfter(hash, kPrefixBits)));
    BecomeDenseIfFull();
    return;
  }
  uint8_t& value = values_[hash >> static_cast<unsigned>(64 - index_bits_)];
  value = std::max(value, static_cast<uint8_t>(ZerosAfter(hash, index_bits_) + 1));
}

void HyperLogLog::AddEntry(uint32_t entry) {
  const auto at =
      std::ranges::lower_bound(entries_, entry >> kZerosBits, {},
                               [](uint32_t each) { return each >> kZerosBits; });
  if (at != entries_.end() && *at >> kZerosBits == entry >> kZerosBits) {
    *at = std::max(*at, entry);
    return;
  }
  if (entries_.size() == entries_capacity_) {
    entries_capacity_ += kCapacityStep;
  }
  entries_.insert(at, entry);
}

void HyperLogLog::MergeEntries(const std::vector<uint32_t>& others) {
  std::vector<uint32_t> merged;
  std::ranges::merge(entries_, others, std::back_inserter(merged));
  entries_.clear();
  for (const uint32_t entry : merged) {  // of equal prefixes the last one is the largest
    if (!entries_.empty() && entries_.back() >> kZerosBits == entry >> kZerosBits) {
      entries_.back() = entry;
    } else {
      entries_.push_back(entry);
    }
  }
  entries_capacity_ = entries_.size();
}

void HyperLogLog::BecomeDenseIfFull() {
  // Airlift compares sizes of Java's objects: 40 bytes and 4 for each place of an entry
  // with 56 bytes and a half for each bucket.
  if (40 + 4 * entries_capacity_ > 56 + BucketsOf(index_bits_) / 2) {
    BecomeDense();
  }
}

void HyperLogLog::BecomeDense() {
  values_ = DenseValues();
  entries_ = {};
}

std::vector<uint8_t> HyperLogLog::DenseValues() const {
  if (!is_sparse()) {
    return values_;
  }
  std::vector<uint8_t> values(BucketsOf(index_bits_));
  const int rest_bits = kPrefixBits - index_bits_;
  for (const uint32_t entry : entries_) {
    int zeros = std::countl_zero(entry << static_cast<unsigned>(index_bits_));
    if (zeros >= rest_bits) {
      zeros = rest_bits + static_cast<int>(entry & kZerosMask);
    }
    uint8_t& value = values[entry >> static_cast<unsigned>(32 - index_bits_)];
    value = std::max(value, static_cast<uint8_t>(zeros + 1));
  }
  return values;
}

Status HyperLogLog::MergeWith(const HyperLogLog& other) {
  if (is_sparse() && other.is_sparse()) {
    MergeEntries(other.entries_);
    BecomeDenseIfFull();
    return Status::OK();
  }
  if (index_bits_ != other.index_bits_) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("Cannot merge sketches of {} and {} buckets",
                                 BucketsOf(index_bits_), BucketsOf(other.index_bits_)));
  }
  const std::vector<uint8_t> theirs = other.DenseValues();
  BecomeDense();
  for (size_t i = 0; i < values_.size(); ++i) {
    values_[i] = std::max(values_[i], theirs[i]);
  }
  return Status::OK();
}

int64_t HyperLogLog::Estimate() const {
  if (!is_sparse()) {
    return EstimateDense();
  }
  const auto all = static_cast<double>(size_t{1} << kPrefixBits);
  return Rounded(FromEmptyBuckets(all - static_cast<double>(entries_.size()), all));
}

int64_t HyperLogLog::EstimateDense() const {
  const auto buckets = static_cast<double>(values_.size());
  const auto empty = static_cast<double>(std::ranges::count(values_, 0));
  if (empty > kEmptyShareMin * buckets) {
    return Rounded(FromEmptyBuckets(empty, buckets));
  }
  double sum = 0;
  for (const uint8_t value : values_) {
    sum += std::ldexp(1.0, -value);
  }
  const double raw = AlphaOf(index_bits_) * buckets * buckets / sum;
  return Rounded(WithoutBias(raw, index_bits_));
}

}  // namespace tarn::engine
