// Positions of rows in one data file: what position deletes, deletion vectors and applied
// equality deletes come down to (spec: Delete Formats).
//
//   PositionSet deleted;
//   deleted.Add(7);
//   const uint32_t kept = deleted.SelectAbsent(0, 2048, selection);
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::iceberg {

/// A set of positions in [0, 2^63 - 2^32), compressed (64-bit Roaring). Positions outside
/// are no row's: adding them changes nothing. Reading from many threads is safe once
/// nobody changes it.
class PositionSet {
 public:
  PositionSet();
  ~PositionSet();
  PositionSet(const PositionSet& other);
  PositionSet& operator=(const PositionSet& other);
  PositionSet(PositionSet&&) noexcept;
  PositionSet& operator=(PositionSet&&) noexcept;

  void Add(int64_t position);
  /// All of [begin, end).
  void AddRange(int64_t begin, int64_t end);
  void Union(const PositionSet& other);

  bool Contains(int64_t position) const;
  int64_t size() const;
  bool empty() const { return size() == 0; }
  /// How many positions of [begin, end) are in the set.
  int64_t CountInRange(int64_t begin, int64_t end) const;
  /// Writes each i of [0, count) for which begin + i is not in the set, ascending, to
  /// `absent`, which has room for `count`; returns how many.
  uint32_t SelectAbsent(int64_t begin, uint32_t count, uint32_t* absent) const;
  /// Ascending.
  void ForEach(const std::function<void(int64_t position)>& visit) const;
  size_t memory_bytes() const;

  bool operator==(const PositionSet& other) const;

 private:
  friend std::string DeletionVectorToBlob(const PositionSet& positions);
  friend Result<PositionSet> DeletionVectorFromBlob(std::string_view blob);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The bytes of a `deletion-vector-v1` blob: length, magic, portable 64-bit Roaring,
/// CRC-32 (spec: Puffin, deletion-vector-v1).
std::string DeletionVectorToBlob(const PositionSet& positions);
/// Every length, container and the checksum are checked before a byte is believed.
/// Errors: kInvalidData.
Result<PositionSet> DeletionVectorFromBlob(std::string_view blob);

}  // namespace tarn::iceberg
