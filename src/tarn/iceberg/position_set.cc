#include "tarn/iceberg/position_set.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/position_set_impl.h"

namespace tarn::iceberg {

using internal::Roaring;

namespace {

constexpr int64_t kLowValues = int64_t{1} << 32;
/// Positions end here: signed readers keep the upper half in an int that never is the
/// highest one.
constexpr int64_t kPositionsEnd = int64_t{0x7fffffff} << 32;

uint32_t High(int64_t position) { return static_cast<uint32_t>(position >> 32); }
uint32_t Low(int64_t position) { return static_cast<uint32_t>(position); }

/// The library answers nullptr when memory is out.
Roaring Checked(roaring_bitmap_t* bitmap) {
  TARN_CHECK(bitmap != nullptr);
  return Roaring(bitmap);
}

/// The part of [begin, end) with this upper half, as [first, second) of its lower halves.
std::pair<uint64_t, uint64_t> LowRange(uint32_t high, int64_t begin, int64_t end) {
  const int64_t base = static_cast<int64_t>(high) << 32;
  return {static_cast<uint64_t>(std::max(begin - base, int64_t{0})),
          static_cast<uint64_t>(std::min(end - base, kLowValues))};
}

/// Writes first, first + 1, … below `end`.
uint32_t* Fill(uint32_t first, uint32_t end, uint32_t* out) {
  const uint32_t count = end - first;
  for (uint32_t i = 0; i < count; ++i) {
    out[i] = first + i;
  }
  return out + count;
}

}  // namespace

std::vector<PositionSet::Impl::Part>::const_iterator PositionSet::Impl::LowerBound(
    uint32_t high) const {
  return std::ranges::lower_bound(parts, high, {}, &Part::high);
}

const roaring_bitmap_t* PositionSet::Impl::Find(uint32_t high) const {
  const auto found = LowerBound(high);
  return found == parts.end() || found->high != high ? nullptr : found->low.get();
}

roaring_bitmap_t* PositionSet::Impl::Make(uint32_t high) {
  if (!parts.empty() && parts.back().high == high) {
    return parts.back().low.get();
  }
  auto found = LowerBound(high);
  if (found == parts.end() || found->high != high) {
    found = parts.insert(found, Part{high, Checked(roaring_bitmap_create())});
  }
  return found->low.get();
}

PositionSet::PositionSet() : impl_(std::make_unique<Impl>()) {}
PositionSet::~PositionSet() = default;

PositionSet::PositionSet(const PositionSet& other) : PositionSet() { *this = other; }

PositionSet& PositionSet::operator=(const PositionSet& other) {
  if (this != &other) {
    auto copy = std::make_unique<Impl>();
    copy->parts.reserve(other.impl_->parts.size());
    for (const Impl::Part& part : other.impl_->parts) {
      copy->parts.push_back({part.high, Checked(roaring_bitmap_copy(part.low.get()))});
    }
    impl_ = std::move(copy);
  }
  return *this;
}

// A set that was moved from is empty, not broken.
PositionSet::PositionSet(PositionSet&& other) noexcept : PositionSet() {
  std::swap(impl_, other.impl_);
}

PositionSet& PositionSet::operator=(PositionSet&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

void PositionSet::Add(int64_t position) {
  if (position >= 0 && position < kPositionsEnd) {
    roaring_bitmap_add(impl_->Make(High(position)), Low(position));
  }
}

void PositionSet::AddRange(int64_t begin, int64_t end) {
  begin = std::max(begin, int64_t{0});
  end = std::min(end, kPositionsEnd);
  while (begin < end) {
    const uint32_t high = High(begin);
    const auto [low, low_end] = LowRange(high, begin, end);
    roaring_bitmap_add_range_closed(impl_->Make(high), static_cast<uint32_t>(low),
                                    static_cast<uint32_t>(low_end - 1));
    begin = (static_cast<int64_t>(high) + 1) << 32;
  }
}

void PositionSet::Union(const PositionSet& other) {
  if (this == &other) {
    return;
  }
  for (const Impl::Part& part : other.impl_->parts) {
    roaring_bitmap_or_inplace(impl_->Make(part.high), part.low.get());
  }
}

bool PositionSet::Contains(int64_t position) const {
  if (position < 0) {
    return false;
  }
  const roaring_bitmap_t* bitmap = impl_->Find(High(position));
  return bitmap != nullptr && roaring_bitmap_contains(bitmap, Low(position));
}

int64_t PositionSet::size() const {
  int64_t sum = 0;
  for (const Impl::Part& part : impl_->parts) {
    sum += static_cast<int64_t>(roaring_bitmap_get_cardinality(part.low.get()));
  }
  return sum;
}

int64_t PositionSet::CountInRange(int64_t begin, int64_t end) const {
  begin = std::max(begin, int64_t{0});
  if (begin >= end) {
    return 0;
  }
  int64_t sum = 0;
  for (auto part = impl_->LowerBound(High(begin));
       part != impl_->parts.end() && part->high <= High(end - 1); ++part) {
    const auto [low, low_end] = LowRange(part->high, begin, end);
    sum += static_cast<int64_t>(
        roaring_bitmap_rank(part->low.get(), static_cast<uint32_t>(low_end - 1)));
    if (low > 0) {
      sum -= static_cast<int64_t>(
          roaring_bitmap_rank(part->low.get(), static_cast<uint32_t>(low - 1)));
    }
  }
  return sum;
}

uint32_t PositionSet::SelectAbsent(int64_t begin, uint32_t count,
                                   uint32_t* absent) const {
  const int64_t end = begin + count;
  uint32_t* out = absent;
  uint32_t next = 0;  // the first that is not decided yet, counted from `begin`
  const uint32_t high_end = High(end - 1);
  for (auto part = impl_->LowerBound(High(begin));
       count > 0 && part != impl_->parts.end() && part->high <= high_end; ++part) {
    const auto [low, low_end] = LowRange(part->high, begin, end);
    const int64_t base = (static_cast<int64_t>(part->high) << 32) - begin;
    roaring_uint32_iterator_t at;
    roaring_init_iterator(part->low.get(), &at);
    if (!roaring_move_uint32_iterator_equalorlarger(&at, static_cast<uint32_t>(low))) {
      continue;
    }
    while (at.has_value && at.current_value < low_end) {
      const auto present = static_cast<uint32_t>(base + at.current_value);
      out = Fill(next, present, out);
      next = present + 1;
      roaring_advance_uint32_iterator(&at);
    }
  }
  out = Fill(next, count, out);
  return static_cast<uint32_t>(out - absent);
}

void PositionSet::ForEach(const std::function<void(int64_t position)>& visit) const {
  std::array<uint32_t, 512> chunk;
  for (const Impl::Part& part : impl_->parts) {
    const int64_t base = static_cast<int64_t>(part.high) << 32;
    roaring_uint32_iterator_t at;
    roaring_init_iterator(part.low.get(), &at);
    for (;;) {
      const uint32_t read = roaring_read_uint32_iterator(
          &at, chunk.data(), static_cast<uint32_t>(chunk.size()));
      for (uint32_t i = 0; i < read; ++i) {
        visit(base + chunk[i]);
      }
      if (read < chunk.size()) {
        break;
      }
    }
  }
}

size_t PositionSet::memory_bytes() const {
  constexpr size_t kContainerBytes = 32;  // its header, key, type and pointer
  size_t sum = sizeof(PositionSet) + sizeof(Impl);
  for (const Impl::Part& part : impl_->parts) {
    roaring_statistics_t facts;
    roaring_bitmap_statistics(part.low.get(), &facts);
    sum += sizeof(Impl::Part) + sizeof(roaring_bitmap_t) +
           facts.n_containers * kContainerBytes + facts.n_bytes_array_containers +
           facts.n_bytes_run_containers + facts.n_bytes_bitset_containers;
  }
  return sum;
}

bool PositionSet::operator==(const PositionSet& other) const {
  return std::ranges::equal(
      impl_->parts, other.impl_->parts, [](const Impl::Part& a, const Impl::Part& b) {
        return a.high == b.high && roaring_bitmap_equals(a.low.get(), b.low.get());
      });
}

}  // namespace tarn::iceberg
