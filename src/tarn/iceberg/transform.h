// Partition transforms (spec: Partition Transforms, Appendix B hash rules).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg {

struct Identity {
  bool operator==(const Identity&) const = default;
};
struct Bucket {
  int32_t num_buckets;
  bool operator==(const Bucket&) const = default;
};
struct Truncate {
  int32_t width;
  bool operator==(const Truncate&) const = default;
};
struct Year {
  bool operator==(const Year&) const = default;
};
struct Month {
  bool operator==(const Month&) const = default;
};
struct Day {
  bool operator==(const Day&) const = default;
};
struct Hour {
  bool operator==(const Hour&) const = default;
};
struct Void {
  bool operator==(const Void&) const = default;
};
/// A transform that a later version of the spec knows: kept as text, never evaluated,
/// never pruned by.
struct UnknownTransform {
  std::string text;
  bool operator==(const UnknownTransform&) const = default;
};

using Transform = std::variant<Identity, Bucket, Truncate, Year, Month, Day, Hour, Void,
                               UnknownTransform>;

/// The spec's text: "identity", "bucket[16]", "truncate[4]", "day", "void", …
std::string TransformToString(const Transform& transform);
/// Unknown text gives UnknownTransform; a known name with a bad argument ("bucket[0]") is
/// kInvalidData.
Result<Transform> TransformFromString(std::string_view text);

/// True if `source` values can be transformed (spec's table of source types).
bool CanTransform(const Transform& transform, const Type& source);
/// Type of the partition value. day gives date (readers also accept int). Precondition:
/// CanTransform.
Type ResultType(const Transform& transform, const Type& source);

/// The partition value of `value`; null in, null out (void: always null). Thread-safe, no
/// allocation except for strings. Precondition: CanTransform.
Value ApplyTransform(const Transform& transform, const Type& source, const Value& value);

/// "2017-11-16" for day, "2017-11" for month, "2017-11-16-22" for hour: text of a
/// partition value as Java writes it in paths (before URL escaping); null is "null".
std::string PartitionValueToString(const Transform& transform, const Type& source,
                                   const Value& partition_value);

/// True if the transform keeps order: a < b implies T(a) <= T(b).
bool PreservesOrder(const Transform& transform);

/// murmur3_x86_32 with seed 0.
uint32_t Murmur3(std::string_view bytes);
/// The 32-bit hash that bucket uses, before the modulus. `value` not null; Precondition:
/// CanTransform(Bucket, type).
int32_t HashValue(const Type& type, const Value& value);

}  // namespace tarn::iceberg
