#include "tarn/iceberg/statistics_file_json.h"

#include <array>
#include <utility>

#include "tarn/base/json_fields.h"

namespace tarn::iceberg {

namespace {

constexpr std::array kStatisticsKeys = std::to_array<std::string_view>(
    {"snapshot-id", "statistics-path", "file-size-in-bytes", "file-footer-size-in-bytes",
     "key-metadata", "blob-metadata"});
constexpr std::array kBlobKeys = std::to_array<std::string_view>(
    {"type", "snapshot-id", "sequence-number", "fields", "properties"});
constexpr std::array kPartitionStatisticsKeys = std::to_array<std::string_view>(
    {"snapshot-id", "statistics-path", "file-size-in-bytes"});

Json BlobToJson(const StatisticsBlob& blob) {
  Json json = MembersFromText(blob.carried);
  json["type"] = blob.type;
  json["snapshot-id"] = blob.snapshot_id.value;
  json["sequence-number"] = blob.sequence_number.value;
  json["fields"] = blob.fields;
  if (!blob.properties.empty()) {
    json["properties"] = blob.properties;
  }
  return json;
}

Result<StatisticsBlob> BlobFromJson(const Json& json) {
  StatisticsBlob blob;
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "statistics blob"));
  ARROW_ASSIGN_OR_RAISE(blob.type, fields.String("type"));
  ARROW_ASSIGN_OR_RAISE(blob.snapshot_id.value, fields.Int64("snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(blob.sequence_number.value, fields.Int64("sequence-number"));
  ARROW_ASSIGN_OR_RAISE(const Json* ids, fields.Array("fields"));
  ARROW_ASSIGN_OR_RAISE(const auto numbers, Int64Array(*ids, "\"fields\""));
  for (const int64_t number : numbers) {
    if (number != static_cast<FieldId>(number)) {
      return fields.Wrong("fields", "32-bit integers");
    }
    blob.fields.push_back(static_cast<FieldId>(number));
  }
  ARROW_ASSIGN_OR_RAISE(blob.properties, fields.StringMap("properties"));
  blob.carried = OtherMembersAsText(json, kBlobKeys);
  return blob;
}

}  // namespace

Json StatisticsFileToJson(const StatisticsFile& file) {
  Json json = MembersFromText(file.carried);
  json["snapshot-id"] = file.snapshot_id.value;
  json["statistics-path"] = file.path;
  json["file-size-in-bytes"] = file.file_size_bytes;
  json["file-footer-size-in-bytes"] = file.footer_size_bytes;
  if (file.key_metadata) {
    json["key-metadata"] = *file.key_metadata;
  }
  json["blob-metadata"] = Json::array();
  for (const StatisticsBlob& blob : file.blobs) {
    json["blob-metadata"].push_back(BlobToJson(blob));
  }
  return json;
}

Result<StatisticsFile> StatisticsFileFromJson(const Json& json) {
  StatisticsFile file;
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "statistics file"));
  ARROW_ASSIGN_OR_RAISE(file.snapshot_id.value, fields.Int64("snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(file.path, fields.String("statistics-path"));
  ARROW_ASSIGN_OR_RAISE(file.file_size_bytes, fields.Int64("file-size-in-bytes"));
  ARROW_ASSIGN_OR_RAISE(file.footer_size_bytes,
                        fields.Int64("file-footer-size-in-bytes"));
  ARROW_ASSIGN_OR_RAISE(file.key_metadata, fields.OptionalString("key-metadata"));
  ARROW_ASSIGN_OR_RAISE(const Json* blobs, fields.Array("blob-metadata"));
  for (const Json& blob : *blobs) {
    ARROW_ASSIGN_OR_RAISE(file.blobs.emplace_back(), BlobFromJson(blob));
  }
  file.carried = OtherMembersAsText(json, kStatisticsKeys);
  return file;
}

Json PartitionStatisticsFileToJson(const PartitionStatisticsFile& file) {
  Json json = MembersFromText(file.carried);
  json["snapshot-id"] = file.snapshot_id.value;
  json["statistics-path"] = file.path;
  json["file-size-in-bytes"] = file.file_size_bytes;
  return json;
}

Result<PartitionStatisticsFile> PartitionStatisticsFileFromJson(const Json& json) {
  PartitionStatisticsFile file;
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "partition statistics file"));
  ARROW_ASSIGN_OR_RAISE(file.snapshot_id.value, fields.Int64("snapshot-id"));
  ARROW_ASSIGN_OR_RAISE(file.path, fields.String("statistics-path"));
  ARROW_ASSIGN_OR_RAISE(file.file_size_bytes, fields.Int64("file-size-in-bytes"));
  file.carried = OtherMembersAsText(json, kPartitionStatisticsKeys);
  return file;
}

}  // namespace tarn::iceberg
