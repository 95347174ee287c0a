#include "tarn/iceberg/type_promotion.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

bool KeepsValue(const Transform& transform) {
  return std::holds_alternative<Year>(transform) ||
         std::holds_alternative<Month>(transform) ||
         std::holds_alternative<Day>(transform) ||
         std::holds_alternative<Void>(transform);
}

Status CastDefault(const Type& from, const Type& to, std::optional<Value>* value) {
  if (*value && !IsNull(**value)) {
    ARROW_ASSIGN_OR_RAISE(*value, CastValue(from, to, **value));
  }
  return Status::OK();
}

}  // namespace

bool CanPromote(const Type& from, const Type& to, int32_t format_version) {
  if (from == to) {
    return true;
  }
  switch (from.id()) {
    case TypeId::kInt:
      return to.id() == TypeId::kLong;
    case TypeId::kFloat:
      return to.id() == TypeId::kDouble;
    case TypeId::kDecimal:
      return to.id() == TypeId::kDecimal && to.scale() == from.scale() &&
             to.precision() > from.precision();
    case TypeId::kDate:
      return format_version >= 3 &&
             (to.id() == TypeId::kTimestamp || to.id() == TypeId::kTimestampNs);
    case TypeId::kUnknown:
      return format_version >= 3;
    default:
      return false;
  }
}

Status CheckPromotionKeepsPartitions(const TableMetadata& table, FieldId id,
                                     const Type& from, const Type& to) {
  if (from.id() != TypeId::kDate || to.id() == TypeId::kDate) {
    return Status::OK();
  }
  for (const PartitionSpec& spec : table.partition_specs) {
    for (const PartitionField& field : spec.fields) {
      if (std::ranges::count(field.source_ids, id) > 0 && !KeepsValue(field.transform)) {
        return MakeError(
            ErrorCode::kNotSupported,
            "A " + from.ToString() + " column cannot become a " + to.ToString() +
                " while partition field '" + field.name + "' of spec " +
                std::to_string(spec.id.value) +
                " depends on it, its partition values would change: add a new column");
      }
    }
  }
  return Status::OK();
}

Result<Field> PromoteField(Field field, const Type& to) {
  ARROW_RETURN_NOT_OK(CastDefault(field.type, to, &field.initial_default));
  ARROW_RETURN_NOT_OK(CastDefault(field.type, to, &field.write_default));
  field.type = to;
  return field;
}

}  // namespace tarn::iceberg
