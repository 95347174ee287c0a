// Updates and requirements as JSON (REST spec: TableUpdate, TableRequirement).
#include <functional>
#include <map>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/overload.h"
#include "tarn/iceberg/encrypted_key_json.h"
#include "tarn/iceberg/schema_json.h"
#include "tarn/iceberg/snapshot_json.h"
#include "tarn/iceberg/statistics_file_json.h"
#include "tarn/iceberg/table_update.h"

namespace tarn::iceberg {

namespace {

Json Action(const char* name) { return {{"action", name}}; }

template <typename T>
Json Action(const char* name, const char* key, T&& value) {
  Json json = Action(name);
  json[key] = std::forward<T>(value);
  return json;
}

template <typename Id>
Json IdsToJson(const std::vector<Id>& ids) {
  Json json = Json::array();
  for (const Id& id : ids) {
    json.push_back(id.value);
  }
  return json;
}

Json AddSpecToJson(const PartitionSpec& spec) {
  Json json = PartitionSpecToJson(spec);
  for (Json& field : json["fields"]) {
    if (field.value("field-id", 0) == 0) {
      field.erase("field-id");  // the catalog is to give it
    }
  }
  return Action("add-spec", "spec", std::move(json));
}

Json SetRefToJson(const update::SetSnapshotRef& update) {
  Json json = SnapshotRefToJson(update.ref);
  json["action"] = "set-snapshot-ref";
  json["ref-name"] = update.name;
  return json;
}

/// A snapshot goes over the wire with all it has; what a version leaves out, the table's
/// writer drops.
constexpr int32_t kWireFormatVersion = 3;

Json AddSnapshotToJson(const Snapshot& snapshot) {
  return Action("add-snapshot", "snapshot", SnapshotToJson(snapshot, kWireFormatVersion));
}

Json ToJson(const update::AssignUuid& u) { return Action("assign-uuid", "uuid", u.uuid); }

Json ToJson(const update::UpgradeFormatVersion& u) {
  return Action("upgrade-format-version", "format-version", u.version);
}

Json ToJson(const update::AddSchema& u) {
  return Action("add-schema", "schema", SchemaToJson(*u.schema));
}

Json ToJson(const update::SetCurrentSchema& u) {
  return Action("set-current-schema", "schema-id", u.id.value);
}

Json ToJson(const update::AddPartitionSpec& u) { return AddSpecToJson(u.spec); }

Json ToJson(const update::SetDefaultSpec& u) {
  return Action("set-default-spec", "spec-id", u.id.value);
}

Json ToJson(const update::AddSortOrder& u) {
  return Action("add-sort-order", "sort-order", SortOrderToJson(u.order));
}

Json ToJson(const update::SetDefaultSortOrder& u) {
  return Action("set-default-sort-order", "sort-order-id", u.id.value);
}

Json ToJson(const update::AddSnapshot& u) { return AddSnapshotToJson(u.snapshot); }

Json ToJson(const update::SetSnapshotRef& u) { return SetRefToJson(u); }

Json ToJson(const update::RemoveSnapshots& u) {
  return Action("remove-snapshots", "snapshot-ids", IdsToJson(u.ids));
}

Json ToJson(const update::RemoveSnapshotRef& u) {
  return Action("remove-snapshot-ref", "ref-name", u.name);
}

Json ToJson(const update::SetLocation& u) {
  return Action("set-location", "location", u.location);
}

Json ToJson(const update::SetProperties& u) {
  return Action("set-properties", "updates", u.updates);
}

Json ToJson(const update::RemoveProperties& u) {
  return Action("remove-properties", "removals", u.keys);
}

Json ToJson(const update::SetStatistics& u) {
  return Action("set-statistics", "statistics", StatisticsFileToJson(u.file));
}

Json ToJson(const update::RemoveStatistics& u) {
  return Action("remove-statistics", "snapshot-id", u.snapshot_id.value);
}

Json ToJson(const update::SetPartitionStatistics& u) {
  return Action("set-partition-statistics", "partition-statistics",
                PartitionStatisticsFileToJson(u.file));
}

Json ToJson(const update::RemovePartitionStatistics& u) {
  return Action("remove-partition-statistics", "snapshot-id", u.snapshot_id.value);
}

Json ToJson(const update::RemovePartitionSpecs& u) {
  return Action("remove-partition-specs", "spec-ids", IdsToJson(u.ids));
}

Json ToJson(const update::RemoveSchemas& u) {
  return Action("remove-schemas", "schema-ids", IdsToJson(u.ids));
}

Json ToJson(const update::AddEncryptionKey& u) {
  return Action("add-encryption-key", "encryption-key", EncryptedKeyToJson(u.key));
}

Json ToJson(const update::RemoveEncryptionKey& u) {
  return Action("remove-encryption-key", "key-id", u.key_id);
}

Result<TableUpdate> ReadAssignUuid(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(std::string uuid, fields.String("uuid"));
  return update::AssignUuid{std::move(uuid)};
}

Result<TableUpdate> ReadUpgrade(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const int32_t version, fields.Int32("format-version"));
  return update::UpgradeFormatVersion{version};
}

Result<TableUpdate> ReadAddSchema(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("schema"));
  ARROW_ASSIGN_OR_RAISE(auto schema, SchemaFromJson(*json));
  return update::AddSchema{std::move(schema)};
}

Result<TableUpdate> ReadSetCurrentSchema(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const int32_t id, fields.Int32("schema-id"));
  return update::SetCurrentSchema{SchemaId{id}};
}

/// On the wire the spec's id and its fields' ids may be missing: the catalog gives them
/// (0 here).
Result<TableUpdate> ReadAddSpec(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("spec"));
  Json spec = *json;
  if (!spec.contains("spec-id") || spec["spec-id"].is_null()) {
    spec["spec-id"] = 0;
  }
  std::vector<bool> is_unset;
  if (spec.contains("fields") && spec["fields"].is_array()) {
    for (Json& field : spec["fields"]) {
      const bool is_missing = field.is_object() && (!field.contains("field-id") ||
                                                    field["field-id"].is_null());
      is_unset.push_back(is_missing);
      if (is_missing) {
        field["field-id"] = kFirstPartitionFieldId;
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(PartitionSpec parsed, PartitionSpecFromJson(spec));
  for (size_t i = 0; i < parsed.fields.size() && i < is_unset.size(); ++i) {
    if (is_unset[i]) {
      parsed.fields[i].field_id = 0;
    }
  }
  return update::AddPartitionSpec{std::move(parsed)};
}

Result<TableUpdate> ReadSetDefaultSpec(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const int32_t id, fields.Int32("spec-id"));
  return update::SetDefaultSpec{SpecId{id}};
}

Result<TableUpdate> ReadAddSortOrder(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("sort-order"));
  Json order = *json;
  if (!order.contains("order-id") || order["order-id"].is_null()) {
    const bool is_sorted = order.contains("fields") && !order["fields"].empty();
    order["order-id"] = is_sorted ? 1 : 0;
  }
  ARROW_ASSIGN_OR_RAISE(SortOrder parsed, SortOrderFromJson(order));
  return update::AddSortOrder{std::move(parsed)};
}

Result<TableUpdate> ReadSetDefaultSortOrder(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const int32_t id, fields.Int32("sort-order-id"));
  return update::SetDefaultSortOrder{SortOrderId{id}};
}

Result<TableUpdate> ReadAddSnapshot(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("snapshot"));
  ARROW_ASSIGN_OR_RAISE(Snapshot snapshot, SnapshotFromJson(*json));
  return update::AddSnapshot{std::move(snapshot)};
}

Result<TableUpdate> ReadSetRef(const Json& json, const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(std::string name, fields.String("ref-name"));
  ARROW_ASSIGN_OR_RAISE(SnapshotRef ref, SnapshotRefFromJson(json));
  return update::SetSnapshotRef{std::move(name), ref};
}

Result<TableUpdate> ReadRemoveRef(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(std::string name, fields.String("ref-name"));
  return update::RemoveSnapshotRef{std::move(name)};
}

Result<TableUpdate> ReadSetLocation(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(std::string location, fields.String("location"));
  return update::SetLocation{std::move(location)};
}

/// Clients before 1.4 of the reference implementation wrote "updated" and "removed".
Result<TableUpdate> ReadSetProperties(const JsonFields& fields) {
  const char* key =
      fields.Has("updates") || !fields.Has("updated") ? "updates" : "updated";
  ARROW_RETURN_NOT_OK(fields.Object(key).status());
  ARROW_ASSIGN_OR_RAISE(auto updates, fields.StringMap(key));
  return update::SetProperties{std::move(updates)};
}

Result<TableUpdate> ReadRemoveProperties(const JsonFields& fields) {
  const char* key =
      fields.Has("removals") || !fields.Has("removed") ? "removals" : "removed";
  ARROW_ASSIGN_OR_RAISE(const Json* array, fields.Array(key));
  ARROW_ASSIGN_OR_RAISE(auto keys, StringArray(*array, "remove-properties"));
  return update::RemoveProperties{std::move(keys)};
}

/// Older clients repeat the snapshot id beside the file, which has it too.
Result<TableUpdate> ReadSetStatistics(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("statistics"));
  ARROW_ASSIGN_OR_RAISE(StatisticsFile file, StatisticsFileFromJson(*json));
  return update::SetStatistics{std::move(file)};
}

Result<TableUpdate> ReadSetPartitionStatistics(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("partition-statistics"));
  ARROW_ASSIGN_OR_RAISE(PartitionStatisticsFile file,
                        PartitionStatisticsFileFromJson(*json));
  return update::SetPartitionStatistics{std::move(file)};
}

Result<TableUpdate> ReadAddKey(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("encryption-key"));
  ARROW_ASSIGN_OR_RAISE(EncryptedKey key, EncryptedKeyFromJson(*json));
  return update::AddEncryptionKey{std::move(key)};
}

Result<TableUpdate> ReadRemoveKey(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(std::string id, fields.String("key-id"));
  return update::RemoveEncryptionKey{std::move(id)};
}

template <typename Update>
Result<TableUpdate> ReadSnapshotIdUpdate(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const int64_t id, fields.Int64("snapshot-id"));
  return Update{SnapshotId{id}};
}

Result<TableUpdate> ReadRemoveSnapshots(const JsonFields& fields) {
  ARROW_ASSIGN_OR_RAISE(const Json* array, fields.Array("snapshot-ids"));
  ARROW_ASSIGN_OR_RAISE(const auto ids, Int64Array(*array, "snapshot-ids"));
  update::RemoveSnapshots update;
  for (const int64_t id : ids) {
    update.ids.push_back(SnapshotId{id});
  }
  return update;
}

template <typename Update, typename Id>
Result<TableUpdate> ReadIdList(const JsonFields& fields, const char* key) {
  ARROW_ASSIGN_OR_RAISE(const Json* array, fields.Array(key));
  ARROW_ASSIGN_OR_RAISE(const auto ids, Int64Array(*array, key));
  Update update;
  for (const int64_t id : ids) {
    if (id != static_cast<int32_t>(id)) {
      return fields.Wrong(key, "32-bit integers");
    }
    update.ids.push_back(Id{static_cast<int32_t>(id)});
  }
  return update;
}

using UpdateReader = std::function<Result<TableUpdate>(const Json&, const JsonFields&)>;

UpdateReader OfFields(Result<TableUpdate> (*read)(const JsonFields&)) {
  return [read](const Json&, const JsonFields& fields) { return read(fields); };
}

UpdateReader OfKey(Result<TableUpdate> (*read)(const JsonFields&, const char*),
                   const char* key) {
  return [read, key](const Json&, const JsonFields& fields) { return read(fields, key); };
}

const std::map<std::string, UpdateReader>& UpdateReaders() {
  static const auto& readers = *new std::map<std::string, UpdateReader>{
      {"assign-uuid", OfFields(ReadAssignUuid)},
      {"upgrade-format-version", OfFields(ReadUpgrade)},
      {"add-schema", OfFields(ReadAddSchema)},
      {"set-current-schema", OfFields(ReadSetCurrentSchema)},
      {"add-spec", OfFields(ReadAddSpec)},
      {"set-default-spec", OfFields(ReadSetDefaultSpec)},
      {"add-sort-order", OfFields(ReadAddSortOrder)},
      {"set-default-sort-order", OfFields(ReadSetDefaultSortOrder)},
      {"add-snapshot", OfFields(ReadAddSnapshot)},
      {"set-snapshot-ref", ReadSetRef},
      {"remove-snapshots", OfFields(ReadRemoveSnapshots)},
      {"remove-snapshot-ref", OfFields(ReadRemoveRef)},
      {"set-location", OfFields(ReadSetLocation)},
      {"set-properties", OfFields(ReadSetProperties)},
      {"remove-properties", OfFields(ReadRemoveProperties)},
      {"set-statistics", OfFields(ReadSetStatistics)},
      {"remove-statistics", OfFields(ReadSnapshotIdUpdate<update::RemoveStatistics>)},
      {"set-partition-statistics", OfFields(ReadSetPartitionStatistics)},
      {"remove-partition-statistics",
       OfFields(ReadSnapshotIdUpdate<update::RemovePartitionStatistics>)},
      {"remove-partition-specs",
       OfKey(ReadIdList<update::RemovePartitionSpecs, SpecId>, "spec-ids")},
      {"remove-schemas",
       OfKey(ReadIdList<update::RemoveSchemas, SchemaId>, "schema-ids")},
      {"add-encryption-key", OfFields(ReadAddKey)},
      {"remove-encryption-key", OfFields(ReadRemoveKey)}};
  return readers;
}

Json Require(const char* type) { return {{"type", type}}; }

template <typename T>
Json Require(const char* type, const char* key, const T& value) {
  Json json = Require(type);
  json[key] = value;
  return json;
}

Json RefRequirementToJson(const require::AssertRefSnapshotId& required) {
  Json json = Require("assert-ref-snapshot-id", "ref", required.ref);
  // Null, not absent, says that the ref must not exist.
  json["snapshot-id"] = required.snapshot_id ? Json(required.snapshot_id->value) : Json();
  return json;
}

Result<TableRequirement> ReadRefRequirement(const JsonFields& fields) {
  require::AssertRefSnapshotId required;
  ARROW_ASSIGN_OR_RAISE(required.ref, fields.String("ref"));
  ARROW_ASSIGN_OR_RAISE(auto id, fields.OptionalInt64("snapshot-id"));
  if (id) {
    required.snapshot_id = SnapshotId{*id};
  }
  return required;
}

}  // namespace

Json TableUpdateToJson(const TableUpdate& update) {
  return std::visit([](const auto& alternative) { return ToJson(alternative); }, update);
}

Result<TableUpdate> TableUpdateFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields untitled,
                        JsonFields::Make(json, "table update"));
  ARROW_ASSIGN_OR_RAISE(const std::string action, untitled.String("action"));
  const auto reader = UpdateReaders().find(action);
  if (reader == UpdateReaders().end()) {
    return MakeError(ErrorCode::kNotSupported, "Unknown table update \"" + action + "\"");
  }
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "table update " + action));
  return reader->second(json, fields);
}

Json TableRequirementToJson(const TableRequirement& requirement) {
  return std::visit(
      Overload{
          [](const require::AssertCreate&) { return Require("assert-create"); },
          [](const require::AssertTableUuid& r) {
            return Require("assert-table-uuid", "uuid", r.uuid);
          },
          [](const require::AssertRefSnapshotId& r) { return RefRequirementToJson(r); },
          [](const require::AssertLastAssignedFieldId& r) {
            return Require("assert-last-assigned-field-id", "last-assigned-field-id",
                           r.id);
          },
          [](const require::AssertCurrentSchemaId& r) {
            return Require("assert-current-schema-id", "current-schema-id", r.id.value);
          },
          [](const require::AssertLastAssignedPartitionId& r) {
            return Require("assert-last-assigned-partition-id",
                           "last-assigned-partition-id", r.id);
          },
          [](const require::AssertDefaultSpecId& r) {
            return Require("assert-default-spec-id", "default-spec-id", r.id.value);
          },
          [](const require::AssertDefaultSortOrderId& r) {
            return Require("assert-default-sort-order-id", "default-sort-order-id",
                           r.id.value);
          }},
      requirement);
}

Result<TableRequirement> TableRequirementFromJson(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "table requirement"));
  ARROW_ASSIGN_OR_RAISE(const std::string type, fields.String("type"));
  if (type == "assert-create") {
    return require::AssertCreate{};
  }
  if (type == "assert-ref-snapshot-id") {
    return ReadRefRequirement(fields);
  }
  if (type == "assert-table-uuid") {
    ARROW_ASSIGN_OR_RAISE(std::string uuid, fields.String("uuid"));
    return require::AssertTableUuid{std::move(uuid)};
  }
  // All others are one id under a key that is the type without "assert-".
  const std::string key = type.starts_with("assert-") ? type.substr(7) : type;
  const bool is_known =
      type == "assert-last-assigned-field-id" || type == "assert-current-schema-id" ||
      type == "assert-last-assigned-partition-id" || type == "assert-default-spec-id" ||
      type == "assert-default-sort-order-id";
  if (!is_known) {
    return MakeError(ErrorCode::kNotSupported,
                     "Unknown table requirement \"" + type + "\"");
  }
  ARROW_ASSIGN_OR_RAISE(const int32_t id, fields.Int32(key));
  if (key == "last-assigned-field-id") {
    return require::AssertLastAssignedFieldId{id};
  }
  if (key == "current-schema-id") {
    return require::AssertCurrentSchemaId{SchemaId{id}};
  }
  if (key == "last-assigned-partition-id") {
    return require::AssertLastAssignedPartitionId{id};
  }
  if (key == "default-spec-id") {
    return require::AssertDefaultSpecId{SpecId{id}};
  }
  return require::AssertDefaultSortOrderId{SortOrderId{id}};
}

}  // namespace tarn::iceberg
