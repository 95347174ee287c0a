#include "tarn/table/maintenance/internal/column_sketch.h"

#include <cstring>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"

namespace tarn::table::internal {
namespace {

using iceberg::TypeId;

/// Bytes of a value as Arrow and the single-value serialization both have it, little
/// endian; 0 for other types.
size_t FixedWidth(const iceberg::Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kFloat:
    case TypeId::kDate:
      return 4;
    case TypeId::kLong:
    case TypeId::kDouble:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return 8;
    default:
      return 0;
  }
}

}  // namespace

bool CanSketch(const iceberg::Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
    case TypeId::kDecimal:
    case TypeId::kString:
    case TypeId::kUuid:
    case TypeId::kFixed:
    case TypeId::kBinary:
      return true;
    default:
      return FixedWidth(type) > 0;
  }
}

Status ColumnSketch::Update(const arrow::RecordBatch& batch) {
  std::shared_ptr<arrow::Array> array = batch.column(path_.front());
  for (size_t i = 1; i < path_.size(); ++i) {
    const auto* parent = dynamic_cast<const arrow::StructArray*>(array.get());
    if (parent == nullptr) {
      return MakeError(ErrorCode::kInternal, "A column to count is in no struct");
    }
    ARROW_ASSIGN_OR_RAISE(array, parent->GetFlattenedField(path_[i]));
  }
  const size_t width = FixedWidth(type_);
  if (width > 0) {
    UpdateFixed(*array, width);
  } else if (type_.id() == TypeId::kBoolean) {
    UpdateBooleans(*array);
  } else if (type_.id() == TypeId::kDecimal) {
    UpdateDecimals(*array);
  } else {
    UpdateBytes(*array);
  }
  return Status::OK();
}

void ColumnSketch::UpdateFixed(const arrow::Array& array, size_t width) {
  if (array.length() == 0 || array.data()->buffers[1] == nullptr) {
    return;
  }
  const char* values = reinterpret_cast<const char*>(array.data()->buffers[1]->data());
  for (int64_t i = 0; i < array.length(); ++i) {
    if (array.IsValid(i)) {
      const auto at = static_cast<size_t>(array.offset() + i) * width;
      sketch_.Update(std::string_view(values + at, width));
    }
  }
}

void ColumnSketch::UpdateBooleans(const arrow::Array& array) {
  const auto& values = static_cast<const arrow::BooleanArray&>(array);
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsValid(i)) {
      const char byte = values.Value(i) ? '\1' : '\0';
      sketch_.Update(std::string_view(&byte, 1));
    }
  }
}

void ColumnSketch::UpdateDecimals(const arrow::Array& array) {
  const auto& values = static_cast<const arrow::Decimal128Array&>(array);
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsValid(i)) {
      iceberg::int128_t unscaled = 0;
      std::memcpy(&unscaled, values.GetValue(i), sizeof(unscaled));
      sketch_.Update(iceberg::DecimalToBytes(unscaled));
    }
  }
}

void ColumnSketch::UpdateBytes(const arrow::Array& array) {
  const auto update = [this](const auto& values) {
    for (int64_t i = 0; i < values.length(); ++i) {
      if (values.IsValid(i)) {
        sketch_.Update(values.GetView(i));
      }
    }
  };
  if (array.type_id() == arrow::Type::FIXED_SIZE_BINARY) {
    update(static_cast<const arrow::FixedSizeBinaryArray&>(array));
  } else {
    update(static_cast<const arrow::BinaryArray&>(array));
  }
}

}  // namespace tarn::table::internal
