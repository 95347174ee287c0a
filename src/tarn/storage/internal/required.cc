#include "tarn/storage/internal/required.h"

#include <algorithm>
#include <string>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/storage/internal/first_bad_row.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::TypeId;

/// True if nulls of `field` or below it may be forbidden.
bool MustLook(const Field& field) {
  const auto& children = field.type.fields();
  return field.required || std::any_of(children.begin(), children.end(), MustLook);
}

/// The full name of the first required field that holds a null, or "". Nulls of `array`
/// that are not the field's own, `inherited`, come from its parents.
Result<std::string> FindViolation(const Field& field, const std::string& name,
                                  const arrow::Array& array, int64_t inherited) {
  if (field.required && array.null_count() > inherited) {
    return name;
  }
  if (field.type.id() == TypeId::kStruct) {
    const auto& rows = static_cast<const arrow::StructArray&>(array);
    for (size_t i = 0; i < field.type.fields().size(); ++i) {
      const Field& child = field.type.fields()[i];
      if (!MustLook(child)) {
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const auto values,
                            rows.GetFlattenedField(static_cast<int>(i)));
      ARROW_ASSIGN_OR_RAISE(
          std::string found,
          FindViolation(child, name + "." + child.name, *values, rows.null_count()));
      if (!found.empty()) {
        return found;
      }
    }
    return std::string();
  }
  if (field.type.id() == TypeId::kList && MustLook(field.type.element())) {
    ARROW_ASSIGN_OR_RAISE(const auto values,
                          static_cast<const arrow::ListArray&>(array).Flatten());
    return FindViolation(field.type.element(), name + ".element", *values, 0);
  }
  if (field.type.id() == TypeId::kMap) {
    ARROW_ASSIGN_OR_RAISE(const auto entries,
                          static_cast<const arrow::MapArray&>(array).Flatten());
    const auto& pairs = static_cast<const arrow::StructArray&>(*entries);
    if (pairs.field(0)->null_count() > 0) {
      return name + ".key";
    }
    ARROW_ASSIGN_OR_RAISE(
        std::string found,
        FindViolation(field.type.key(), name + ".key", *pairs.field(0), 0));
    if (!found.empty() || !MustLook(field.type.value())) {
      return found;
    }
    return FindViolation(field.type.value(), name + ".value", *pairs.field(1), 0);
  }
  return std::string();
}

bool HasMap(const Field& field) {
  const auto& children = field.type.fields();
  return field.type.id() == TypeId::kMap ||
         std::any_of(children.begin(), children.end(), HasMap);
}

}  // namespace

Status CheckRequired(const std::vector<Field>& fields, const arrow::RecordBatch& batch,
                     int64_t rows_before) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (!MustLook(field) && !HasMap(field)) {
      continue;  // keys of maps are always required
    }
    const auto column = batch.column(static_cast<int>(i));
    ARROW_ASSIGN_OR_RAISE(const std::string name,
                          FindViolation(field, field.name, *column, 0));
    if (name.empty()) {
      continue;
    }
    const int64_t row = FirstBadRow(column->length(), [&](int64_t n) {
      const auto found = FindViolation(field, field.name, *column->Slice(0, n), 0);
      return found.ok() && found->empty();
    });
    return MakeError(ErrorCode::kConstraintViolated,
                     fmt::format("Column {} is required and row {} holds null in it",
                                 name, rows_before + row + 1));
  }
  return Status::OK();
}

}  // namespace tarn::storage
