// What a PositionSet is made of: a 32-bit Roaring bitmap for each upper half of its
// positions that has any.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <roaring/roaring.h>

#include "tarn/iceberg/position_set.h"

namespace tarn::iceberg {

namespace internal {

struct FreeRoaring {
  void operator()(roaring_bitmap_t* bitmap) const { roaring_bitmap_free(bitmap); }
};
using Roaring = std::unique_ptr<roaring_bitmap_t, FreeRoaring>;

}  // namespace internal

struct PositionSet::Impl {
  struct Part {
    uint32_t high = 0;
    internal::Roaring low;  // never empty
  };

  /// The part of `high`, made if it is missing.
  roaring_bitmap_t* Make(uint32_t high);
  /// nullptr if there is none.
  const roaring_bitmap_t* Find(uint32_t high) const;
  /// The first part whose upper half is not below `high`.
  std::vector<Part>::const_iterator LowerBound(uint32_t high) const;

  std::vector<Part> parts;  // ascending by upper half; almost always one
};

}  // namespace tarn::iceberg
