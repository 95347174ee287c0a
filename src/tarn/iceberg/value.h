// Values of primitive types: order, text, bytes and JSON (spec: Appendix D, Single-value
// serialization).
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg {

/// Orders two non-null values of the same `type` as the spec orders bounds: strings and
/// binaries by unsigned bytes (= code points), -0.0 before +0.0, NaN after everything.
std::strong_ordering CompareValues(const Type& type, const Value& left,
                                   const Value& right);

/// For hash containers keyed by values of one type: as CompareValues, so NaN is itself
/// and -0.0 is not +0.0; null equals null. (== on Value follows IEEE: NaN differs from
/// itself.)
struct ValueEquals {
  bool operator()(const Value& left, const Value& right) const;
};
struct ValueHash {
  size_t operator()(const Value& value) const;
};

/// The binary single-value serialization; `value` must not be null and must fit `type`.
std::string ValueToBytes(const Type& type, const Value& value);

/// Reads a bound of a column that is `type` today. Narrower bytes of a type that was
/// promoted (int→long, float→double, date→timestamp) are widened, and an 8-byte bound of
/// an int column is accepted if it fits. Errors: kInvalidData.
Result<Value> ValueFromBytes(const Type& type, std::string_view bytes);

/// Text for people and for partition paths before escaping: ISO dates and times, decimals
/// with their scale, uuid in canonical form, binary as base64; null is "null".
std::string ValueToString(const Type& type, const Value& value);

/// JSON single-value serialization (spec: Appendix D), as JSON text; null is "null".
std::string ValueToJson(const Type& type, const Value& value);
/// Errors: kInvalidData.
Result<Value> ValueFromJson(const Type& type, std::string_view json);

/// A literal written by a person ("2024-01-31", "1.50", "true") as a value of `type`;
/// binary is base64, as ValueToString gives it. A timestamptz without a zone is taken as
/// UTC. Errors: kInvalidArgument.
Result<Value> ValueFromString(const Type& type, std::string_view text);

/// `value` of `from` as a value of `to`, if it can be held without loss (int→long,
/// float→double, decimal widening, date→timestamp, string→date/time/timestamp/uuid…).
/// Errors: kTypeMismatch.
Result<Value> CastValue(const Type& from, const Type& to, const Value& value);

/// The minimal two's-complement big-endian bytes of `unscaled`, and back (at most 16
/// bytes).
std::string DecimalToBytes(int128_t unscaled);
Result<int128_t> DecimalFromBytes(std::string_view bytes);
std::string DecimalToString(int128_t unscaled, int32_t scale);
/// Bytes needed to hold every unscaled value of `precision` digits (fixed_len_byte_array,
/// Avro fixed).
int32_t DecimalRequiredBytes(int32_t precision);

}  // namespace tarn::iceberg
