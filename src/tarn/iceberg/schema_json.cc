#include "tarn/iceberg/schema_json.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/value_json.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;

// Deeper documents are not schemas but attacks on the stack.
constexpr int kMaxDepth = 100;

// Where in the schema a problem is: "address.city".
struct Position {
  std::string path;
  int depth = 0;

  Position Child(const std::string& name) const {
    return {path.empty() ? name : path + "." + name, depth + 1};
  }
};

Status Bad(const Position& at, const std::string& problem) {
  const std::string what = at.path.empty() ? std::string("Schema: ")
                                           : "Column '" + at.path + "' of a schema: ";
  return MakeError(ErrorCode::kInvalidData, what + problem);
}

Result<const json*> Member(const json& object, const char* key, const Position& at) {
  if (!object.is_object()) {
    return Bad(at, "a JSON object was expected");
  }
  const auto found = object.find(key);
  if (found == object.end()) {
    return Bad(at, std::string("'") + key + "' is missing");
  }
  return &*found;
}

Result<int32_t> IdOf(const json& tree, const char* key, const Position& at) {
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  if (!tree.is_number_integer() || tree.get<int64_t>() < 0 ||
      tree.get<int64_t>() > kMax) {
    return Bad(
        at, std::string("'") + key + "' is not an id, an integer from 0 to 2147483647");
  }
  return static_cast<int32_t>(tree.get<int64_t>());
}

Result<int32_t> IdMember(const json& object, const char* key, const Position& at) {
  ARROW_ASSIGN_OR_RAISE(const json* tree, Member(object, key, at));
  return IdOf(*tree, key, at);
}

Result<bool> BoolMember(const json& object, const char* key, const Position& at) {
  ARROW_ASSIGN_OR_RAISE(const json* tree, Member(object, key, at));
  if (!tree->is_boolean()) {
    return Bad(at, std::string("'") + key + "' is not a boolean");
  }
  return tree->get<bool>();
}

Result<std::string> StringMember(const json& object, const char* key,
                                 const Position& at) {
  ARROW_ASSIGN_OR_RAISE(const json* tree, Member(object, key, at));
  if (!tree->is_string()) {
    return Bad(at, std::string("'") + key + "' is not a string");
  }
  return tree->get<std::string>();
}

Result<Type> ParseType(const json& tree, const Position& at);

Result<std::optional<Value>> DefaultMember(const json& object, const char* key,
                                           const Type& type, const Position& at) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) {
    return std::optional<Value>();
  }
  Result<Value> value = internal::ValueFromJsonTree(type, *found);
  if (!value.ok()) {
    return Bad(at, std::string("'") + key + "': " + value.status().message());
  }
  return std::optional<Value>(*std::move(value));
}

Result<Field> ParseField(const json& tree, const Position& parent) {
  Field field;
  ARROW_ASSIGN_OR_RAISE(field.name, StringMember(tree, "name", parent));
  const Position at = parent.Child(field.name);
  ARROW_ASSIGN_OR_RAISE(field.id, IdMember(tree, "id", at));
  ARROW_ASSIGN_OR_RAISE(field.required, BoolMember(tree, "required", at));
  ARROW_ASSIGN_OR_RAISE(const json* type, Member(tree, "type", at));
  ARROW_ASSIGN_OR_RAISE(field.type, ParseType(*type, at));
  const auto doc = tree.find("doc");
  if (doc != tree.end() && !doc->is_null()) {
    ARROW_ASSIGN_OR_RAISE(field.doc, StringMember(tree, "doc", at));
  }
  ARROW_ASSIGN_OR_RAISE(field.initial_default,
                        DefaultMember(tree, "initial-default", field.type, at));
  ARROW_ASSIGN_OR_RAISE(field.write_default,
                        DefaultMember(tree, "write-default", field.type, at));
  return field;
}

Result<std::vector<Field>> ParseFields(const json& tree, const Position& at) {
  ARROW_ASSIGN_OR_RAISE(const json* list, Member(tree, "fields", at));
  if (!list->is_array()) {
    return Bad(at, "'fields' is not an array");
  }
  std::vector<Field> fields;
  fields.reserve(list->size());
  for (const json& item : *list) {
    ARROW_ASSIGN_OR_RAISE(Field field, ParseField(item, at));
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<Type> ParseList(const json& tree, const Position& at) {
  ARROW_ASSIGN_OR_RAISE(const FieldId id, IdMember(tree, "element-id", at));
  ARROW_ASSIGN_OR_RAISE(const bool required, BoolMember(tree, "element-required", at));
  ARROW_ASSIGN_OR_RAISE(const json* element, Member(tree, "element", at));
  ARROW_ASSIGN_OR_RAISE(Type type, ParseType(*element, at.Child("element")));
  return Type::List(id, std::move(type), required);
}

Result<Type> ParseMap(const json& tree, const Position& at) {
  ARROW_ASSIGN_OR_RAISE(const FieldId key_id, IdMember(tree, "key-id", at));
  ARROW_ASSIGN_OR_RAISE(const FieldId value_id, IdMember(tree, "value-id", at));
  ARROW_ASSIGN_OR_RAISE(const bool required, BoolMember(tree, "value-required", at));
  ARROW_ASSIGN_OR_RAISE(const json* key_tree, Member(tree, "key", at));
  ARROW_ASSIGN_OR_RAISE(const json* value_tree, Member(tree, "value", at));
  ARROW_ASSIGN_OR_RAISE(Type key, ParseType(*key_tree, at.Child("key")));
  ARROW_ASSIGN_OR_RAISE(Type value, ParseType(*value_tree, at.Child("value")));
  return Type::Map(key_id, std::move(key), value_id, std::move(value), required);
}

Result<Type> ParseType(const json& tree, const Position& at) {
  if (at.depth > kMaxDepth) {
    return Bad(Position{}, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  if (tree.is_string()) {
    const Result<Type> type = PrimitiveTypeFromString(tree.get_ref<const std::string&>());
    return type.ok() ? type : Bad(at, type.status().message());
  }
  ARROW_ASSIGN_OR_RAISE(const std::string kind, StringMember(tree, "type", at));
  if (kind == "list") {
    return ParseList(tree, at);
  }
  if (kind == "map") {
    return ParseMap(tree, at);
  }
  if (kind != "struct") {
    return Bad(at, "'" + kind + "' is no nested type");
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<Field> fields, ParseFields(tree, at));
  return Type::Struct(std::move(fields));
}

json FieldToJson(const Field& field) {
  json tree = {{"id", field.id},
               {"name", field.name},
               {"required", field.required},
               {"type", TypeToJson(field.type)}};
  if (field.doc) {
    tree["doc"] = *field.doc;
  }
  const auto put_default = [&](const char* key, const std::optional<Value>& value) {
    if (value && !IsNull(*value)) {
      tree[key] = internal::ValueToJsonTree(field.type, *value);
    }
  };
  put_default("initial-default", field.initial_default);
  put_default("write-default", field.write_default);
  return tree;
}

json StructToJson(const std::vector<Field>& fields) {
  json list = json::array();
  for (const Field& field : fields) {
    list.push_back(FieldToJson(field));
  }
  return {{"type", "struct"}, {"fields", std::move(list)}};
}

Result<std::vector<FieldId>> ParseIdentifierIds(const json& tree) {
  const auto found = tree.find("identifier-field-ids");
  if (found == tree.end() || found->is_null()) {
    return std::vector<FieldId>();
  }
  if (!found->is_array()) {
    return Bad({}, "'identifier-field-ids' is not an array");
  }
  std::vector<FieldId> ids;
  for (const json& item : *found) {
    ARROW_ASSIGN_OR_RAISE(const FieldId id, IdOf(item, "identifier-field-ids", {}));
    ids.push_back(id);
  }
  return ids;
}

}  // namespace

json TypeToJson(const Type& type) {
  switch (type.id()) {
    case TypeId::kStruct:
      return StructToJson(type.fields());
    case TypeId::kList:
      return {{"type", "list"},
              {"element-id", type.element().id},
              {"element", TypeToJson(type.element().type)},
              {"element-required", type.element().required}};
    case TypeId::kMap:
      return {{"type", "map"},
              {"key-id", type.key().id},
              {"key", TypeToJson(type.key().type)},
              {"value-id", type.value().id},
              {"value", TypeToJson(type.value().type)},
              {"value-required", type.value().required}};
    case TypeId::kDecimal:
      // With the space, as the specification's text and the Java reference have it.
      return "decimal(" + std::to_string(type.precision()) + ", " +
             std::to_string(type.scale()) + ")";
    default:
      return type.ToString();
  }
}

Result<Type> TypeFromJson(const json& tree) { return ParseType(tree, {}); }

json SchemaToJson(const Schema& schema) {
  json tree = StructToJson(schema.fields());
  tree["schema-id"] = schema.id().value;
  if (!schema.identifier_field_ids().empty()) {
    tree["identifier-field-ids"] = schema.identifier_field_ids();
  }
  return tree;
}

Result<std::shared_ptr<const Schema>> SchemaFromJson(const json& tree) {
  ARROW_ASSIGN_OR_RAISE(const std::string kind, StringMember(tree, "type", {}));
  if (kind != "struct") {
    return Bad({}, "a schema's type is 'struct', not '" + kind + "'");
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<Field> fields, ParseFields(tree, {}));
  SchemaId id;
  if (tree.contains("schema-id")) {
    ARROW_ASSIGN_OR_RAISE(id.value, IdMember(tree, "schema-id", {}));
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<FieldId> identifier_ids, ParseIdentifierIds(tree));
  auto schema = Schema::Make(id, std::move(fields), std::move(identifier_ids));
  if (!schema.ok()) {
    return Bad({}, schema.status().message());
  }
  return schema;
}

namespace {

constexpr std::array kFieldIdKeys = {"id", "element-id", "key-id", "value-id",
                                     "source-id"};
constexpr std::array kFieldIdListKeys = {"source-ids", "identifier-field-ids"};

bool IsId(const json& tree) {
  return tree.is_number_integer() && tree.get<int64_t>() >= 0 &&
         tree.get<int64_t>() < kMaxUserFieldId;
}

}  // namespace

bool CountsFromZero(const json& tree) {
  if (tree.is_object() && std::ranges::any_of(kFieldIdKeys, [&](const char* key) {
        const auto id = tree.find(key);
        return id != tree.end() && *id == 0;
      })) {
    return true;
  }
  return tree.is_structured() && std::ranges::any_of(tree, CountsFromZero);
}

void RaiseFieldIds(json* tree) {
  if (!tree->is_structured()) {
    return;
  }
  for (auto member = tree->begin(); member != tree->end(); ++member) {
    const bool is_object = tree->is_object();
    if (is_object && std::ranges::count(kFieldIdKeys, member.key()) > 0 &&
        IsId(*member)) {
      *member = member->get<int64_t>() + 1;
    } else if (is_object && std::ranges::count(kFieldIdListKeys, member.key()) > 0 &&
               member->is_array()) {
      for (json& id : *member) {
        id = IsId(id) ? json(id.get<int64_t>() + 1) : id;
      }
    } else {
      RaiseFieldIds(&*member);
    }
  }
}

}  // namespace tarn::iceberg
