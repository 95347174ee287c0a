#include "tarn/iceberg/schema.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/utf8.h"

namespace tarn::iceberg {
namespace {

Status BadField(const std::string& path, const std::string& problem) {
  return MakeError(ErrorCode::kInvalidArgument, "Column '" + path + "' " + problem);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return lower;
}

bool HasDefault(const std::optional<Value>& value) { return value && !IsNull(*value); }

Status CheckField(const Field& field, const std::string& path, FieldId id_max) {
  if (field.id < 1 || field.id > id_max) {
    return BadField(path, "has the field id " + std::to_string(field.id) +
                              ", ids of columns are 1 to " + std::to_string(id_max));
  }
  if (field.name.empty()) {
    return BadField(path, "has no name");
  }
  if (!internal::IsUtf8(field.name)) {
    return BadField(path, "has a name that is not UTF-8");
  }
  if (field.doc && !internal::IsUtf8(*field.doc)) {
    return BadField(path, "has a comment that is not UTF-8");
  }
  const bool has_default =
      HasDefault(field.initial_default) || HasDefault(field.write_default);
  if (has_default &&
      (!field.type.is_primitive() || field.type.id() == TypeId::kUnknown)) {
    return BadField(path, "cannot have a default other than null, its type is " +
                              field.type.ToString());
  }
  if (field.required && field.type.id() == TypeId::kUnknown) {
    return BadField(path, "is always null and cannot be required, its type is unknown");
  }
  return Status::OK();
}

class FreshIds {
 public:
  explicit FreshIds(FieldId first_id) : next_id_(first_id) {}

  std::vector<Field> Fields(const std::vector<Field>& fields) {
    std::vector<Field> fresh = fields;
    for (Field& field : fresh) {
      field.id = next_id_++;
    }
    for (Field& field : fresh) {
      field.type = Nested(field.type);
    }
    return fresh;
  }

  FieldId last_id() const { return next_id_ - 1; }

 private:
  Type Nested(const Type& type) {
    switch (type.id()) {
      case TypeId::kStruct:
        return Type::Struct(Fields(type.fields()));
      case TypeId::kList: {
        const FieldId id = next_id_++;
        return Type::List(id, Nested(type.element().type), type.element().required);
      }
      case TypeId::kMap: {
        const FieldId key_id = next_id_++;
        const FieldId value_id = next_id_++;
        Type key = Nested(type.key().type);
        Type value = Nested(type.value().type);
        return Type::Map(key_id, std::move(key), value_id, std::move(value),
                         type.value().required);
      }
      default:
        return type;
    }
  }

  FieldId next_id_;
};

bool NeedsVersion3(const Field& field) {
  switch (field.type.id()) {
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
    case TypeId::kUnknown:
    case TypeId::kVariant:
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return true;
    default:
      break;
  }
  if (HasDefault(field.initial_default) || HasDefault(field.write_default)) {
    return true;
  }
  const std::vector<Field>& children = field.type.fields();
  return std::any_of(children.begin(), children.end(), NeedsVersion3);
}

}  // namespace

// Walks the fields once and fills the look-up tables of a schema under construction.
class Schema::Indexer {
 public:
  Indexer(Schema* schema, FieldId id_max) : schema_(*schema), id_max_(id_max) {}

  struct Parent {
    std::string prefix;           // full name of the parent and a dot
    bool through_structs = true;  // no list or map above
    bool all_required = true;     // no optional field above
  };

  Status Index(const std::vector<Field>& fields, const Parent& parent) {
    for (const Field& field : fields) {
      const std::string path = parent.prefix + field.name;
      ARROW_RETURN_NOT_OK(CheckField(field, path, id_max_));
      ARROW_RETURN_NOT_OK(Register(field, path, parent));
      ARROW_RETURN_NOT_OK(Index(field.type.fields(),
                                {.prefix = path + ".",
                                 .through_structs = parent.through_structs &&
                                                    field.type.id() == TypeId::kStruct,
                                 .all_required = parent.all_required && field.required}));
    }
    return Status::OK();
  }

  Status CheckIdentifierFields() const {
    for (const FieldId id : schema_.identifier_field_ids_) {
      const Field* field = schema_.FindById(id);
      if (field == nullptr) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "No column has the identifier field id " + std::to_string(id));
      }
      const TypeId type = field->type.id();
      if (!field->type.is_primitive() || type == TypeId::kFloat ||
          type == TypeId::kDouble) {
        return BadField(schema_.NameOf(id),
                        "cannot identify rows, its type is " + field->type.ToString());
      }
      if (!key_ids_.contains(id)) {
        return BadField(schema_.NameOf(id),
                        "cannot identify rows, it and every struct "
                        "around it must be required and in no list or map");
      }
    }
    return Status::OK();
  }

 private:
  Status Register(const Field& field, const std::string& path, const Parent& parent) {
    const auto [by_id, new_id] = schema_.by_id_.try_emplace(
        field.id, Indexed{&field, path, parent.through_structs});
    if (!new_id) {
      return BadField(path, "has the field id " + std::to_string(field.id) +
                                ", which is that of '" + by_id->second.full_name + "'");
    }
    if (!schema_.by_name_.try_emplace(path, field.id).second) {
      return BadField(path, "is there twice, names must be unique");
    }
    schema_.by_folded_name_[LowerCase(path)].push_back(field.id);
    schema_.highest_field_id_ = std::max(schema_.highest_field_id_, field.id);
    if (parent.through_structs && parent.all_required && field.required) {
      key_ids_.insert(field.id);
    }
    return Status::OK();
  }

  Schema& schema_;
  const FieldId id_max_;
  std::unordered_set<FieldId> key_ids_;  // fields that are there in every row
};

Result<std::shared_ptr<const Schema>> Schema::Make(
    SchemaId id, std::vector<Field> fields, std::vector<FieldId> identifier_field_ids) {
  auto schema = std::make_shared<Schema>();
  schema->id_ = id;
  schema->type_ = Type::Struct(std::move(fields));
  schema->identifier_field_ids_ = std::move(identifier_field_ids);
  Indexer indexer(schema.get(), kMaxUserFieldId);
  ARROW_RETURN_NOT_OK(indexer.Index(schema->fields(), {}));
  ARROW_RETURN_NOT_OK(indexer.CheckIdentifierFields());
  return schema;
}

Result<std::shared_ptr<const Schema>> Schema::MakeForFile(SchemaId id,
                                                          std::vector<Field> fields) {
  auto schema = std::make_shared<Schema>();
  schema->id_ = id;
  schema->type_ = Type::Struct(std::move(fields));
  Indexer indexer(schema.get(), std::numeric_limits<FieldId>::max());
  ARROW_RETURN_NOT_OK(indexer.Index(schema->fields(), {}));
  return schema;
}

const Field* Schema::FindById(FieldId id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.field;
}

const Field* Schema::FindByName(std::string_view full_name) const {
  const auto found = by_name_.find(std::string(full_name));
  return found == by_name_.end() ? nullptr : FindById(found->second);
}

const Field* Schema::FindByNameIgnoringCase(std::string_view full_name) const {
  const auto found = by_folded_name_.find(LowerCase(full_name));
  if (found == by_folded_name_.end() || found->second.size() != 1) {
    return nullptr;
  }
  return FindById(found->second.front());
}

const std::string& Schema::NameOf(FieldId id) const {
  static const std::string kNone;
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? kNone : found->second.full_name;
}

bool Schema::IsReachableByStructs(FieldId id) const {
  const auto found = by_id_.find(id);
  return found != by_id_.end() && found->second.through_structs;
}

bool Schema::SameAs(const Schema& other) const {
  const auto key = [](const Schema& schema) {
    return std::set<FieldId>(schema.identifier_field_ids_.begin(),
                             schema.identifier_field_ids_.end());
  };
  return type_ == other.type_ && key(*this) == key(other);
}

std::string Schema::ToString() const { return type_.ToString(); }

std::vector<Field> AssignFreshIds(const std::vector<Field>& fields, FieldId first_id,
                                  FieldId* last_id) {
  FreshIds ids(first_id);
  std::vector<Field> fresh = ids.Fields(fields);
  if (last_id != nullptr) {
    *last_id = ids.last_id();
  }
  return fresh;
}

int32_t MinFormatVersion(const Schema& schema) {
  const std::vector<Field>& fields = schema.fields();
  return std::any_of(fields.begin(), fields.end(), NeedsVersion3) ? 3 : 1;
}

}  // namespace tarn::iceberg
