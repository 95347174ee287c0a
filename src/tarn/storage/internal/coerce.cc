#include "tarn/storage/internal/coerce.h"

#include <string>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/first_bad_row.h"

namespace tarn::storage {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsListLike(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
      return true;
    default:
      return false;
  }
}

/// True if an array of `from` becomes one of `to` by exchanging its type alone: names,
/// nullability, metadata and the time zone's name do not matter.
bool SameLayout(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() != to.id()) {
    return false;
  }
  if (from.id() == arrow::Type::TIMESTAMP) {
    const auto& a = static_cast<const arrow::TimestampType&>(from);
    const auto& b = static_cast<const arrow::TimestampType&>(to);
    return a.unit() == b.unit() && a.timezone().empty() == b.timezone().empty();
  }
  if (from.num_fields() == 0) {
    return from.Equals(to);
  }
  if (from.num_fields() != to.num_fields()) {
    return false;
  }
  for (int i = 0; i < from.num_fields(); ++i) {
    if (!SameLayout(*from.field(i)->type(), *to.field(i)->type())) {
      return false;
    }
  }
  return true;
}

std::shared_ptr<arrow::ArrayData> Retype(const arrow::ArrayData& data,
                                         const TypePtr& type) {
  std::shared_ptr<arrow::ArrayData> copy = data.Copy();
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    copy->child_data[i] =
        Retype(*copy->child_data[i], type->field(static_cast<int>(i))->type());
  }
  return copy;
}

bool CanCoerceToTimestamp(const arrow::DataType& from, const arrow::TimestampType& to) {
  if (from.id() == arrow::Type::TIMESTAMP) {
    return static_cast<const arrow::TimestampType&>(from).timezone().empty() ==
           to.timezone().empty();
  }
  return to.timezone().empty() &&
         (from.id() == arrow::Type::DATE32 || from.id() == arrow::Type::DATE64);
}

bool IsFloatExactFor(arrow::Type::type from, arrow::Type::type to) {
  switch (from) {
    case arrow::Type::HALF_FLOAT:
    case arrow::Type::FLOAT:
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
      return true;
    case arrow::Type::DOUBLE:
    case arrow::Type::INT32:
    case arrow::Type::UINT32:
      return to == arrow::Type::DOUBLE;
    default:
      return false;
  }
}

bool CanCoerceLeaf(const arrow::DataType& from, const arrow::DataType& to) {
  const arrow::Type::type id = from.id();
  switch (to.id()) {
    case arrow::Type::INT64:
      return arrow::is_integer(id) || id == arrow::Type::DURATION;
    case arrow::Type::INT32:
      return arrow::is_integer(id);
    case arrow::Type::FLOAT:
    case arrow::Type::DOUBLE:
      return IsFloatExactFor(id, to.id());
    case arrow::Type::DECIMAL128:
      return arrow::is_decimal(id) || arrow::is_integer(id);
    case arrow::Type::DATE32:
      return id == arrow::Type::DATE64;
    case arrow::Type::TIME64:
      return arrow::is_time(id);
    case arrow::Type::TIMESTAMP:
      return CanCoerceToTimestamp(from, static_cast<const arrow::TimestampType&>(to));
    case arrow::Type::STRING:
      return id == arrow::Type::LARGE_STRING || id == arrow::Type::STRING_VIEW;
    case arrow::Type::BINARY:
      return arrow::is_base_binary_like(id) || arrow::is_binary_view_like(id) ||
             id == arrow::Type::FIXED_SIZE_BINARY;
    case arrow::Type::FIXED_SIZE_BINARY:
      return id == arrow::Type::BINARY || id == arrow::Type::LARGE_BINARY;
    default:
      return false;
  }
}

Result<ArrayPtr> Coerce(const ArrayPtr& array, const TypePtr& target);

/// The validity bits of `array` from its first row on; nullptr if there are none.
Result<std::shared_ptr<arrow::Buffer>> ValidityOf(const arrow::Array& array) {
  if (array.null_count() == 0) {
    return nullptr;
  }
  if (array.offset() == 0) {
    return array.null_bitmap();
  }
  return arrow::internal::CopyBitmap(arrow::default_memory_pool(),
                                     array.null_bitmap_data(), array.offset(),
                                     array.length());
}

Result<ArrayPtr> CoerceStruct(const ArrayPtr& array, const TypePtr& target) {
  const auto& rows = static_cast<const arrow::StructArray&>(*array);
  arrow::ArrayVector children;
  for (int i = 0; i < target->num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto child, Coerce(rows.field(i), target->field(i)->type()));
    children.push_back(std::move(child));
  }
  ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(rows));
  return std::make_shared<arrow::StructArray>(target, rows.length(), std::move(children),
                                              std::move(validity), rows.null_count());
}

/// `array` as a list or map of `target`'s kind: offsets stay, the one child is coerced.
Result<ArrayPtr> CoerceList(ArrayPtr array, const TypePtr& target) {
  if (array->type_id() != target->id()) {
    const TypePtr plain = arrow::list(array->type()->field(0));
    ARROW_ASSIGN_OR_RAISE(array, arrow::compute::Cast(*array, plain));
  }
  // A slice would make us coerce the values of other rows.
  if (array->offset() != 0 || array->data()->child_data[0]->offset != 0) {
    ARROW_ASSIGN_OR_RAISE(array, arrow::Concatenate({array}));
  }
  const auto& lists = static_cast<const arrow::ListArray&>(*array);
  const int64_t end = lists.length() == 0 ? 0 : lists.value_offset(lists.length());
  const ArrayPtr values = arrow::MakeArray(array->data()->child_data[0])->Slice(0, end);
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr coerced, Coerce(values, target->field(0)->type()));
  auto data = array->data()->Copy();
  data->type = target;
  data->child_data[0] = coerced->data();
  return arrow::MakeArray(data);
}

/// Unwraps what is only another encoding of the values.
Result<ArrayPtr> Decode(ArrayPtr array) {
  while (true) {
    if (array->type_id() == arrow::Type::EXTENSION) {
      array = static_cast<const arrow::ExtensionArray&>(*array).storage();
    } else if (array->type_id() == arrow::Type::DICTIONARY) {
      const auto& type = static_cast<const arrow::DictionaryType&>(*array->type());
      ARROW_ASSIGN_OR_RAISE(array, arrow::compute::Cast(*array, type.value_type()));
    } else {
      return array;
    }
  }
}

Result<ArrayPtr> CoerceLeaf(const ArrayPtr& array, const TypePtr& target) {
  if (array->type_id() == arrow::Type::INT8 && target->id() == arrow::Type::BOOL) {
    return arrow::compute::Cast(*array, target);  // arrow.bool8's storage
  }
  if (array->type_id() == arrow::Type::DURATION) {
    return array->View(arrow::int64());
  }
  return arrow::compute::Cast(*array, target, arrow::compute::CastOptions::Safe());
}

Result<ArrayPtr> Coerce(const ArrayPtr& array, const TypePtr& target) {
  if (array->type().get() == target.get()) {
    return array;
  }
  if (SameLayout(*array->type(), *target)) {
    return arrow::MakeArray(Retype(*array->data(), target));
  }
  if (array->type_id() == arrow::Type::NA) {
    return arrow::MakeArrayOfNull(target, array->length());
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr plain, Decode(array));
  if (plain != array) {
    return Coerce(plain, target);
  }
  if (target->id() == arrow::Type::STRUCT) {
    return CoerceStruct(array, target);
  }
  if (target->num_fields() > 0) {
    return CoerceList(array, target);
  }
  return CoerceLeaf(array, target);
}

Status ConversionError(const ArrayPtr& column, const arrow::Field& field,
                       const Status& status, int64_t rows_before) {
  const ErrorCode code = CodeOf(status);
  if (code == ErrorCode::kOutOfMemory || code == ErrorCode::kInternal) {
    return status;
  }
  const int64_t row = FirstBadRow(column->length(), [&](int64_t n) {
    return Coerce(column->Slice(0, n), field.type()).ok();
  });
  return MakeError(
      ErrorCode::kConstraintViolated,
      fmt::format("Column {}, row {}: a value of {} does not fit {}: {}", field.name(),
                  rows_before + row + 1, column->type()->ToString(),
                  field.type()->ToString(), status.message()));
}

}  // namespace

bool CanCoerce(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() == arrow::Type::NA || SameLayout(from, to)) {
    return true;
  }
  if (from.id() == arrow::Type::EXTENSION) {
    const auto& extension = static_cast<const arrow::ExtensionType&>(from);
    if (extension.extension_name() == "arrow.bool8") {
      return to.id() == arrow::Type::BOOL;
    }
    return CanCoerce(*extension.storage_type(), to);
  }
  if (from.id() == arrow::Type::DICTIONARY) {
    return CanCoerce(*static_cast<const arrow::DictionaryType&>(from).value_type(), to);
  }
  if (to.num_fields() == 0) {
    return from.num_fields() == 0 && CanCoerceLeaf(from, to);
  }
  const bool same_kind =
      from.id() == to.id() || (to.id() == arrow::Type::LIST && IsListLike(from.id()));
  if (!same_kind || from.num_fields() != to.num_fields()) {
    return false;
  }
  for (int i = 0; i < to.num_fields(); ++i) {
    if (!CanCoerce(*from.field(i)->type(), *to.field(i)->type())) {
      return false;
    }
  }
  return true;
}

Result<ArrayPtr> CoerceArray(const ArrayPtr& array, const TypePtr& target) {
  return Coerce(array, target);
}

Result<std::shared_ptr<arrow::RecordBatch>> CoerceBatch(
    const arrow::RecordBatch& batch, const std::shared_ptr<arrow::Schema>& target,
    int64_t rows_before) {
  if (batch.num_columns() != target->num_fields()) {
    return MakeError(ErrorCode::kTypeMismatch,
                     fmt::format("The table has {} columns, the rows have {}",
                                 target->num_fields(), batch.num_columns()));
  }
  arrow::ArrayVector columns;
  columns.reserve(static_cast<size_t>(batch.num_columns()));
  for (int i = 0; i < batch.num_columns(); ++i) {
    const ArrayPtr column = batch.column(i);
    const arrow::Field& field = *target->field(i);
    if (!CanCoerce(*column->type(), *field.type())) {
      return MakeError(
          ErrorCode::kTypeMismatch,
          fmt::format("Column {} is {}, values of {} do not fit without loss",
                      field.name(), field.type()->ToString(),
                      column->type()->ToString()));
    }
    auto coerced = Coerce(column, field.type());
    if (!coerced.ok()) {
      return ConversionError(column, field, coerced.status(), rows_before);
    }
    columns.push_back(*std::move(coerced));
  }
  return arrow::RecordBatch::Make(target, batch.num_rows(), std::move(columns));
}

}  // namespace tarn::storage
