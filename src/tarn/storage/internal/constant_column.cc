#include "tarn/storage/internal/constant_column.h"

#include <string>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"
#include "tarn/storage/arrow_schema.h"

namespace tarn::storage {
namespace {

using iceberg::Type;
using iceberg::TypeId;
using iceberg::Value;

bool IsTimestamp(TypeId id) {
  return id == TypeId::kTimestamp || id == TypeId::kTimestampTz ||
         id == TypeId::kTimestampNs || id == TypeId::kTimestampTzNs;
}

/// The type that a value of `type` had before `type` was promoted to what it is.
Type OldTypeOf(const Type& type, const Value& value) {
  if (std::holds_alternative<int32_t>(value)) {
    if (type.id() == TypeId::kLong) {
      return Type::Int();
    }
    if (IsTimestamp(type.id())) {
      return Type::Date();
    }
  }
  if (std::holds_alternative<float>(value) && type.id() == TypeId::kDouble) {
    return Type::Float();
  }
  return type;
}

arrow::Decimal128 ToDecimal128(iceberg::int128_t value) {
  return {static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)};
}

std::shared_ptr<arrow::Scalar> BytesScalar(std::shared_ptr<arrow::DataType> type,
                                           const std::string& bytes) {
  auto buffer = arrow::Buffer::FromString(bytes);
  switch (type->id()) {
    case arrow::Type::STRING:
      return std::make_shared<arrow::StringScalar>(std::move(buffer));
    case arrow::Type::BINARY:
      return std::make_shared<arrow::BinaryScalar>(std::move(buffer));
    case arrow::Type::FIXED_SIZE_BINARY: {
      const auto& fixed = static_cast<const arrow::FixedSizeBinaryType&>(*type);
      if (static_cast<size_t>(fixed.byte_width()) != bytes.size()) {
        return nullptr;
      }
      return std::make_shared<arrow::FixedSizeBinaryScalar>(std::move(buffer),
                                                            std::move(type));
    }
    default:
      return nullptr;
  }
}

/// nullptr if the value is not one of the type.
std::shared_ptr<arrow::Scalar> TypedScalar(std::shared_ptr<arrow::DataType> type,
                                           const Value& value) {
  const auto* as_int = std::get_if<int32_t>(&value);
  const auto* as_long = std::get_if<int64_t>(&value);
  switch (type->id()) {
    case arrow::Type::BOOL:
      return std::holds_alternative<bool>(value)
                 ? std::make_shared<arrow::BooleanScalar>(std::get<bool>(value))
                 : nullptr;
    case arrow::Type::INT32:
      return as_int == nullptr ? nullptr : std::make_shared<arrow::Int32Scalar>(*as_int);
    case arrow::Type::DATE32:
      return as_int == nullptr ? nullptr : std::make_shared<arrow::Date32Scalar>(*as_int);
    case arrow::Type::INT64:
      return as_long == nullptr ? nullptr
                                : std::make_shared<arrow::Int64Scalar>(*as_long);
    case arrow::Type::TIME64:
      return as_long == nullptr
                 ? nullptr
                 : std::make_shared<arrow::Time64Scalar>(*as_long, std::move(type));
    case arrow::Type::TIMESTAMP:
      return as_long == nullptr
                 ? nullptr
                 : std::make_shared<arrow::TimestampScalar>(*as_long, std::move(type));
    case arrow::Type::FLOAT:
      return std::holds_alternative<float>(value)
                 ? std::make_shared<arrow::FloatScalar>(std::get<float>(value))
                 : nullptr;
    case arrow::Type::DOUBLE:
      return std::holds_alternative<double>(value)
                 ? std::make_shared<arrow::DoubleScalar>(std::get<double>(value))
                 : nullptr;
    case arrow::Type::DECIMAL128:
      return std::holds_alternative<iceberg::int128_t>(value)
                 ? std::make_shared<arrow::Decimal128Scalar>(
                       ToDecimal128(std::get<iceberg::int128_t>(value)), std::move(type))
                 : nullptr;
    default:
      return std::holds_alternative<std::string>(value)
                 ? BytesScalar(std::move(type), std::get<std::string>(value))
                 : nullptr;
  }
}

}  // namespace

Result<std::shared_ptr<arrow::Scalar>> ScalarOf(const Type& type, const Value& value) {
  ARROW_ASSIGN_OR_RAISE(auto arrow_type, ArrowTypeOf(type));
  if (iceberg::IsNull(value)) {
    return arrow::MakeNullScalar(std::move(arrow_type));
  }
  Value promoted = value;
  if (const Type old = OldTypeOf(type, value); old.id() != type.id()) {
    ARROW_ASSIGN_OR_RAISE(promoted, iceberg::CastValue(old, type, value));
  }
  auto scalar = TypedScalar(std::move(arrow_type), promoted);
  if (scalar == nullptr) {
    return MakeError(ErrorCode::kTypeMismatch,
                     "A default or partition value is not of type " + type.ToString());
  }
  return scalar;
}

}  // namespace tarn::storage
