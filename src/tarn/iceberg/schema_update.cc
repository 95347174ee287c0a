#include "tarn/iceberg/schema_update.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/column_properties.h"
#include "tarn/iceberg/internal/schema_edit.h"
#include "tarn/iceberg/internal/schema_union.h"
#include "tarn/iceberg/type_promotion.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg {
namespace {

using internal::EditChildren;
using internal::FieldPlace;
using internal::kRootId;
using internal::PlaceOf;
using Place = ColumnPosition::Place;

Status Refuse(ErrorCode code, const std::string& column, const std::string& problem) {
  return MakeError(code, "Column '" + column + "' " + problem);
}

Status NoSuchColumn(const std::string& name) {
  return MakeError(ErrorCode::kNoSuchColumn, "Column does not exist: " + name);
}

/// The type that the fields of `field` belong to: a list's element, a map's value,
/// itself.
const Field& StructInside(const Field& field) {
  switch (field.type.id()) {
    case TypeId::kList:
      return StructInside(field.type.element());
    case TypeId::kMap:
      return StructInside(field.type.value());
    default:
      return field;
  }
}

void ReplaceById(std::vector<Field>& siblings, const Field& field) {
  *std::ranges::find(siblings, field.id, &Field::id) = field;
}

}  // namespace

SchemaUpdate::SchemaUpdate(const TableMetadata& table, SchemaUpdateOptions options)
    : table_(table),
      options_(options),
      base_(table.schema_ptr()),
      schema_(base_),
      identifier_field_ids_(base_->identifier_field_ids()),
      last_column_id_(std::max(table.last_column_id, base_->highest_field_id())) {}

Result<const Field*> SchemaUpdate::Find(const std::string& name) const {
  const Field* field = internal::FindField(*schema_, name, options_.name_case);
  if (field == nullptr) {
    return NoSuchColumn(name);
  }
  return field;
}

Result<const Field*> SchemaUpdate::FindForChange(const std::string& name) const {
  ARROW_ASSIGN_OR_RAISE(const Field* field, Find(name));
  if (PlaceOf(schema_->fields(), field->id)->in_map_key) {
    return Refuse(ErrorCode::kInvalidArgument, name,
                  "cannot change, it is part of a map's key");
  }
  return field;
}

Result<const Field*> SchemaUpdate::FindInStruct(const std::string& name) const {
  ARROW_ASSIGN_OR_RAISE(const Field* field, FindForChange(name));
  const FieldPlace place = *PlaceOf(schema_->fields(), field->id);
  if (place.parent_type != TypeId::kStruct) {
    return Refuse(ErrorCode::kInvalidArgument, name,
                  place.parent_type == TypeId::kList
                      ? "is the element of a list: only its type and nullability change"
                      : "is the value of a map: only its type and nullability change");
  }
  return field;
}

Status SchemaUpdate::ReplaceFields(std::vector<Field> fields, FieldId last_column_id) {
  if (last_column_id > kMaxUserFieldId || last_column_id < last_column_id_) {
    return MakeError(ErrorCode::kResourceLimit,
                     "The table has no column ids left, ids end at " +
                         std::to_string(kMaxUserFieldId));
  }
  ARROW_ASSIGN_OR_RAISE(schema_, Schema::Make(table_.current_schema_id, std::move(fields),
                                              identifier_field_ids_));
  last_column_id_ = last_column_id;
  return Status::OK();
}

Status SchemaUpdate::Replace(const Field& field) {
  const FieldPlace place = *PlaceOf(schema_->fields(), field.id);
  return ReplaceFields(
      EditChildren(schema_->fields(), place.parent,
                   [&](std::vector<Field>& siblings) { ReplaceById(siblings, field); }),
      last_column_id_);
}

// `siblings` with `field` in its place; `parent` is their struct's full name and a dot.
Result<std::vector<Field>> SchemaUpdate::Inserted(std::vector<Field> siblings,
                                                  const Field& field,
                                                  const std::string& parent,
                                                  const ColumnPosition& position) const {
  auto at = siblings.end();
  if (position.place == Place::kFirst) {
    at = siblings.begin();
  } else if (position.place != Place::kLast) {
    const auto is_it = [&](NameCase name_case) {
      return [&, name_case](const Field& other) {
        return internal::SameName(other.name, position.sibling, name_case) ||
               internal::SameName(parent + other.name, position.sibling, name_case);
      };
    };
    at = std::ranges::find_if(siblings, is_it(NameCase::kSensitive));
    if (at == siblings.end()) {
      at = std::ranges::find_if(siblings, is_it(options_.name_case));
    }
    if (at == siblings.end()) {
      return MakeError(ErrorCode::kNoSuchColumn,
                       "Column '" + parent + field.name + "' cannot be put beside '" +
                           position.sibling + "', no other field there has this name");
    }
    at += position.place == Place::kAfter ? 1 : 0;
  }
  siblings.insert(at, field);
  return siblings;
}

Status SchemaUpdate::Add(const NewColumn& column) {
  FieldId parent_id = kRootId;
  std::string prefix;
  const std::vector<Field>* siblings = &schema_->fields();
  if (!column.parent.empty()) {
    ARROW_ASSIGN_OR_RAISE(const Field* named, FindForChange(column.parent));
    const Field& parent = StructInside(*named);
    if (parent.type.id() != TypeId::kStruct) {
      return Refuse(
          ErrorCode::kTypeMismatch, column.parent,
          "is no struct and takes no fields, its type is " + parent.type.ToString());
    }
    parent_id = parent.id;
    prefix = schema_->NameOf(parent.id) + ".";
    siblings = &parent.type.fields();
  }
  for (const Field& other : *siblings) {
    if (internal::SameName(other.name, column.name, options_.name_case)) {
      return Refuse(ErrorCode::kAlreadyExists, prefix + other.name, "exists already");
    }
  }
  const bool has_default = column.default_value && !IsNull(*column.default_value);
  if (column.required && !has_default && !options_.allow_incompatible) {
    return Refuse(ErrorCode::kInvalidArgument, prefix + column.name,
                  "cannot be required, rows that are there have no value for it: give "
                  "it a default or make it optional");
  }
  Field field{.id = 0,
              .name = column.name,
              .type = column.type,
              .required = column.required,
              .doc = column.doc};
  if (has_default) {
    field.initial_default = column.default_value;
    field.write_default = column.default_value;
  }
  FieldId last_id = last_column_id_;
  field = AssignFreshIds({field}, last_column_id_ + 1, &last_id).front();
  ARROW_ASSIGN_OR_RAISE(std::vector<Field> changed,
                        Inserted(*siblings, field, prefix, column.position));
  return ReplaceFields(
      EditChildren(schema_->fields(), parent_id,
                   [&](std::vector<Field>& fields) { fields = changed; }),
      last_id);
}

Status SchemaUpdate::Drop(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const Field* field, FindInStruct(name));
  for (const FieldId key : identifier_field_ids_) {
    const std::string& key_name = schema_->NameOf(key);
    const std::string& dropped = schema_->NameOf(field->id);
    if (key == field->id || key_name.starts_with(dropped + ".")) {
      return Refuse(ErrorCode::kInvalidArgument, name,
                    "cannot be dropped, rows are identified by '" + key_name +
                        "': set other identifier fields first");
    }
  }
  const FieldId id = field->id;
  const FieldPlace place = *PlaceOf(schema_->fields(), id);
  bool is_last = false;
  std::vector<Field> fields =
      EditChildren(schema_->fields(), place.parent, [&](std::vector<Field>& siblings) {
        std::erase_if(siblings, [&](const Field& other) { return other.id == id; });
        is_last = siblings.empty();
      });
  if (is_last) {
    return Refuse(ErrorCode::kInvalidArgument, name,
                  place.parent == kRootId
                      ? "cannot be dropped, it is the table's only one"
                      : "cannot be dropped, it is the only field of '" +
                            schema_->NameOf(place.parent) + "': drop that");
  }
  return ReplaceFields(std::move(fields), last_column_id_);
}

Status SchemaUpdate::Rename(const std::string& name, const std::string& new_name) {
  ARROW_ASSIGN_OR_RAISE(const Field* field, FindInStruct(name));
  const FieldPlace place = *PlaceOf(schema_->fields(), field->id);
  const std::vector<Field>& siblings =
      place.parent == kRootId ? schema_->fields()
                              : schema_->FindById(place.parent)->type.fields();
  for (const Field& other : siblings) {
    if (other.id != field->id &&
        internal::SameName(other.name, new_name, options_.name_case)) {
      return Refuse(ErrorCode::kAlreadyExists, name,
                    "cannot be renamed to '" + new_name + "', another one is called so");
    }
  }
  Field renamed = *field;
  renamed.name = new_name;
  return Replace(renamed);
}

Status SchemaUpdate::Move(const std::string& name, const ColumnPosition& position) {
  ARROW_ASSIGN_OR_RAISE(const Field* found, FindInStruct(name));
  const Field field = *found;
  const FieldPlace place = *PlaceOf(schema_->fields(), field.id);
  const bool at_root = place.parent == kRootId;
  std::vector<Field> siblings =
      at_root ? schema_->fields() : schema_->FindById(place.parent)->type.fields();
  std::erase_if(siblings, [&](const Field& other) { return other.id == field.id; });
  const std::string prefix = at_root ? "" : schema_->NameOf(place.parent) + ".";
  ARROW_ASSIGN_OR_RAISE(siblings, Inserted(std::move(siblings), field, prefix, position));
  return ReplaceFields(
      EditChildren(schema_->fields(), place.parent,
                   [&](std::vector<Field>& fields) { fields = siblings; }),
      last_column_id_);
}

Status SchemaUpdate::Promote(const std::string& name, const Type& type) {
  ARROW_ASSIGN_OR_RAISE(const Field* field, FindForChange(name));
  if (field->type == type) {
    return Status::OK();
  }
  if (!CanPromote(field->type, type, table_.format_version)) {
    const bool in_v3 = CanPromote(field->type, type, 3);
    return Refuse(ErrorCode::kTypeMismatch, name,
                  "cannot change from " + field->type.ToString() + " to " +
                      type.ToString() +
                      (in_v3 ? " before format version 3: upgrade the table first"
                             : ", some values would be lost"));
  }
  ARROW_RETURN_NOT_OK(
      WithContext("Column '" + name + "': ",
                  CheckPromotionKeepsPartitions(table_, field->id, field->type, type)));
  Field inside{.id = 0, .name = "inside", .type = type};
  FieldId last_id = last_column_id_;
  // Only what was unknown can become nested, and only then are there ids to give.
  if (type.is_nested()) {
    inside = AssignFreshIds({inside}, last_column_id_, &last_id).front();
  }
  ARROW_ASSIGN_OR_RAISE(const Field promoted, PromoteField(*field, inside.type));
  const FieldPlace place = *PlaceOf(schema_->fields(), field->id);
  return ReplaceFields(
      EditChildren(schema_->fields(), place.parent,
                   [&](std::vector<Field>& fields) { ReplaceById(fields, promoted); }),
      last_id);
}

Status SchemaUpdate::SetRequired(const std::string& name, bool required) {
  ARROW_ASSIGN_OR_RAISE(const Field* found, FindForChange(name));
  Field field = *found;
  if (field.required == required) {
    return Status::OK();
  }
  const bool is_new_with_default =
      base_->FindById(field.id) == nullptr && field.initial_default.has_value();
  if (required && !options_.allow_incompatible && !is_new_with_default) {
    return Refuse(ErrorCode::kInvalidArgument, name,
                  "cannot become required, rows that are there may have no value for it");
  }
  field.required = required;
  return Replace(field);
}

Status SchemaUpdate::MakeOptional(const std::string& name) {
  return SetRequired(name, false);
}

Status SchemaUpdate::Require(const std::string& name) { return SetRequired(name, true); }

Status SchemaUpdate::SetDoc(const std::string& name, std::optional<std::string> doc) {
  ARROW_ASSIGN_OR_RAISE(const Field* found, FindInStruct(name));
  Field field = *found;
  field.doc = std::move(doc);
  return Replace(field);
}

Status SchemaUpdate::SetWriteDefault(const std::string& name, Value value) {
  ARROW_ASSIGN_OR_RAISE(const Field* found, FindInStruct(name));
  Field field = *found;
  field.write_default = IsNull(value) ? std::nullopt : std::optional(std::move(value));
  return Replace(field);
}

Status SchemaUpdate::UnionByName(const std::vector<Field>& fields) {
  internal::SchemaUnion with(table_, options_.name_case, last_column_id_);
  ARROW_ASSIGN_OR_RAISE(std::vector<Field> united, with.Unite(schema_->fields(), fields));
  return ReplaceFields(std::move(united), with.last_column_id());
}

Status SchemaUpdate::SetIdentifierFields(const std::vector<std::string>& names) {
  std::vector<FieldId> ids;
  for (const std::string& name : names) {
    ARROW_ASSIGN_OR_RAISE(const Field* field, Find(name));
    if (std::ranges::count(ids, field->id) == 0) {
      ids.push_back(field->id);
    }
  }
  ARROW_ASSIGN_OR_RAISE(
      schema_, Schema::Make(table_.current_schema_id, schema_->fields(), std::move(ids)));
  identifier_field_ids_ = schema_->identifier_field_ids();
  return Status::OK();
}

// Specs of the past may name columns that are gone, those that new files are written with
// may not.
Status SchemaUpdate::CheckSourcesAreLeft() const {
  const auto is_lost = [&](FieldId id) {
    return base_->FindById(id) != nullptr && schema_->FindById(id) == nullptr;
  };
  for (const PartitionField& field : table_.spec().fields) {
    if (std::holds_alternative<Void>(field.transform)) {
      continue;
    }
    const auto lost = std::ranges::find_if(field.source_ids, is_lost);
    if (lost != field.source_ids.end()) {
      return Refuse(ErrorCode::kInvalidArgument, base_->NameOf(*lost),
                    "cannot be dropped, the table is partitioned by it: drop the "
                    "partition field '" +
                        field.name + "' first");
    }
  }
  for (const SortField& field : table_.sort_order().fields) {
    const auto lost = std::ranges::find_if(field.source_ids, is_lost);
    if (lost != field.source_ids.end()) {
      return Refuse(ErrorCode::kInvalidArgument, base_->NameOf(*lost),
                    "cannot be dropped, the table is sorted by it: change the sort order "
                    "first");
    }
  }
  return Status::OK();
}

Result<MetadataChange> SchemaUpdate::Finish() const {
  MetadataChange change;
  if (schema_->SameAs(*base_)) {
    return change;
  }
  ARROW_RETURN_NOT_OK(CheckSourcesAreLeft());
  const int32_t needed = MinFormatVersion(*schema_);
  if (needed > table_.format_version) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The schema has types or defaults that need format version " +
                         std::to_string(needed) + ", the table's is " +
                         std::to_string(table_.format_version) + ": upgrade it first");
  }
  change.requirements = SameTable(table_);
  change.requirements.emplace_back(
      require::AssertCurrentSchemaId{table_.current_schema_id});
  change.requirements.emplace_back(
      require::AssertLastAssignedFieldId{table_.last_column_id});
  const auto known = std::ranges::find_if(
      table_.schemas, [&](const auto& schema) { return schema->SameAs(*schema_); });
  if (known != table_.schemas.end()) {
    change.updates.emplace_back(update::SetCurrentSchema{(*known)->id()});
  } else {
    SchemaId id{0};
    for (const auto& schema : table_.schemas) {
      id.value = std::max(id.value, schema->id().value + 1);
    }
    ARROW_ASSIGN_OR_RAISE(auto added,
                          Schema::Make(id, schema_->fields(), identifier_field_ids_));
    change.updates.emplace_back(update::AddSchema{std::move(added)});
    change.updates.emplace_back(update::SetCurrentSchema{SchemaId{-1}});
  }
  for (TableUpdate& update :
       internal::FollowColumns(table_.properties, *base_, *schema_)) {
    change.updates.push_back(std::move(update));
  }
  return change;
}

}  // namespace tarn::iceberg
