// Table metadata from and to JSON (spec: Table Metadata Fields, Appendix C). Reading is
// generous where the spec's older versions or known writers were, and strict where a
// guess could lose data.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/iceberg/encrypted_key_json.h"
#include "tarn/iceberg/schema_json.h"
#include "tarn/iceberg/snapshot_json.h"
#include "tarn/iceberg/statistics_file_json.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {

namespace {

/// Keys that TableMetadata has members for; all others are carried.
constexpr std::array kKnownKeys =
    std::to_array<std::string_view>({"format-version",
                                     "table-uuid",
                                     "location",
                                     "last-sequence-number",
                                     "last-updated-ms",
                                     "last-column-id",
                                     "schema",
                                     "schemas",
                                     "current-schema-id",
                                     "partition-spec",
                                     "partition-specs",
                                     "default-spec-id",
                                     "last-partition-id",
                                     "sort-orders",
                                     "default-sort-order-id",
                                     "properties",
                                     "current-snapshot-id",
                                     "snapshots",
                                     "snapshot-log",
                                     "metadata-log",
                                     "refs",
                                     "next-row-id",
                                     "statistics",
                                     "partition-statistics",
                                     "encryption-keys"});

/// What older writers put in `current-snapshot-id` for "none".
constexpr int64_t kNoSnapshot = -1;

Status Invalid(std::string message) {
  return MakeError(ErrorCode::kInvalidData,
                   "Invalid table metadata: " + std::move(message));
}

Status ReadHeader(const JsonFields& fields, TableMetadata* table) {
  ARROW_ASSIGN_OR_RAISE(table->format_version, fields.Int32("format-version"));
  if (table->format_version < 1 || table->format_version > 3) {
    return MakeError(ErrorCode::kNotSupported,
                     "Cannot read table metadata of format version " +
                         std::to_string(table->format_version) +
                         ": versions 1 to 3 are supported");
  }
  if (table->format_version == 1) {
    ARROW_ASSIGN_OR_RAISE(auto uuid, fields.OptionalString("table-uuid"));
    table->table_uuid = uuid.value_or("");
  } else {
    ARROW_ASSIGN_OR_RAISE(table->table_uuid, fields.String("table-uuid"));
    ARROW_ASSIGN_OR_RAISE(table->last_sequence_number.value,
                          fields.Int64("last-sequence-number"));
  }
  ARROW_ASSIGN_OR_RAISE(table->location, fields.String("location"));
  ARROW_ASSIGN_OR_RAISE(const int64_t updated, fields.Int64("last-updated-ms"));
  table->last_updated = std::chrono::milliseconds(updated);
  ARROW_ASSIGN_OR_RAISE(table->last_column_id, fields.Int32("last-column-id"));
  if (table->format_version >= 3) {
    ARROW_ASSIGN_OR_RAISE(table->next_row_id, fields.Int64("next-row-id"));
    if (*table->next_row_id < 0) {
      return fields.Wrong("next-row-id", "zero or positive");
    }
  }
  ARROW_ASSIGN_OR_RAISE(table->properties, fields.StringMap("properties"));
  return Status::OK();
}

Status ReadSchemas(const JsonFields& fields, TableMetadata* table) {
  ARROW_ASSIGN_OR_RAISE(const Json* schemas, fields.OptionalArray("schemas"));
  if (schemas != nullptr) {
    for (const Json& json : *schemas) {
      ARROW_ASSIGN_OR_RAISE(auto schema, SchemaFromJson(json));
      if (table->FindSchema(schema->id()) != nullptr) {
        return Invalid("two schemas have id " + std::to_string(schema->id().value));
      }
      table->schemas.push_back(std::move(schema));
    }
    ARROW_ASSIGN_OR_RAISE(table->current_schema_id.value,
                          fields.Int32("current-schema-id"));
  } else if (table->format_version == 1) {
    ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Object("schema"));
    ARROW_ASSIGN_OR_RAISE(auto schema, SchemaFromJson(*json));
    table->current_schema_id = schema->id();
    table->schemas.push_back(std::move(schema));
  } else {
    return fields.Array("schemas").status();
  }
  if (table->FindSchema(table->current_schema_id) == nullptr) {
    return Invalid("\"schemas\" has none with the current id " +
                   std::to_string(table->current_schema_id.value));
  }
  for (const auto& schema : table->schemas) {
    table->last_column_id = std::max(table->last_column_id, schema->highest_field_id());
  }
  return Status::OK();
}

Status ReadSpecs(const JsonFields& fields, TableMetadata* table) {
  ARROW_ASSIGN_OR_RAISE(const Json* specs, fields.OptionalArray("partition-specs"));
  if (specs != nullptr) {
    for (const Json& json : *specs) {
      ARROW_ASSIGN_OR_RAISE(PartitionSpec spec, PartitionSpecFromJson(json));
      if (table->FindSpec(spec.id) != nullptr) {
        return Invalid("two partition specs have id " + std::to_string(spec.id.value));
      }
      table->partition_specs.push_back(std::move(spec));
    }
    ARROW_ASSIGN_OR_RAISE(table->default_spec_id.value, fields.Int32("default-spec-id"));
  } else if (table->format_version == 1) {
    ARROW_ASSIGN_OR_RAISE(const Json* json, fields.Array("partition-spec"));
    ARROW_ASSIGN_OR_RAISE(PartitionSpec spec,
                          PartitionSpecFromFieldsJson(SpecId{0}, *json));
    table->default_spec_id = spec.id;
    table->partition_specs.push_back(std::move(spec));
  } else {
    return fields.Array("partition-specs").status();
  }
  if (table->FindSpec(table->default_spec_id) == nullptr) {
    return Invalid("\"partition-specs\" has none with the default id " +
                   std::to_string(table->default_spec_id.value));
  }
  ARROW_ASSIGN_OR_RAISE(auto last_id, fields.OptionalInt32("last-partition-id"));
  if (!last_id.has_value() && table->format_version > 1) {
    return Invalid("\"last-partition-id\" is missing");
  }
  table->last_partition_id = last_id.value_or(kFirstPartitionFieldId - 1);
  for (const PartitionSpec& spec : table->partition_specs) {
    for (const PartitionField& field : spec.fields) {
      table->last_partition_id = std::max(table->last_partition_id, field.field_id);
    }
  }
  return Status::OK();
}

Status ReadSortOrders(const JsonFields& fields, TableMetadata* table) {
  ARROW_ASSIGN_OR_RAISE(const Json* orders, fields.OptionalArray("sort-orders"));
  if (orders != nullptr) {
    for (const Json& json : *orders) {
      ARROW_ASSIGN_OR_RAISE(SortOrder order, SortOrderFromJson(json));
      if (std::ranges::count(table->sort_orders, order.id, &SortOrder::id) > 0) {
        return Invalid("two sort orders have id " + std::to_string(order.id.value));
      }
      table->sort_orders.push_back(std::move(order));
    }
    ARROW_ASSIGN_OR_RAISE(auto id, fields.OptionalInt32("default-sort-order-id"));
    table->default_sort_order_id = SortOrderId{id.value_or(0)};
  } else if (table->format_version > 1) {
    return fields.Array("sort-orders").status();
  }
  const SortOrderId id = table->default_sort_order_id;
  if (std::ranges::count(table->sort_orders, id, &SortOrder::id) == 0) {
    if (id != SortOrderId{0}) {
      return Invalid("\"sort-orders\" has none with the default id " +
                     std::to_string(id.value));
    }
    table->sort_orders.push_back(
        SortOrder{});  // 0 means unsorted even where nobody wrote it down
  }
  return Status::OK();
}

Status ReadSnapshots(const JsonFields& fields, TableMetadata* table) {
  ARROW_ASSIGN_OR_RAISE(auto current, fields.OptionalInt64("current-snapshot-id"));
  if (current && *current != kNoSnapshot) {
    table->current_snapshot_id = SnapshotId{*current};
  }
  ARROW_ASSIGN_OR_RAISE(const Json* snapshots, fields.OptionalArray("snapshots"));
  if (snapshots == nullptr) {
    return Status::OK();
  }
  std::set<SnapshotId> seen;
  for (const Json& json : *snapshots) {
    ARROW_ASSIGN_OR_RAISE(Snapshot snapshot, SnapshotFromJson(json));
    if (!seen.insert(snapshot.id).second) {
      return Invalid("two snapshots have id " + std::to_string(snapshot.id.value));
    }
    if (table->format_version > 1 &&
        snapshot.sequence_number > table->last_sequence_number) {
      return Invalid(
          "snapshot " + std::to_string(snapshot.id.value) + " has sequence number " +
          std::to_string(snapshot.sequence_number.value) + ", beyond the table's last " +
          std::to_string(table->last_sequence_number.value));
    }
    table->snapshots.push_back(std::move(snapshot));
  }
  return Status::OK();
}

Status ReadRefs(const JsonFields& fields, TableMetadata* table) {
  if (fields.Has("refs")) {
    ARROW_ASSIGN_OR_RAISE(const Json* refs, fields.Object("refs"));
    for (const auto& [name, json] : refs->items()) {
      ARROW_ASSIGN_OR_RAISE(table->refs[name], SnapshotRefFromJson(json));
    }
  }
  // The spec: there is always a main branch at the current snapshot, even if refs does
  // not say so.
  const auto main = table->refs.find(kMainBranch);
  if (main == table->refs.end()) {
    if (table->current_snapshot_id) {
      table->refs[kMainBranch] = SnapshotRef{.snapshot_id = *table->current_snapshot_id};
    }
  } else if (!table->current_snapshot_id ||
             *table->current_snapshot_id != main->second.snapshot_id) {
    return Invalid(
        "branch main is at snapshot " + std::to_string(main->second.snapshot_id.value) +
        " but the current snapshot is " +
        (table->current_snapshot_id ? std::to_string(table->current_snapshot_id->value)
                                    : "not set"));
  }
  for (const auto& [name, ref] : table->refs) {
    if (table->FindSnapshot(ref.snapshot_id) == nullptr) {
      return Invalid("reference " + name + " is at snapshot " +
                     std::to_string(ref.snapshot_id.value) +
                     ", which is not in \"snapshots\"");
    }
  }
  return Status::OK();
}

Status ReadLogs(const JsonFields& fields, TableMetadata* table) {
  ARROW_ASSIGN_OR_RAISE(const Json* snapshot_log, fields.OptionalArray("snapshot-log"));
  for (const Json& json : snapshot_log == nullptr ? Json::array() : *snapshot_log) {
    ARROW_ASSIGN_OR_RAISE(JsonFields entry, JsonFields::Make(json, "snapshot-log entry"));
    ARROW_ASSIGN_OR_RAISE(const int64_t timestamp, entry.Int64("timestamp-ms"));
    ARROW_ASSIGN_OR_RAISE(const int64_t id, entry.Int64("snapshot-id"));
    table->snapshot_log.push_back({std::chrono::milliseconds(timestamp), SnapshotId{id}});
  }
  ARROW_ASSIGN_OR_RAISE(const Json* metadata_log, fields.OptionalArray("metadata-log"));
  for (const Json& json : metadata_log == nullptr ? Json::array() : *metadata_log) {
    ARROW_ASSIGN_OR_RAISE(JsonFields entry, JsonFields::Make(json, "metadata-log entry"));
    ARROW_ASSIGN_OR_RAISE(const int64_t timestamp, entry.Int64("timestamp-ms"));
    ARROW_ASSIGN_OR_RAISE(std::string file, entry.String("metadata-file"));
    table->metadata_log.push_back(
        {std::chrono::milliseconds(timestamp), std::move(file)});
  }
  return Status::OK();
}

/// Reads each item of the array `key` with `read`.
template <typename Item>
Status ReadItems(const JsonFields& fields, const char* key,
                 Result<Item> (*read)(const Json&), std::vector<Item>* items) {
  ARROW_ASSIGN_OR_RAISE(const Json* array, fields.OptionalArray(key));
  if (array != nullptr) {
    for (const Json& json : *array) {
      ARROW_ASSIGN_OR_RAISE(items->emplace_back(), read(json));
    }
  }
  return Status::OK();
}

Status ReadFilesAndKeys(const JsonFields& fields, TableMetadata* table) {
  ARROW_RETURN_NOT_OK(
      ReadItems(fields, "statistics", StatisticsFileFromJson, &table->statistics));
  ARROW_RETURN_NOT_OK(ReadItems(fields, "partition-statistics",
                                PartitionStatisticsFileFromJson,
                                &table->partition_statistics));
  return ReadItems(fields, "encryption-keys", EncryptedKeyFromJson,
                   &table->encryption_keys);
}

/// Left out where there is none: all three are optional.
template <typename Item>
void AddItems(const std::vector<Item>& items, const char* key, Json (*write)(const Item&),
              Json* json) {
  for (const Item& item : items) {
    (*json)[key].push_back(write(item));
  }
}

Json LogsToJson(const TableMetadata& table) {
  Json snapshot_log = Json::array();
  for (const SnapshotLogEntry& entry : table.snapshot_log) {
    snapshot_log.push_back({{"timestamp-ms", entry.timestamp.count()},
                            {"snapshot-id", entry.snapshot_id.value}});
  }
  Json metadata_log = Json::array();
  for (const MetadataLogEntry& entry : table.metadata_log) {
    metadata_log.push_back({{"timestamp-ms", entry.timestamp.count()},
                            {"metadata-file", entry.metadata_file}});
  }
  return {{"snapshot-log", std::move(snapshot_log)},
          {"metadata-log", std::move(metadata_log)}};
}

void AddShape(const TableMetadata& table, Json* json) {
  Json schemas = Json::array();
  for (const auto& schema : table.schemas) {
    schemas.push_back(SchemaToJson(*schema));
  }
  Json specs = Json::array();
  for (const PartitionSpec& spec : table.partition_specs) {
    specs.push_back(PartitionSpecToJson(spec));
  }
  Json orders = Json::array();
  for (const SortOrder& order : table.sort_orders) {
    orders.push_back(SortOrderToJson(order));
  }
  if (table.format_version == 1) {  // what readers of v1 alone know
    (*json)["schema"] = SchemaToJson(table.schema());
    (*json)["partition-spec"] = PartitionFieldsToJson(table.spec());
  }
  (*json)["schemas"] = std::move(schemas);
  (*json)["current-schema-id"] = table.current_schema_id.value;
  (*json)["partition-specs"] = std::move(specs);
  (*json)["default-spec-id"] = table.default_spec_id.value;
  (*json)["last-partition-id"] = table.last_partition_id;
  (*json)["sort-orders"] = std::move(orders);
  (*json)["default-sort-order-id"] = table.default_sort_order_id.value;
}

}  // namespace

Result<std::shared_ptr<const TableMetadata>> TableMetadataFromJson(
    std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "table metadata"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "table metadata"));
  auto table = std::make_shared<TableMetadata>();
  ARROW_RETURN_NOT_OK(ReadHeader(fields, table.get()));
  ARROW_RETURN_NOT_OK(ReadSchemas(fields, table.get()));
  ARROW_RETURN_NOT_OK(ReadSpecs(fields, table.get()));
  ARROW_RETURN_NOT_OK(ReadSortOrders(fields, table.get()));
  ARROW_RETURN_NOT_OK(ReadSnapshots(fields, table.get()));
  ARROW_RETURN_NOT_OK(ReadRefs(fields, table.get()));
  ARROW_RETURN_NOT_OK(ReadLogs(fields, table.get()));
  ARROW_RETURN_NOT_OK(ReadFilesAndKeys(fields, table.get()));
  table->carried = OtherMembersAsText(json, kKnownKeys);
  return table;
}

std::string TableMetadataToJson(const TableMetadata& table) {
  Json json = MembersFromText(table.carried);
  json.update(LogsToJson(table));
  json["format-version"] = table.format_version;
  if (!table.table_uuid.empty()) {
    json["table-uuid"] = table.table_uuid;
  }
  json["location"] = table.location;
  if (table.format_version > 1) {
    json["last-sequence-number"] = table.last_sequence_number.value;
  }
  json["last-updated-ms"] = table.last_updated.count();
  json["last-column-id"] = table.last_column_id;
  AddShape(table, &json);
  json["properties"] = table.properties;
  // Left out if there is none, as every reader knows "absent" and some stumble over -1 or
  // null.
  if (table.current_snapshot_id) {
    json["current-snapshot-id"] = table.current_snapshot_id->value;
  }
  json["snapshots"] = Json::array();
  for (const Snapshot& snapshot : table.snapshots) {
    json["snapshots"].push_back(SnapshotToJson(snapshot, table.format_version));
  }
  json["refs"] = Json::object();
  for (const auto& [name, ref] : table.refs) {
    json["refs"][name] = SnapshotRefToJson(ref);
  }
  if (table.format_version >= 3) {
    json["next-row-id"] = table.next_row_id.value_or(0);
  }
  AddItems(table.statistics, "statistics", StatisticsFileToJson, &json);
  AddItems(table.partition_statistics, "partition-statistics",
           PartitionStatisticsFileToJson, &json);
  AddItems(table.encryption_keys, "encryption-keys", EncryptedKeyToJson, &json);
  return DumpJson(json);
}

}  // namespace tarn::iceberg
