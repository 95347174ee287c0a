#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/iceberg/internal/transform_json.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::iceberg {
namespace {

using nlohmann::json;

constexpr char kWhat[] = "Partition spec";

json FieldToJson(const PartitionField& field) {
  json tree = {{"name", field.name}, {"field-id", field.field_id}};
  internal::PutTerm(field.transform, field.source_ids, &tree);
  return tree;
}

bool HasFieldId(const json& tree) {
  return tree.is_object() && tree.contains("field-id") && !tree["field-id"].is_null();
}

Result<PartitionField> FieldFromJson(const json& tree, FieldId id_if_missing) {
  PartitionField field;
  ARROW_ASSIGN_OR_RAISE(field.name, internal::StringFromJson(tree, "name", kWhat));
  const std::string what = "Partition field '" + field.name + "'";
  ARROW_ASSIGN_OR_RAISE(internal::TransformTerm term, internal::TermFromJson(tree, what));
  field.source_ids = std::move(term.source_ids);
  field.transform = std::move(term.transform);
  field.field_id = id_if_missing;
  if (HasFieldId(tree)) {
    ARROW_ASSIGN_OR_RAISE(field.field_id, internal::IdFromJson(tree, "field-id", what));
  }
  return field;
}

}  // namespace

json PartitionFieldsToJson(const PartitionSpec& spec) {
  json fields = json::array();
  for (const PartitionField& field : spec.fields) {
    fields.push_back(FieldToJson(field));
  }
  return fields;
}

json PartitionSpecToJson(const PartitionSpec& spec) {
  return {{"spec-id", spec.id.value}, {"fields", PartitionFieldsToJson(spec)}};
}

Result<PartitionSpec> PartitionSpecFromFieldsJson(SpecId id, const json& fields) {
  if (!fields.is_array()) {
    return MakeError(ErrorCode::kInvalidData,
                     std::string(kWhat) + ": its fields are not a JSON array");
  }
  const auto with_id = std::count_if(fields.begin(), fields.end(), HasFieldId);
  if (with_id != 0 && with_id != static_cast<int64_t>(fields.size())) {
    return MakeError(ErrorCode::kInvalidData,
                     std::string(kWhat) + ": only " + std::to_string(with_id) + " of " +
                         std::to_string(fields.size()) + " fields have a 'field-id'");
  }
  PartitionSpec spec{.id = id, .fields = {}};
  FieldId next_id = kFirstPartitionFieldId;
  for (const json& tree : fields) {
    ARROW_ASSIGN_OR_RAISE(PartitionField field, FieldFromJson(tree, next_id++));
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

Result<PartitionSpec> PartitionSpecFromJson(const json& tree) {
  ARROW_ASSIGN_OR_RAISE(const int32_t id, internal::IdFromJson(tree, "spec-id", kWhat));
  if (!tree.contains("fields")) {
    return MakeError(ErrorCode::kInvalidData,
                     std::string(kWhat) + ": 'fields' is missing");
  }
  return PartitionSpecFromFieldsJson(SpecId{id}, tree["fields"]);
}

}  // namespace tarn::iceberg
