#include "tarn/storage/internal/null_keys.h"

#include <algorithm>
#include <memory>

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/value_place.h"

namespace tarn::storage {
namespace {

using DataPtr = std::shared_ptr<arrow::ArrayData>;

bool HasNullKeys(const arrow::ArrayData& data) {
  if (data.type->id() == arrow::Type::MAP && !data.child_data.empty() &&
      !data.child_data[0]->child_data.empty() &&
      data.child_data[0]->child_data[0]->GetNullCount() > 0) {
    return true;
  }
  return (data.dictionary != nullptr && HasNullKeys(*data.dictionary)) ||
         std::ranges::any_of(data.child_data,
                             [](const DataPtr& child) { return HasNullKeys(*child); });
}

/// `data` with lists of entries in place of maps.
DataPtr WithLists(const arrow::ArrayData& data) {
  DataPtr copy = data.Copy();
  arrow::FieldVector fields;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    copy->child_data[i] = WithLists(*data.child_data[i]);
    fields.push_back(
        data.type->field(static_cast<int>(i))->WithType(copy->child_data[i]->type));
  }
  if (data.type->id() == arrow::Type::MAP || data.type->id() == arrow::Type::LIST) {
    copy->type = arrow::list(fields[0]);
  } else if (data.type->id() == arrow::Type::STRUCT) {
    copy->type = arrow::struct_(fields);
  }
  return copy;
}

/// Walks `type`, the one with maps, over `values`, which has lists.
void FindNullKeys(const arrow::DataType& type, const Place& place,
                  const arrow::Array& values, BadRows* bad) {
  if (type.id() == arrow::Type::STRUCT) {
    const auto& rows = static_cast<const arrow::StructArray&>(values);
    for (int i = 0; i < type.num_fields(); ++i) {
      FindNullKeys(*type.field(i)->type(),
                   {.kind = Place::Kind::kField,
                    .name = type.field(i)->name(),
                    .parent = &place,
                    .above = &values},
                   *rows.field(i), bad);
    }
  }
  if (type.id() == arrow::Type::LIST) {
    const auto& lists = static_cast<const arrow::ListArray&>(values);
    FindNullKeys(*type.field(0)->type(),
                 {.kind = Place::Kind::kElement, .parent = &place, .above = &values},
                 *lists.values(), bad);
  }
  if (type.id() == arrow::Type::MAP) {
    const auto& lists = static_cast<const arrow::ListArray&>(values);
    const auto& entries = static_cast<const arrow::StructArray&>(*lists.values());
    const auto keys = entries.field(0);
    const Place key{.kind = Place::Kind::kKey, .parent = &place, .above = &values};
    for (int64_t i = 0; i < keys->length(); ++i) {
      if (keys->IsNull(i)) {
        bad->Add(key, i, [] { return "a map's key is null"; });
      }
    }
    const Place value{.kind = Place::Kind::kElement, .parent = &place, .above = &values};
    FindNullKeys(*static_cast<const arrow::MapType&>(type).item_type(), value,
                 *entries.field(1), bad);
  }
}

}  // namespace

Status CheckMapKeysOf(const arrow::RecordBatch& batch, int64_t rows_before) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    const arrow::ArrayData& data = *batch.column_data(i);
    if (!HasNullKeys(data)) {
      continue;
    }
    const std::string& name = batch.schema()->field(i)->name();
    const auto lists = arrow::MakeArray(WithLists(data));
    BadRows bad(BadRows::Wanted::kFirst);
    FindNullKeys(*data.type, {.name = name}, *lists, &bad);
    if (bad.empty()) {  // outside of a slice, or in another encoding
      return MakeError(ErrorCode::kConstraintViolated,
                       fmt::format("Column {}: a map's key is null", name));
    }
    const auto& [row, value] = *bad.rows().begin();
    return MakeError(ErrorCode::kConstraintViolated,
                     fmt::format("Column {}, row {}: {}", value.path,
                                 rows_before + row + 1, value.problem));
  }
  return Status::OK();
}

}  // namespace tarn::storage
