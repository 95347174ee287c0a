// Theta sketches of Apache DataSketches: how many distinct values a column has, in a few
// kilobytes, mergeable (spec: Puffin, apache-datasketches-theta-v1).
//
//   ThetaSketch sketch;
//   sketch.Update(ValueToBytes(type, value));
//   blob.properties["ndv"] = std::to_string(std::llround(sketch.Estimate()));
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::iceberg {

/// An update sketch of the Alpha family, with 4096 nominal entries and the default seed.
/// A sketch that another was merged into goes on by the rules of a union: the smallest
/// hashes stay. Thread-compatible.
class ThetaSketch {
 public:
  ThetaSketch();

  /// Counts a value, given as its single-value serialization. Empty bytes are not
  /// counted, as in the reference implementation.
  void Update(std::string_view value_bytes);
  /// Counts all that `other` counted.
  void Union(const ThetaSketch& other);

  /// Exact up to 4096 distinct values, then with a standard error below 1.6 %.
  double Estimate() const;
  bool empty() const { return is_empty_; }

  /// The compact ordered form, serial version 3: at most some 36 KB.
  std::string Serialize() const;
  /// Reads the compact form, ordered or not, serial version 3. Errors: kInvalidData,
  /// kNotSupported for other versions, families and seeds.
  static Result<ThetaSketch> Deserialize(std::string_view bytes);

 private:
  bool Contains(uint64_t hash) const;
  void Insert(uint64_t hash);
  /// Puts `hash`, which is not there yet, into its slot.
  void Place(uint64_t hash);
  /// Makes room: drops what theta excludes, and keeps the smallest once there are too
  /// many.
  void Shrink();
  /// Those that theta includes, in no order.
  std::vector<uint64_t> Retained() const;
  /// Keeps `kept`, in a table of its size.
  void Rebuild(const std::vector<uint64_t>& kept);

  std::vector<uint64_t> slots_;  // hashes, 0 where free; a power of two of them
  size_t used_ = 0;              // slots, those that theta excludes among them
  uint64_t theta_;               // of 2^63; hashes below are kept
  bool is_alpha_ = true;
  bool is_empty_ = true;  // nothing was ever counted
};

}  // namespace tarn::iceberg
