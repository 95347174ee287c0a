// Single values in all three encodings: whatever is accepted must be written so that it
// reads back.
#include <array>
#include <cstdint>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/iceberg/bounds.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

const std::array<Type, 18>& Types() {
  static const std::array<Type, 18> kTypes = {
      Type::Boolean(),     Type::Int(),           Type::Long(),
      Type::Float(),       Type::Double(),        Type::Date(),
      Type::Time(),        Type::Timestamp(),     Type::TimestampTz(),
      Type::TimestampNs(), Type::TimestampTzNs(), Type::String(),
      Type::Uuid(),        Type::Fixed(4),        Type::Binary(),
      Type::Decimal(9, 2), Type::Decimal(38, 0),  Type::Unknown()};
  return kTypes;
}

void CheckBytes(const Type& type, std::string_view input) {
  const Result<Value> value = ValueFromBytes(type, input);
  if (!value.ok()) {
    return;
  }
  const Result<Value> again = ValueFromBytes(type, ValueToBytes(type, *value));
  TARN_CHECK(again.ok() && ValueEquals{}(*again, *value));
  TARN_CHECK(CompareValues(type, *again, *value) == 0);
  // Text of any value must come out, though binary as a string need not be readable text.
  TARN_CHECK(!ValueToJson(type, *value).empty());
  ValueToString(type, *value);
}

void CheckText(const Type& type, std::string_view input) {
  const Result<Value> value = ValueFromString(type, input);
  if (!value.ok()) {
    return;
  }
  const Result<Value> again = ValueFromString(type, ValueToString(type, *value));
  TARN_CHECK(again.ok() && ValueEquals{}(*again, *value));
  for (const Type& to : Types()) {
    const Result<Value> cast = CastValue(type, to, *value);
    if (!cast.ok()) {
      continue;
    }
    const Result<Value> back = CastValue(to, type, *cast);
    TARN_CHECK(!back.ok() || *back == *value || ValueEquals{}(*back, *value));
  }
}

void CheckJson(const Type& type, std::string_view input) {
  const Result<Value> value = ValueFromJson(type, input);
  if (!value.ok()) {
    return;
  }
  const Result<Value> again = ValueFromJson(type, ValueToJson(type, *value));
  TARN_CHECK(again.ok() && ValueEquals{}(*again, *value));
}

void CheckBounds(std::string_view input) {
  const std::string text(input);
  for (const int32_t length : {1, 2, 16}) {
    TARN_CHECK(TruncatedLowerString(text, length) <= text);
    const auto upper = TruncatedUpperString(text, length);
    TARN_CHECK(!upper || *upper >= text);
    const auto upper_bytes = TruncatedUpperBinary(text, length);
    TARN_CHECK(!upper_bytes || *upper_bytes >= text);
  }
}

void CheckTerms(std::string_view input) {
  const Result<Type> type = PrimitiveTypeFromString(input);
  if (type.ok()) {
    TARN_CHECK(*PrimitiveTypeFromString(type->ToString()) == *type);
  }
  const Result<Transform> transform = TransformFromString(input);
  if (transform.ok()) {
    TARN_CHECK(*TransformFromString(TransformToString(*transform)) == *transform);
  }
  const Result<PartitionTerm> term = ParsePartitionTerm(input);
  if (term.ok()) {
    TARN_CHECK(!term->column.empty());
  }
}

}  // namespace
}  // namespace tarn::iceberg

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto& types = tarn::iceberg::Types();
  const tarn::iceberg::Type& type = types[data[0] % types.size()];
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  tarn::iceberg::CheckBytes(type, input);
  tarn::iceberg::CheckText(type, input);
  tarn::iceberg::CheckJson(type, input);
  tarn::iceberg::CheckBounds(input);
  tarn::iceberg::CheckTerms(input);
  return 0;
}
