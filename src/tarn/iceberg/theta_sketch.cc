#include "tarn/iceberg/theta_sketch.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "tarn/base/byte_order.h"
#include "tarn/base/error.h"
#include "tarn/base/murmur3_x64.h"

namespace tarn::iceberg {

namespace {

constexpr size_t kNominalEntries = 4096;
constexpr uint64_t kSeed = 9001;
constexpr uint64_t kThetaMax = std::numeric_limits<int64_t>::max();
/// What an insertion leaves of theta once the sketch estimates (Alpha family).
constexpr double kAlpha = kNominalEntries / (kNominalEntries + 1.0);
constexpr size_t kFirstSlots = 32;
constexpr size_t kSlotsMax = 4 * kNominalEntries;
/// The Alpha family keeps some 4096 by itself, give or take 64: more than this is a run
/// of luck beyond belief.
constexpr size_t kEntriesMax = kNominalEntries + kNominalEntries / 2;

constexpr uint8_t kSerialVersion = 3;
constexpr uint8_t kCompactFamily = 3;
constexpr uint8_t kFlagBigEndian = 1;
constexpr uint8_t kFlagReadOnly = 2;
constexpr uint8_t kFlagEmpty = 4;
constexpr uint8_t kFlagCompact = 8;
constexpr uint8_t kFlagOrdered = 16;

Status Corrupt(const std::string& why) {
  return MakeError(ErrorCode::kInvalidData, "Corrupt theta sketch: " + why);
}

Status NotSupported(const std::string& why) {
  return MakeError(ErrorCode::kNotSupported, "Cannot read a theta sketch " + why);
}

/// Told in each sketch, so that those of different seeds are not mixed.
uint16_t SeedHash() {
  std::string seed;
  AppendLittle(kSeed, &seed);
  return static_cast<uint16_t>(Murmur3X64(seed)[0]);
}

size_t SlotOf(uint64_t hash, size_t num_slots) {
  return static_cast<size_t>(hash) & (num_slots - 1);
}

struct Preamble {
  size_t longs = 0;
  bool is_empty = false;
  bool is_ordered = false;
  uint64_t theta = kThetaMax;
  size_t entries = 0;
};

Result<Preamble> ReadPreamble(std::string_view bytes) {
  if (bytes.size() < 8) {
    return Corrupt("only " + std::to_string(bytes.size()) + " bytes");
  }
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (byte(1) != kSerialVersion) {
    return NotSupported("of serial version " + std::to_string(byte(1)));
  }
  if (byte(2) != kCompactFamily) {
    return NotSupported("that is not compact, but of family " + std::to_string(byte(2)));
  }
  const uint8_t flags = byte(5);
  if ((flags & kFlagBigEndian) != 0) {
    return NotSupported("in big-endian order");
  }
  Preamble preamble{.longs = size_t{byte(0)} & 0x3f,
                    .is_empty = (flags & kFlagEmpty) != 0,
                    .is_ordered = (flags & kFlagOrdered) != 0};
  if (preamble.longs < 1 || preamble.longs > 3 || bytes.size() < 8 * preamble.longs) {
    return Corrupt("a preamble of " + std::to_string(preamble.longs) + " longs in " +
                   std::to_string(bytes.size()) + " bytes");
  }
  if (!preamble.is_empty && LoadLittle<uint16_t>(bytes, 6) != SeedHash()) {
    return NotSupported("of a seed that is not the default one");
  }
  if (preamble.longs == 1) {
    preamble.entries = preamble.is_empty ? 0 : 1;
  } else {
    preamble.entries = LoadLittle<uint32_t>(bytes, 8);
  }
  if (preamble.longs == 3) {
    preamble.theta = LoadLittle<uint64_t>(bytes, 16);
  }
  if (preamble.theta == 0 || preamble.theta > kThetaMax) {
    return Corrupt("theta is out of range");
  }
  if (bytes.size() - 8 * preamble.longs != 8 * preamble.entries) {
    return Corrupt(std::to_string(preamble.entries) + " entries in " +
                   std::to_string(bytes.size()) + " bytes");
  }
  // Exact and without entries it has seen nothing, whatever the flag says.
  preamble.is_empty |= preamble.entries == 0 && preamble.theta == kThetaMax;
  return preamble;
}

}  // namespace

ThetaSketch::ThetaSketch() : slots_(kFirstSlots), theta_(kThetaMax) {}

void ThetaSketch::Update(std::string_view value_bytes) {
  if (value_bytes.empty()) {
    return;
  }
  is_empty_ = false;
  Insert(Murmur3X64(value_bytes, kSeed)[0] >> 1);
}

bool ThetaSketch::Contains(uint64_t hash) const {
  for (size_t i = SlotOf(hash, slots_.size()); slots_[i] != 0;
       i = (i + 1) & (slots_.size() - 1)) {
    if (slots_[i] == hash) {
      return true;
    }
  }
  return false;
}

void ThetaSketch::Place(uint64_t hash) {
  size_t i = SlotOf(hash, slots_.size());
  while (slots_[i] != 0) {
    i = (i + 1) & (slots_.size() - 1);
  }
  slots_[i] = hash;
  ++used_;
}

void ThetaSketch::Insert(uint64_t hash) {
  if (hash == 0 || hash >= theta_ || Contains(hash)) {
    return;
  }
  if (2 * (used_ + 1) > slots_.size()) {
    Shrink();
    if (hash >= theta_) {
      return;
    }
  }
  Place(hash);
  if (is_alpha_ && (theta_ < kThetaMax || used_ > kNominalEntries)) {
    theta_ = static_cast<uint64_t>(static_cast<double>(theta_) * kAlpha);
  }
}

std::vector<uint64_t> ThetaSketch::Retained() const {
  std::vector<uint64_t> hashes;
  hashes.reserve(used_);
  std::ranges::copy_if(slots_, std::back_inserter(hashes),
                       [this](uint64_t hash) { return hash != 0 && hash < theta_; });
  return hashes;
}

void ThetaSketch::Rebuild(const std::vector<uint64_t>& kept) {
  size_t num_slots = kFirstSlots;
  while (num_slots < 4 * kept.size() && num_slots < kSlotsMax) {
    num_slots *= 2;
  }
  slots_.assign(num_slots, 0);
  used_ = 0;
  for (const uint64_t hash : kept) {
    Place(hash);
  }
}

void ThetaSketch::Shrink() {
  std::vector<uint64_t> kept = Retained();
  const bool is_crowded = kept.size() > kEntriesMax;
  if (kept.size() > kNominalEntries && (is_crowded || !is_alpha_)) {
    const auto last = kept.begin() + kNominalEntries;
    std::ranges::nth_element(kept, last);
    theta_ = *last;
    kept.erase(last, kept.end());
  }
  Rebuild(kept);
}

void ThetaSketch::Union(const ThetaSketch& other) {
  if (other.is_empty_) {
    return;
  }
  is_alpha_ = false;
  is_empty_ = false;
  theta_ = std::min(theta_, other.theta_);
  for (const uint64_t hash : other.Retained()) {
    Insert(hash);
  }
  Shrink();
}

double ThetaSketch::Estimate() const {
  const double of_all = static_cast<double>(kThetaMax) / static_cast<double>(theta_);
  if (is_alpha_ && theta_ < kThetaMax) {
    return kNominalEntries * of_all;
  }
  return static_cast<double>(Retained().size()) * of_all;
}

std::string ThetaSketch::Serialize() const {
  std::vector<uint64_t> hashes = Retained();
  std::ranges::sort(hashes);
  const bool is_estimating = theta_ < kThetaMax;
  const uint8_t longs = is_estimating ? 3 : hashes.size() <= 1 ? 1 : 2;
  uint8_t flags = kFlagReadOnly | kFlagCompact | kFlagOrdered;
  if (is_empty_) {
    flags |= kFlagEmpty;
  }
  std::string bytes;
  bytes.reserve(8 * (longs + hashes.size()));
  AppendLittle(longs, &bytes);
  AppendLittle(kSerialVersion, &bytes);
  AppendLittle(kCompactFamily, &bytes);
  AppendLittle(uint16_t{0}, &bytes);  // sizes of a hash table, which this is not
  AppendLittle(flags, &bytes);
  AppendLittle(SeedHash(), &bytes);
  if (longs > 1) {
    AppendLittle(static_cast<uint32_t>(hashes.size()), &bytes);
    AppendLittle(uint32_t{0}, &bytes);
  }
  if (is_estimating) {
    AppendLittle(theta_, &bytes);
  }
  for (const uint64_t hash : hashes) {
    AppendLittle(hash, &bytes);
  }
  return bytes;
}

Result<ThetaSketch> ThetaSketch::Deserialize(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const Preamble preamble, ReadPreamble(bytes));
  std::vector<uint64_t> hashes;
  hashes.reserve(preamble.entries);
  for (size_t i = 0; i < preamble.entries; ++i) {
    const auto hash = LoadLittle<uint64_t>(bytes, 8 * (preamble.longs + i));
    if (hash == 0 || hash >= preamble.theta) {
      return Corrupt("entry " + std::to_string(i) + " is not below theta");
    }
    if (preamble.is_ordered && i > 0 && hash <= hashes.back()) {
      return Corrupt("entries are out of order");
    }
    hashes.push_back(hash);
  }
  std::ranges::sort(hashes);
  if (std::ranges::adjacent_find(hashes) != hashes.end()) {
    return Corrupt("an entry is there twice");
  }
  ThetaSketch sketch;
  sketch.is_alpha_ = false;
  sketch.is_empty_ = preamble.is_empty && hashes.empty();
  sketch.theta_ = preamble.theta;
  if (hashes.size() > kEntriesMax) {
    // From a sketch with more nominal entries: the smallest tell as much as ours would.
    sketch.theta_ = hashes[kNominalEntries];
    hashes.resize(kNominalEntries);
  }
  sketch.Rebuild(hashes);
  return sketch;
}

}  // namespace tarn::iceberg
