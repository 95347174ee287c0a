// An estimate of how many different values there are, in the format that Trino keeps
// (HyperLogLog of the library Airlift): sketches go from one to the other as bytes.
//
//   ARROW_ASSIGN_OR_RAISE(auto sketch, HyperLogLog::Decode(bytes));
//   sketch.AddHash(hash);
//   sketch.Estimate();
//
// While there are few values, the first 26 bits of each hash are kept (sparse), later the
// longest run of zeros in each of 2^n buckets (dense). Bytes, lowest first:
//
//   sparse  2, n, number of entries (16 bits), entries (32 bits, ascending: 26 bits of
//   the
//           hash, 6 bits with the number of zeros after them)
//   dense   3, n, smallest value, values less it (4 bits each, first bucket in the high
//           bits), number of values over 15 (16 bits), their buckets (16 bits each), what
//           each is over 15 (8 bits)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/error.h"

namespace tarn::engine {

class HyperLogLog {
 public:
  static constexpr int kIndexBitsMax = 16;

  /// An empty sketch of 2^`index_bits` buckets, 1 to 16.
  explicit HyperLogLog(int index_bits);

  /// Errors: kInvalidArgument for bytes that are no such sketch.
  static Result<HyperLogLog> Decode(std::string_view bytes);
  std::string Encode() const;

  void AddHash(uint64_t hash);
  /// Errors: kInvalidArgument if one is dense and the other has other buckets.
  Status MergeWith(const HyperLogLog& other);
  int64_t Estimate() const;

  int index_bits() const { return index_bits_; }
  bool is_sparse() const { return values_.empty(); }

 private:
  static Result<HyperLogLog> DecodeSparse(int index_bits, std::string_view bytes);
  static Result<HyperLogLog> DecodeDense(int index_bits, std::string_view bytes);
  std::string EncodeSparse() const;
  std::string EncodeDense() const;
  void AddEntry(uint32_t entry);
  void MergeEntries(const std::vector<uint32_t>& others);
  /// Once entries would take more memory than buckets.
  void BecomeDenseIfFull();
  void BecomeDense();
  /// The values of the buckets, of a sparse sketch too.
  std::vector<uint8_t> DenseValues() const;
  int64_t EstimateDense() const;

  int index_bits_;
  std::vector<uint32_t> entries_;  // sparse: ascending, one for each first 26 bits
  size_t entries_capacity_ = 1;    // as Airlift's array of them has grown
  std::vector<uint8_t> values_;    // dense: one for each bucket
};

}  // namespace tarn::engine
