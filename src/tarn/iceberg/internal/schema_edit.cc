#include "tarn/iceberg/internal/schema_edit.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::iceberg::internal {
namespace {

char FoldCase(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The rest of `name` after `first` and a dot, "" if `first` is all of it; nullopt if
// `name` does not begin so.
std::optional<std::string_view> RestAfter(std::string_view name, std::string_view first,
                                          NameCase name_case) {
  if (name.size() < first.size() ||
      !SameName(name.substr(0, first.size()), first, name_case)) {
    return std::nullopt;
  }
  name.remove_prefix(first.size());
  if (name.empty()) {
    return name;
  }
  if (name.front() != '.') {
    return std::nullopt;
  }
  return name.substr(1);
}

void FindIn(const Type& type, std::string_view name, NameCase name_case,
            std::vector<const Field*>* found) {
  for (const Field& field : type.fields()) {
    const auto rest = RestAfter(name, field.name, name_case);
    if (rest && rest->empty()) {
      found->push_back(&field);
    } else if (rest) {
      FindIn(field.type, *rest, name_case, found);
    }
  }
  if (type.id() == TypeId::kList) {
    FindIn(type.element().type, name, name_case, found);
  }
  if (type.id() == TypeId::kMap) {
    FindIn(type.value().type, name, name_case, found);
  }
}

std::optional<FieldPlace> PlaceIn(const Type& type, FieldId type_owner, FieldId id,
                                  bool in_map_key) {
  for (const Field& field : type.fields()) {
    const bool key =
        in_map_key || (type.id() == TypeId::kMap && field.id == type.key().id);
    if (field.id == id) {
      return FieldPlace{
          .parent = type_owner, .parent_type = type.id(), .in_map_key = key};
    }
    if (auto place = PlaceIn(field.type, field.id, id, key)) {
      return place;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<FieldPlace> PlaceOf(const std::vector<Field>& fields, FieldId id) {
  return PlaceIn(Type::Struct(fields), kRootId, id, /*in_map_key=*/false);
}

Type WithChildren(const Type& type, std::vector<Field> children) {
  switch (type.id()) {
    case TypeId::kStruct:
      return Type::Struct(std::move(children));
    case TypeId::kList:
      return Type::List(children[0].id, children[0].type, children[0].required);
    case TypeId::kMap:
      return Type::Map(children[0].id, children[0].type, children[1].id, children[1].type,
                       children[1].required);
    default:
      TARN_CHECK(children.empty());
      return type;
  }
}

std::vector<Field> EditChildren(std::vector<Field> fields, FieldId parent,
                                const std::function<void(std::vector<Field>&)>& edit) {
  if (parent == kRootId) {
    edit(fields);
    return fields;
  }
  for (Field& field : fields) {
    if (!field.type.is_nested()) {
      continue;
    }
    const FieldId below = field.id == parent ? kRootId : parent;
    field.type = WithChildren(field.type, EditChildren(field.type.fields(), below, edit));
  }
  return fields;
}

bool SameName(std::string_view left, std::string_view right, NameCase name_case) {
  if (name_case == NameCase::kSensitive) {
    return left == right;
  }
  return std::ranges::equal(left, right,
                            [](char a, char b) { return FoldCase(a) == FoldCase(b); });
}

const Field* FindField(const Schema& schema, std::string_view name, NameCase name_case) {
  const Field* field = schema.FindByName(name);
  if (field == nullptr && name_case == NameCase::kInsensitive) {
    field = schema.FindByNameIgnoringCase(name);
  }
  if (field != nullptr) {
    return field;
  }
  std::vector<const Field*> found;
  FindIn(schema.type(), name, name_case, &found);
  return found.size() == 1 ? found.front() : nullptr;
}

}  // namespace tarn::iceberg::internal
