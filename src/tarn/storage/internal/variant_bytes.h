// The binary encoding of variants (Parquet: Variant Binary Encoding), as far as shredded
// ones need it to be put together again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::storage {

/// Numbers of primitive types.
enum class VariantPrimitive : uint8_t {
  kNull = 0,
  kTrue = 1,
  kFalse = 2,
  kInt8 = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kDouble = 7,
  kDecimal4 = 8,
  kDecimal8 = 9,
  kDecimal16 = 10,
  kDate = 11,
  kTimestampTz = 12,
  kTimestamp = 13,
  kFloat = 14,
  kBinary = 15,
  kString = 16,
  kTime = 17,
  kTimestampTzNs = 18,
  kTimestampNs = 19,
  kUuid = 20,
};

/// The first byte of a primitive value.
inline char VariantHeader(VariantPrimitive type) {
  return static_cast<char>(static_cast<uint8_t>(type) << 2U);
}

/// Field names of a variant by their numbers, and back. Refers to the bytes it was made
/// from.
class VariantNames {
 public:
  /// Errors: kInvalidData.
  static Result<VariantNames> Parse(std::string_view metadata);

  size_t size() const { return names_.size(); }
  std::string_view operator[](size_t number) const { return names_[number]; }
  /// Errors: kInvalidData if the name is not there.
  Result<uint32_t> NumberOf(std::string_view name) const;

 private:
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, uint32_t> numbers_;
};

/// Fields of an object: number of the name, and value.
using VariantFields = std::vector<std::pair<uint32_t, std::string>>;

/// Length of the value that `bytes` begin with. Errors: kInvalidData if they end before
/// it does.
Result<size_t> VariantLength(std::string_view bytes);
/// Errors: kInvalidData if `value` is not an object.
Result<VariantFields> VariantObjectFields(std::string_view value);

/// An object of `fields`, whose numbers are of `names`; sorted here.
std::string VariantObject(VariantFields fields, const VariantNames& names);
std::string VariantArray(const std::vector<std::string>& elements);
std::string VariantString(std::string_view text);

}  // namespace tarn::storage
