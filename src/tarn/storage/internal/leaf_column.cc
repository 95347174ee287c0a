#include "tarn/storage/internal/leaf_column.h"

#include <string>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::TypeId;
using iceberg::Value;

bool FindPath(const std::vector<Field>& fields, iceberg::FieldId id,
              std::vector<int>* path) {
  for (size_t i = 0; i < fields.size(); ++i) {
    path->push_back(static_cast<int>(i));
    if (fields[i].id == id) {
      return true;
    }
    if (fields[i].type.id() == TypeId::kStruct &&
        FindPath(fields[i].type.fields(), id, path)) {
      return true;
    }
    path->pop_back();
  }
  return false;
}

/// Decimal128's two words as one number.
iceberg::int128_t ToInt128(const arrow::Decimal128& value) {
  return (static_cast<iceberg::int128_t>(value.high_bits()) << 64) |
         static_cast<iceberg::int128_t>(value.low_bits());
}

template <typename ArrayType>
Value Typed(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).Value(row);
}

}  // namespace

std::vector<int> LeafPath(const std::vector<Field>& fields, iceberg::FieldId id) {
  std::vector<int> path;
  FindPath(fields, id, &path);
  return path;
}

Result<std::shared_ptr<arrow::Array>> LeafColumn(const arrow::RecordBatch& batch,
                                                 const std::vector<int>& path) {
  std::shared_ptr<arrow::Array> column = batch.column(path[0]);
  for (size_t i = 1; i < path.size(); ++i) {
    const auto& parent = static_cast<const arrow::StructArray&>(*column);
    ARROW_ASSIGN_OR_RAISE(column, parent.GetFlattenedField(path[i]));
  }
  return column;
}

Value ValueAt(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) {
    return {};
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return Typed<arrow::BooleanArray>(array, row);
    case arrow::Type::INT32:
      return Typed<arrow::Int32Array>(array, row);
    case arrow::Type::DATE32:
      return Typed<arrow::Date32Array>(array, row);
    case arrow::Type::INT64:
      return Typed<arrow::Int64Array>(array, row);
    case arrow::Type::TIME64:
      return Typed<arrow::Time64Array>(array, row);
    case arrow::Type::TIMESTAMP:
      return Typed<arrow::TimestampArray>(array, row);
    case arrow::Type::FLOAT:
      return Typed<arrow::FloatArray>(array, row);
    case arrow::Type::DOUBLE:
      return Typed<arrow::DoubleArray>(array, row);
    case arrow::Type::DECIMAL128:
      return ToInt128(arrow::Decimal128(
          static_cast<const arrow::Decimal128Array&>(array).GetValue(row)));
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return std::string(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case arrow::Type::FIXED_SIZE_BINARY:
      return std::string(
          static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row));
    default:
      return {};
  }
}

}  // namespace tarn::storage
