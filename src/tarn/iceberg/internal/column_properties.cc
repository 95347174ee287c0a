#include "tarn/iceberg/internal/column_properties.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace tarn::iceberg::internal {
namespace {

constexpr char kNameMappingProperty[] = "schema.name-mapping.default";
constexpr std::array<std::string_view, 9> kColumnPrefixes = {
    "write.metadata.metrics.column.",
    "write.parquet.bloom-filter-enabled.column.",
    "write.parquet.bloom-filter-fpp.column.",
    "write.parquet.bloom-filter-ndv.column.",
    "write.parquet.compression-codec.column.",
    "write.parquet.compression-level.column.",
    "write.parquet.dict-encoding-enabled.column.",
    "write.parquet.encoding.column.",
    "write.parquet.stats-enabled.column.",
};

class MappingFollower {
 public:
  MappingFollower(const Schema& before, const Schema& after)
      : before_(before), after_(after) {}

  /// `fields` map children of a type that has the children `now`.
  NameMapping Follow(const NameMapping& fields, const std::vector<Field>& now) const {
    NameMapping followed = fields;
    for (MappedField& mapped : followed) {
      if (!mapped.field_id) {
        continue;
      }
      if (const Field* field = after_.FindById(*mapped.field_id)) {
        mapped.fields = Follow(mapped.fields, field->type.fields());
      }
    }
    for (const Field& field : now) {
      const Field* old = before_.FindById(field.id);
      if (old == nullptr) {
        TakeName(field.name, &followed);
        followed.push_back({.field_id = field.id,
                            .names = {field.name},
                            .fields = MappingOf(field.type)});
      } else if (old->name != field.name) {
        Rename(field, &followed);
      }
    }
    return followed;
  }

 private:
  static void TakeName(const std::string& name, NameMapping* fields) {
    for (MappedField& mapped : *fields) {
      std::erase(mapped.names, name);
    }
  }

  static void Rename(const Field& field, NameMapping* fields) {
    const auto mapped = std::ranges::find(*fields, std::optional<FieldId>(field.id),
                                          &MappedField::field_id);
    if (mapped == fields->end()) {
      return;
    }
    TakeName(field.name, fields);
    mapped->names.push_back(field.name);
  }

  static NameMapping MappingOf(const Type& type) {
    NameMapping fields;
    for (const Field& field : type.fields()) {
      fields.push_back(
          {.field_id = field.id, .names = {field.name}, .fields = MappingOf(field.type)});
    }
    return fields;
  }

  const Schema& before_;
  const Schema& after_;
};

}  // namespace

NameMapping FollowNames(const NameMapping& mapping, const Schema& before,
                        const Schema& after) {
  return MappingFollower(before, after).Follow(mapping, after.fields());
}

std::vector<TableUpdate> FollowColumns(
    const std::map<std::string, std::string>& properties, const Schema& before,
    const Schema& after) {
  update::RemoveProperties remove;
  update::SetProperties set;
  for (const auto& [key, value] : properties) {
    if (key == kNameMappingProperty) {
      const Result<NameMapping> mapping = NameMappingFromJson(value);
      if (mapping.ok()) {
        NameMapping followed = FollowNames(*mapping, before, after);
        if (followed != *mapping) {
          set.updates[key] = NameMappingToJson(followed);
        }
      }
      continue;
    }
    const auto* prefix = std::ranges::find_if(
        kColumnPrefixes, [&](std::string_view p) { return key.starts_with(p); });
    if (prefix == kColumnPrefixes.end()) {
      continue;
    }
    const Field* column = before.FindByName(std::string_view(key).substr(prefix->size()));
    if (column == nullptr) {
      continue;
    }
    const std::string new_key = std::string(*prefix) + after.NameOf(column->id);
    if (new_key == key) {
      continue;
    }
    remove.keys.push_back(key);
    if (after.FindById(column->id) != nullptr) {
      set.updates[new_key] = value;
    }
  }
  std::erase_if(remove.keys, [&](const auto& key) { return set.updates.contains(key); });
  std::vector<TableUpdate> updates;
  if (!remove.keys.empty()) {
    updates.emplace_back(std::move(remove));
  }
  if (!set.updates.empty()) {
    updates.emplace_back(std::move(set));
  }
  return updates;
}

}  // namespace tarn::iceberg::internal
