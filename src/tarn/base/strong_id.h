// Integers that cannot be swapped by mistake, with no tag to get wrong:
//   struct SnapshotId : StrongId<SnapshotId, int64_t> {};
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace tarn {

template <typename Self, typename Rep>
struct StrongId {
  Rep value{};
  auto operator<=>(const StrongId&) const = default;
};

/// Hash for unordered containers keyed by a strong id: std::unordered_map<SnapshotId, T,
/// HashId>.
struct HashId {
  template <typename Id>
  size_t operator()(const Id& id) const {
    return std::hash<decltype(id.value)>{}(id.value);
  }
};

}  // namespace tarn
