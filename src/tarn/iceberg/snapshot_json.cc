#include "tarn/iceberg/snapshot_json.h"

#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::iceberg {

Json SnapshotToJson(const Snapshot& snapshot, int32_t format_version) {
  Json json = {{"snapshot-id", snapshot.id.value},
               {"timestamp-ms", snapshot.timestamp.count()}};
  if (snapshot.parent_id) {
    json["parent-snapshot-id"] = snapshot.parent_id->value;
  }
  if (format_version > 1) {
    json["sequence-number"] = snapshot.sequence_number.value;
  }
  if (snapshot.manifest_list.empty()) {
    json["manifests"] = snapshot.v1_manifests;
  } else {
    json["manifest-list"] = snapshot.manifest_list;
  }
  if (!snapshot.operation.empty() || !snapshot.summary.empty()) {
    Json summary = Json::object();
    for (const auto& [key, value] : snapshot.summary) {
      summary[key] = value;
    }
    if (!snapshot.operation.empty()) {
      summary["operation"] = snapshot.operation;
    }
    json["summary"] = std::move(summary);
  }
  if (snapshot.schema_id) {
    json["schema-id"] = snapshot.schema_id->value;
  }
  if (format_version > 2) {
    if (snapshot.first_row_id) {
      json["first-row-id"] = *snapshot.first_row_id;
    }
    if (snapshot.added_rows) {
      json["added-rows"] = *snapshot.added_rows;
    }
    if (snapshot.key_id) {
      json["key-id"] = *snapshot.key_id;
    }
  }
  return json;
}

Result<Snapshot> SnapshotFromJson(const Json& json) {
  Snapshot snapshot;
  ARROW_ASSIGN_OR_RAISE(JsonFields untitled, JsonFields::Make(json, "snapshot"));
  ARROW_ASSIGN_OR_RAISE(snapshot.id.value, untitled.Int64("snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(
      JsonFields fields,
      JsonFields::Make(json, "snapshot " + std::to_string(snapshot.id.value)));

  ARROW_ASSIGN_OR_RAISE(auto parent, fields.OptionalInt64("parent-snapshot-id"));
  // -1 is what old writers put for "no parent".
  if (parent && *parent != -1) {
    snapshot.parent_id = SnapshotId{*parent};
  }
  ARROW_ASSIGN_OR_RAISE(auto sequence_number, fields.OptionalInt64("sequence-number"));
  snapshot.sequence_number = SequenceNumber{sequence_number.value_or(0)};
  if (snapshot.sequence_number.value < 0) {
    return fields.Wrong("sequence-number", "zero or positive");
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t timestamp, fields.Int64("timestamp-ms"));
  snapshot.timestamp = std::chrono::milliseconds(timestamp);

  ARROW_ASSIGN_OR_RAISE(auto manifest_list, fields.OptionalString("manifest-list"));
  snapshot.manifest_list = manifest_list.value_or("");
  if (snapshot.manifest_list.empty()) {
    ARROW_ASSIGN_OR_RAISE(const Json* manifests, fields.OptionalArray("manifests"));
    if (manifests == nullptr) {
      return MakeError(
          ErrorCode::kInvalidData,
          fields.what() + " has neither \"manifest-list\" nor \"manifests\"");
    }
    ARROW_ASSIGN_OR_RAISE(snapshot.v1_manifests,
                          StringArray(*manifests, "\"manifests\" of " + fields.what()));
  }

  ARROW_ASSIGN_OR_RAISE(snapshot.summary, fields.StringMap("summary"));
  if (auto operation = snapshot.summary.extract("operation")) {
    snapshot.operation = std::move(operation.mapped());
  }
  ARROW_ASSIGN_OR_RAISE(auto schema_id, fields.OptionalInt32("schema-id"));
  if (schema_id) {
    snapshot.schema_id = SchemaId{*schema_id};
  }
  ARROW_ASSIGN_OR_RAISE(snapshot.first_row_id, fields.OptionalInt64("first-row-id"));
  ARROW_ASSIGN_OR_RAISE(snapshot.added_rows, fields.OptionalInt64("added-rows"));
  if (snapshot.first_row_id.value_or(0) < 0) {
    return fields.Wrong("first-row-id", "zero or positive");
  }
  if (snapshot.added_rows.value_or(0) < 0) {
    return fields.Wrong("added-rows", "zero or positive");
  }
  ARROW_ASSIGN_OR_RAISE(snapshot.key_id, fields.OptionalString("key-id"));
  return snapshot;
}

Json SnapshotRefToJson(const SnapshotRef& ref) {
  Json json = {{"snapshot-id", ref.snapshot_id.value},
               {"type", ref.type == RefType::kTag ? "tag" : "branch"}};
  if (ref.min_snapshots_to_keep) {
    json["min-snapshots-to-keep"] = *ref.min_snapshots_to_keep;
  }
  if (ref.max_snapshot_age) {
    json["max-snapshot-age-ms"] = ref.max_snapshot_age->count();
  }
  if (ref.max_ref_age) {
    json["max-ref-age-ms"] = ref.max_ref_age->count();
  }
  return json;
}

Result<SnapshotRef> SnapshotRefFromJson(const Json& json) {
  SnapshotRef ref;
  ARROW_ASSIGN_OR_RAISE(JsonFields fields, JsonFields::Make(json, "snapshot reference"));
  ARROW_ASSIGN_OR_RAISE(ref.snapshot_id.value, fields.Int64("snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(const std::string type, fields.String("type"));
  if (type == "tag" || type == "TAG") {
    ref.type = RefType::kTag;
  } else if (type != "branch" && type != "BRANCH") {
    return fields.Wrong("type", "\"branch\" or \"tag\"");
  }
  ARROW_ASSIGN_OR_RAISE(ref.min_snapshots_to_keep,
                        fields.OptionalInt32("min-snapshots-to-keep"));
  ARROW_ASSIGN_OR_RAISE(auto snapshot_age, fields.OptionalInt64("max-snapshot-age-ms"));
  if (snapshot_age) {
    ref.max_snapshot_age = std::chrono::milliseconds(*snapshot_age);
  }
  ARROW_ASSIGN_OR_RAISE(auto ref_age, fields.OptionalInt64("max-ref-age-ms"));
  if (ref_age) {
    ref.max_ref_age = std::chrono::milliseconds(*ref_age);
  }
  return ref;
}

}  // namespace tarn::iceberg
