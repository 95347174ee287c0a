#include "tarn/storage/internal/coerce.h"

#include <algorithm>
#include <utility>

#include <arrow/array.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer_builder.h>
#include <arrow/builder.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/bitmap_ops.h>

#include "tarn/storage/internal/coercible.h"

namespace tarn::storage {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using TypePtr = std::shared_ptr<arrow::DataType>;

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
  const auto order = FieldOrder(*array->type(), *target);
  arrow::ArrayVector children;
  for (int i = 0; i < target->num_fields(); ++i) {
    const int source = order->at(static_cast<size_t>(i));
    const TypePtr& type = target->field(i)->type();
    auto child = CoerceArray(rows.field(source), type);
    if (!child.ok() && rows.null_count() > 0) {  // it may be about what a null hides
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr shown, rows.GetFlattenedField(source));
      child = CoerceArray(shown, type);
    }
    ARROW_RETURN_NOT_OK(child.status());
    children.push_back(*std::move(child));
  }
  ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(rows));
  return std::make_shared<arrow::StructArray>(target, rows.length(), std::move(children),
                                              std::move(validity), rows.null_count());
}

/// `lists` without the elements that belong to no list, or to a null one.
Result<ArrayPtr> Compacted(const ArrayPtr& lists) {
  arrow::Int64Builder rows;
  ARROW_RETURN_NOT_OK(rows.Reserve(lists->length()));
  for (int64_t i = 0; i < lists->length(); ++i) {
    rows.UnsafeAppend(i);
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr all, rows.Finish());
  return arrow::compute::Take(*lists, *all);
}

/// Keys and values of a map under the names that `target` has for them.
ArrayPtr NamedEntries(const arrow::Array& entries, const arrow::MapType& map,
                      const arrow::DataType& target) {
  const TypePtr named = arrow::struct_({target.field(0)->WithType(map.key_type()),
                                        target.field(1)->WithType(map.item_type())});
  return arrow::MakeArray(Retype(*entries.data(), named));
}

/// The plain list or map `array` as one of `target`: offsets stay, the child is coerced.
Result<ArrayPtr> CoerceElements(ArrayPtr array, const TypePtr& target) {
  // A slice would make us coerce the values of other rows.
  if (array->offset() != 0 || array->data()->child_data[0]->offset != 0) {
    ARROW_ASSIGN_OR_RAISE(array, arrow::Concatenate({array}));
  }
  const auto& lists = static_cast<const arrow::ListArray&>(*array);
  const int64_t end = lists.length() == 0 ? 0 : lists.value_offset(lists.length());
  const TypePtr& element = target->field(0)->type();
  ArrayPtr values = arrow::MakeArray(array->data()->child_data[0])->Slice(0, end);
  if (target->id() == arrow::Type::MAP) {
    values = NamedEntries(*values, static_cast<const arrow::MapType&>(*array->type()),
                          *element);
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr coerced, CoerceArray(values, element));
  auto data = array->data()->Copy();
  data->type = target;
  data->child_data[0] = coerced->data();
  return arrow::MakeArray(data);
}

Result<ArrayPtr> CoerceList(const ArrayPtr& array, const TypePtr& target) {
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr lists, PlainList(array));
  auto coerced = CoerceElements(lists, target);
  if (coerced.ok() || lists->null_count() == 0) {
    return coerced;
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr shown, Compacted(lists));
  return CoerceElements(shown, target);
}

/// Arrow's cast refuses a decimal type that does not hold every integer, whatever the
/// values are.
Result<ArrayPtr> DecimalsOfIntegers(const ArrayPtr& array, const TypePtr& target) {
  constexpr int32_t kDigitsOfIntegers = 20;
  const int32_t scale = static_cast<const arrow::DecimalType&>(*target).scale();
  ARROW_ASSIGN_OR_RAISE(
      const ArrayPtr wide,
      arrow::compute::Cast(*array, arrow::decimal256(kDigitsOfIntegers + scale, scale)));
  return arrow::compute::Cast(*wide, target, arrow::compute::CastOptions::Safe());
}

/// Arrow's cast wraps around where there are too many days.
Result<ArrayPtr> DaysOfMilliseconds(const ArrayPtr& array) {
  constexpr int64_t kDayMillis = 86'400'000;
  const auto& values = static_cast<const arrow::Date64Array&>(*array);
  arrow::Date32Builder days;
  ARROW_RETURN_NOT_OK(days.Reserve(values.length()));
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) {
      days.UnsafeAppendNull();
      continue;
    }
    const int64_t day = values.Value(i) / kDayMillis;
    if (day * kDayMillis != values.Value(i) || !std::in_range<int32_t>(day)) {
      return Status::Invalid("not a whole number of days, or too many");
    }
    days.UnsafeAppend(static_cast<int32_t>(day));
  }
  return days.Finish();
}

Result<ArrayPtr> CoerceLeaf(const ArrayPtr& array, const TypePtr& target) {
  const arrow::Type::type from = array->type_id();
  if (from == arrow::Type::INT8 && target->id() == arrow::Type::BOOL) {
    return arrow::compute::Cast(*array, target);  // arrow.bool8's storage
  }
  if (from == arrow::Type::DURATION) {
    return array->View(arrow::int64());
  }
  if (from == arrow::Type::DATE64 && target->id() == arrow::Type::DATE32) {
    return DaysOfMilliseconds(array);
  }
  if (arrow::is_integer(from) && arrow::is_decimal(target->id())) {
    return DecimalsOfIntegers(array, target);
  }
  return arrow::compute::Cast(*array, target, arrow::compute::CastOptions::Safe());
}

/// Arrow's own function for this is only there once all of compute is initialized.
Result<ArrayPtr> WithoutRuns(const arrow::RunEndEncodedArray& array) {
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr ends,
                        array.LogicalRunEnds(arrow::default_memory_pool()));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr wide, arrow::compute::Cast(*ends, arrow::int64()));
  const auto& end_of = static_cast<const arrow::Int64Array&>(*wide);
  arrow::Int64Builder runs;
  ARROW_RETURN_NOT_OK(runs.Reserve(array.length()));
  for (int64_t run = 0; run < end_of.length(); ++run) {
    while (runs.length() < std::min(end_of.Value(run), array.length())) {
      runs.UnsafeAppend(run);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr run_of_row, runs.Finish());
  return arrow::compute::Take(*array.LogicalValues(), *run_of_row);
}

/// Arrow's own conversions lose the elements where the array is a slice.
template <typename ViewArray>
Result<ArrayPtr> ListsOfViews(const ViewArray& views) {
  arrow::Int64Builder elements;
  arrow::TypedBufferBuilder<int32_t> ends;
  ARROW_RETURN_NOT_OK(ends.Append(0));
  for (int64_t i = 0; i < views.length(); ++i) {
    const int64_t count = views.IsValid(i) ? views.value_length(i) : 0;
    for (int64_t j = 0; j < count; ++j) {
      ARROW_RETURN_NOT_OK(elements.Append(views.value_offset(i) + j));
    }
    if (!std::in_range<int32_t>(elements.length())) {
      return Status::Invalid("more than 2^31 elements of lists in one batch");
    }
    ARROW_RETURN_NOT_OK(ends.Append(static_cast<int32_t>(elements.length())));
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr order, elements.Finish());
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr values,
                        arrow::compute::Take(*views.values(), *order));
  ARROW_ASSIGN_OR_RAISE(const auto offsets, ends.Finish());
  ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(views));
  return std::make_shared<arrow::ListArray>(arrow::list(views.type()->field(0)),
                                            views.length(), offsets, values,
                                            std::move(validity), views.null_count());
}

}  // namespace

Result<ArrayPtr> DecodeArray(ArrayPtr array) {
  while (true) {
    switch (array->type_id()) {
      case arrow::Type::EXTENSION:
        array = static_cast<const arrow::ExtensionArray&>(*array).storage();
        break;
      case arrow::Type::DICTIONARY: {
        const auto& type = static_cast<const arrow::DictionaryType&>(*array->type());
        ARROW_ASSIGN_OR_RAISE(array, arrow::compute::Cast(*array, type.value_type()));
        break;
      }
      case arrow::Type::RUN_END_ENCODED: {
        ARROW_ASSIGN_OR_RAISE(
            array, WithoutRuns(static_cast<const arrow::RunEndEncodedArray&>(*array)));
        break;
      }
      default:
        return array;
    }
  }
}

Result<ArrayPtr> PlainList(const ArrayPtr& array) {
  switch (array->type_id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return array;
    case arrow::Type::LIST_VIEW:
      return ListsOfViews(static_cast<const arrow::ListViewArray&>(*array));
    case arrow::Type::LARGE_LIST_VIEW:
      return ListsOfViews(static_cast<const arrow::LargeListViewArray&>(*array));
    default:
      return arrow::compute::Cast(*array, arrow::list(array->type()->field(0)));
  }
}

Result<ArrayPtr> CoerceArray(const ArrayPtr& array, const TypePtr& target) {
  if (array->type().get() == target.get()) {
    return array;
  }
  if (SameLayout(*array->type(), *target)) {
    return arrow::MakeArray(Retype(*array->data(), target));
  }
  if (array->type_id() == arrow::Type::NA) {
    return arrow::MakeArrayOfNull(target, array->length());
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr plain, DecodeArray(array));
  if (plain != array) {
    return CoerceArray(plain, target);
  }
  switch (target->id()) {
    case arrow::Type::STRUCT:
      return CoerceStruct(array, target);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return CoerceList(array, target);
    default:
      return CoerceLeaf(array, target);
  }
}

}  // namespace tarn::storage
