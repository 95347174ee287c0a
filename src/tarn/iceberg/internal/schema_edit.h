// Edits of a schema's tree of fields. Types are immutable: an edit rebuilds the path from
// the root to where it happens.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/iceberg/ids.h"
#include "tarn/iceberg/schema.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

/// Stands for the table itself where an id of a parent is asked for.
inline constexpr FieldId kRootId = 0;

/// Where a field sits.
struct FieldPlace {
  FieldId parent = kRootId;
  TypeId parent_type = TypeId::kStruct;
  bool in_map_key = false;  // it is a map's key or inside of one
};
/// nullopt if no field has this id.
std::optional<FieldPlace> PlaceOf(const std::vector<Field>& fields, FieldId id);

/// `fields` with the children of `parent` (kRootId: `fields` themselves) changed by
/// `edit`. Of the child of a list and the children of a map only type and nullability
/// are taken over: they have nothing else.
std::vector<Field> EditChildren(std::vector<Field> fields, FieldId parent,
                                const std::function<void(std::vector<Field>&)>& edit);

/// `type` with other children in place of its own.
Type WithChildren(const Type& type, std::vector<Field> children);

bool SameName(std::string_view left, std::string_view right, NameCase name_case);

/// A field by full name, where `element` and `value` may be left out before a field of
/// the struct inside ("points.x" for "points.element.x"), as in the reference
/// implementation. nullptr if there is none or if several fit.
const Field* FindField(const Schema& schema, std::string_view name, NameCase name_case);

}  // namespace tarn::iceberg::internal
