#include "tarn/iceberg/internal/schema_union.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/schema_edit.h"
#include "tarn/iceberg/type_promotion.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg::internal {
namespace {

Status Mismatch(const std::string& name, const Type& ours, const Type& theirs) {
  return MakeError(ErrorCode::kTypeMismatch, "Column '" + name + "' is " +
                                                 ours.ToString() + " and cannot take " +
                                                 theirs.ToString());
}

// The field of `fields` with exactly this name, else the only one that differs in case.
Result<Field*> FindAmong(std::vector<Field>& fields, const std::string& name,
                         NameCase name_case) {
  Field* found = nullptr;
  for (Field& field : fields) {
    if (field.name == name) {
      return &field;
    }
    if (SameName(field.name, name, name_case)) {
      if (found != nullptr) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Column '" + name + "' may be '" + found->name + "' or '" +
                             field.name + "', which differ in case only");
      }
      found = &field;
    }
  }
  return found;
}

}  // namespace

Result<std::vector<Field>> SchemaUnion::Unite(const std::vector<Field>& ours,
                                              const std::vector<Field>& theirs) {
  return UniteStruct(ours, theirs, "");
}

Field SchemaUnion::Fresh(Field field) {
  return AssignFreshIds({std::move(field)}, last_column_id_ + 1, &last_column_id_)
      .front();
}

Result<std::vector<Field>> SchemaUnion::UniteStruct(const std::vector<Field>& ours,
                                                    const std::vector<Field>& theirs,
                                                    const std::string& prefix) {
  std::vector<Field> united = ours;
  for (const Field& field : theirs) {
    ARROW_ASSIGN_OR_RAISE(Field * known, FindAmong(united, field.name, name_case_));
    if (known != nullptr) {
      ARROW_ASSIGN_OR_RAISE(*known,
                            UniteField(std::move(*known), field, prefix + field.name));
      continue;
    }
    Field added = field;
    added.required = false;
    united.push_back(Fresh(std::move(added)));
  }
  return united;
}

Result<Field> SchemaUnion::UniteField(Field ours, const Field& theirs,
                                      const std::string& name) {
  ours.required = ours.required && theirs.required;
  if (theirs.doc) {
    ours.doc = theirs.doc;
  }
  ARROW_ASSIGN_OR_RAISE(ours, UniteType(std::move(ours), theirs.type, name));
  if (theirs.write_default && !IsNull(*theirs.write_default)) {
    ARROW_ASSIGN_OR_RAISE(ours.write_default,
                          CastValue(theirs.type, ours.type, *theirs.write_default));
  }
  return ours;
}

Result<Field> SchemaUnion::UniteType(Field ours, const Type& theirs,
                                     const std::string& name) {
  // What the table's type holds already needs no change.
  if (CanPromote(theirs, ours.type, table_.format_version)) {
    return ours;
  }
  if (ours.type.id() != theirs.id() || !ours.type.is_nested()) {
    if (!CanPromote(ours.type, theirs, table_.format_version)) {
      return Mismatch(name, ours.type, theirs);
    }
    ARROW_RETURN_NOT_OK(
        WithContext("Column '" + name + "': ",
                    CheckPromotionKeepsPartitions(table_, ours.id, ours.type, theirs)));
    Field inside{.id = 0, .name = "inside", .type = theirs};
    if (theirs.is_nested()) {
      --last_column_id_;  // `inside` itself needs no id
      inside = Fresh(std::move(inside));
    }
    return PromoteField(std::move(ours), inside.type);
  }
  switch (ours.type.id()) {
    case TypeId::kStruct: {
      ARROW_ASSIGN_OR_RAISE(std::vector<Field> fields,
                            UniteStruct(ours.type.fields(), theirs.fields(), name + "."));
      ours.type = Type::Struct(std::move(fields));
      return ours;
    }
    case TypeId::kList: {
      ARROW_ASSIGN_OR_RAISE(
          const Field element,
          UniteField(ours.type.element(), theirs.element(), name + ".element"));
      ours.type = Type::List(element.id, element.type, element.required);
      return ours;
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(ours.type, UniteMap(ours.type, theirs, name));
      return ours;
    }
  }
}

Result<Type> SchemaUnion::UniteMap(const Type& ours, const Type& theirs,
                                   const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const Field key,
                        UniteField(ours.key(), theirs.key(), name + ".key"));
  if (key.type != ours.key().type) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Column '" + name + "' has the key " + ours.key().type.ToString() +
                         ", keys of maps never change: " + theirs.key().type.ToString());
  }
  ARROW_ASSIGN_OR_RAISE(const Field value,
                        UniteField(ours.value(), theirs.value(), name + ".value"));
  return Type::Map(key.id, key.type, value.id, value.type, value.required);
}

}  // namespace tarn::iceberg::internal
