#include "tarn/gateway/hive/internal/hive_table.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/overload.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema_json.h"

namespace tarn::gateway::hive {
namespace {

using catalog::LoadedTable;
using catalog::LoadedView;
using Parameters = std::map<std::string, std::string>;

/// Documents larger than this are not shown in parameters: what Hive's own store holds.
constexpr size_t kParameterBytesMax = 32'672;
constexpr int32_t kUser = 1;  // of Hive's principal types

struct ColumnField {
  enum : int16_t { kName = 1, kType = 2, kComment = 3 };
};

struct StorageField {
  enum : int16_t {
    kColumns = 1,
    kLocation = 2,
    kInputFormat = 3,
    kOutputFormat = 4,
    kCompressed = 5,
    kNumBuckets = 6,
    kSerde = 7,
    kBucketColumns = 8,
    kSortColumns = 9,
    kParameters = 10,
    kStoredAsSubDirectories = 12,
  };
};

struct SerdeField {
  enum : int16_t { kLibrary = 2, kParameters = 3 };
};

void SetDocument(Parameters* parameters, const char* key, const nlohmann::json& json) {
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() <= kParameterBytesMax) {
    (*parameters)[key] = std::move(text);
  }
}

void SetFromSummary(Parameters* parameters, const char* key,
                    const iceberg::Snapshot& snapshot, const char* summary_key) {
  const auto found = snapshot.summary.find(summary_key);
  if (found != snapshot.summary.end()) {
    (*parameters)[key] = found->second;
  }
}

void SetSnapshot(Parameters* parameters, const iceberg::TableMetadata& metadata) {
  (*parameters)["snapshot-count"] = std::to_string(metadata.snapshots.size());
  const iceberg::Snapshot* const snapshot = metadata.current_snapshot();
  if (snapshot == nullptr) {
    return;
  }
  (*parameters)["current-snapshot-id"] = std::to_string(snapshot->id.value);
  (*parameters)["current-snapshot-timestamp-ms"] =
      std::to_string(snapshot->timestamp.count());
  SetFromSummary(parameters, "numFiles", *snapshot, "total-data-files");
  SetFromSummary(parameters, "numRows", *snapshot, "total-records");
  SetFromSummary(parameters, "totalSize", *snapshot, "total-files-size");
}

Parameters ParametersOf(const LoadedTable& table) {
  const iceberg::TableMetadata& metadata = *table.metadata;
  Parameters parameters = metadata.properties;
  const auto gc = metadata.properties.find("gc.enabled");
  if (gc != metadata.properties.end()) {
    parameters["external.table.purge"] = gc->second;
  }
  SetSnapshot(&parameters, metadata);
  SetDocument(&parameters, "current-schema", SchemaToJson(metadata.schema()));
  if (!metadata.spec().is_unpartitioned()) {
    SetDocument(&parameters, "default-partition-spec",
                PartitionSpecToJson(metadata.spec()));
  }
  parameters["uuid"] = metadata.table_uuid;
  parameters["EXTERNAL"] = "TRUE";
  parameters[kTableTypeKey] = kIcebergTable;
  parameters[kMetadataLocationKey] = table.metadata_location;
  parameters.erase(kPreviousMetadataLocationKey);
  if (!metadata.metadata_log.empty()) {
    parameters[kPreviousMetadataLocationKey] = metadata.metadata_log.back().metadata_file;
  }
  return parameters;
}

Parameters ParametersOf(const LoadedView& view) {
  Parameters parameters = view.metadata->properties;
  SetDocument(&parameters, "current-schema", SchemaToJson(SchemaOf(view)));
  parameters["uuid"] = view.metadata->view_uuid;
  parameters[kTableTypeKey] = kIcebergView;
  parameters[kMetadataLocationKey] = view.metadata_location;
  parameters.erase(kPreviousMetadataLocationKey);
  return parameters;
}

bool IsReadByHive(const Parameters& properties) {
  const auto found = properties.find("engine.hive.enabled");
  return found != properties.end() && found->second == "true";
}

/// Without Hive's own storage handler no engine takes the files for those of a plain
/// Hive table: these formats read nothing.
ThriftStruct StorageOf(const iceberg::Schema& schema, const std::string& location,
                       bool is_read_by_hive) {
  ThriftStruct serde;
  serde.Set(SerdeField::kLibrary,
            is_read_by_hive ? "org.apache.iceberg.mr.hive.HiveIcebergSerDe"
                            : "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe");
  serde.Set(SerdeField::kParameters, Parameters());
  ThriftStruct storage;
  storage.Set(StorageField::kColumns, HiveColumns(schema))
      .Set(StorageField::kLocation, location)
      .Set(StorageField::kInputFormat,
           is_read_by_hive ? "org.apache.iceberg.mr.hive.HiveIcebergInputFormat"
                           : "org.apache.hadoop.mapred.FileInputFormat")
      .Set(StorageField::kOutputFormat,
           is_read_by_hive ? "org.apache.iceberg.mr.hive.HiveIcebergOutputFormat"
                           : "org.apache.hadoop.mapred.FileOutputFormat")
      .Set(StorageField::kCompressed, false)
      .Set(StorageField::kNumBuckets, int32_t{0})
      .Set(StorageField::kSerde, std::move(serde))
      .Set(StorageField::kBucketColumns, std::vector<std::string>())
      .Set(StorageField::kSortColumns, StructList({}))
      .Set(StorageField::kParameters, Parameters())
      .Set(StorageField::kStoredAsSubDirectories, false);
  return storage;
}

int32_t SecondsOf(std::chrono::milliseconds time) {
  return static_cast<int32_t>(std::clamp<int64_t>(time.count() / 1000, 0, INT32_MAX));
}

/// The oldest moment that the metadata knows.
std::chrono::milliseconds CreatedAt(const iceberg::TableMetadata& metadata) {
  std::chrono::milliseconds oldest = metadata.last_updated;
  if (!metadata.metadata_log.empty()) {
    oldest = std::min(oldest, metadata.metadata_log.front().timestamp);
  }
  if (!metadata.snapshots.empty()) {
    oldest = std::min(oldest, metadata.snapshots.front().timestamp);
  }
  return oldest;
}

std::chrono::milliseconds CreatedAt(const iceberg::ViewMetadata& metadata) {
  return metadata.version_log.empty() ? std::chrono::milliseconds(0)
                                      : metadata.version_log.front().timestamp;
}

std::string OwnerOf(const Parameters& properties) {
  for (const char* const key : {"owner", "hive.metastore.table.owner"}) {
    const auto found = properties.find(key);
    if (found != properties.end()) {
      return found->second;
    }
  }
  return "";
}

/// What both have, in the order that the members of Hive's Table have.
ThriftStruct TableOf(const CatalogEntry& entry, const Parameters& properties,
                     std::chrono::milliseconds created_at, const std::string& location) {
  const iceberg::TableIdent& ident = IdentOf(entry);
  ThriftStruct table;
  table.Set(TableField::kName, ident.name)
      .Set(TableField::kDatabase, ident.ns.levels.back())
      .Set(TableField::kOwner, OwnerOf(properties))
      .Set(TableField::kCreateTime, SecondsOf(created_at))
      .Set(TableField::kLastAccessTime, SecondsOf(created_at))
      .Set(TableField::kRetention, int32_t{0})
      .Set(TableField::kStorage,
           StorageOf(SchemaOf(entry), location, IsReadByHive(properties)))
      .Set(TableField::kPartitionKeys, StructList({}))
      .Set(TableField::kParameters, HiveParameters(entry))
      .Set(TableField::kTemporary, false)
      .Set(TableField::kOwnerType, kUser);
  return table;
}

std::string ViewText(const iceberg::ViewMetadata& metadata) {
  const iceberg::ViewRepresentation* text = metadata.FindRepresentation({"hive"});
  if (text == nullptr && !metadata.current_version().representations.empty()) {
    text = &metadata.current_version().representations.front();
  }
  return text == nullptr ? "" : text->sql;
}

std::string NestedTypeOf(const iceberg::Type& type) {
  switch (type.id()) {
    case iceberg::TypeId::kList:
      return "array<" + HiveTypeOf(type.element().type) + ">";
    case iceberg::TypeId::kMap:
      return "map<" + HiveTypeOf(type.key().type) + "," + HiveTypeOf(type.value().type) +
             ">";
    default: {
      std::string text = "struct<";
      for (const iceberg::Field& field : type.fields()) {
        text += text.back() == '<' ? "" : ",";
        text += field.name + ":" + HiveTypeOf(field.type);
      }
      return text + ">";
    }
  }
}

}  // namespace

const iceberg::TableIdent& IdentOf(const CatalogEntry& entry) {
  return std::visit(
      [](const auto& loaded) -> const iceberg::TableIdent& { return loaded.ident; },
      entry);
}

const std::string& MetadataLocationOf(const CatalogEntry& entry) {
  return std::visit(
      [](const auto& loaded) -> const std::string& { return loaded.metadata_location; },
      entry);
}

const iceberg::Schema& SchemaOf(const CatalogEntry& entry) {
  static const iceberg::Schema kNothing;
  return std::visit(Overload{[](const LoadedTable& table) -> const iceberg::Schema& {
                               return table.metadata->schema();
                             },
                             [](const LoadedView& view) -> const iceberg::Schema& {
                               const auto schema = view.metadata->FindSchema(
                                   view.metadata->current_version().schema_id);
                               return schema == nullptr ? kNothing : *schema;
                             }},
                    entry);
}

std::string HiveTypeOf(const iceberg::Type& type) {
  using iceberg::TypeId;
  switch (type.id()) {
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kInt:
      return "int";
    case TypeId::kLong:
      return "bigint";
    case TypeId::kFloat:
      return "float";
    case TypeId::kDouble:
      return "double";
    case TypeId::kDecimal:
      return "decimal(" + std::to_string(type.precision()) + "," +
             std::to_string(type.scale()) + ")";
    case TypeId::kDate:
      return "date";
    case TypeId::kTimestamp:
    case TypeId::kTimestampNs:
      return "timestamp";
    case TypeId::kTimestampTz:
    case TypeId::kTimestampTzNs:
      return "timestamp with local time zone";
    case TypeId::kTime:
    case TypeId::kString:
    case TypeId::kUuid:
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return "string";
    case TypeId::kFixed:
    case TypeId::kBinary:
      return "binary";
    case TypeId::kUnknown:
      return "void";
    case TypeId::kVariant:
      return "unknown";
    case TypeId::kStruct:
    case TypeId::kList:
    case TypeId::kMap:
      break;
  }
  return NestedTypeOf(type);
}

ThriftList HiveColumns(const iceberg::Schema& schema) {
  std::vector<ThriftStruct> columns;
  columns.reserve(schema.fields().size());
  for (const iceberg::Field& field : schema.fields()) {
    ThriftStruct column;
    column.Set(ColumnField::kName, field.name)
        .Set(ColumnField::kType, HiveTypeOf(field.type))
        .SetIfGiven(ColumnField::kComment, field.doc);
    columns.push_back(std::move(column));
  }
  return StructList(std::move(columns));
}

Parameters HiveParameters(const CatalogEntry& entry) {
  return std::visit([](const auto& loaded) { return ParametersOf(loaded); }, entry);
}

ThriftStruct HiveTable(const CatalogEntry& entry) {
  if (const auto* const table = std::get_if<LoadedTable>(&entry)) {
    const iceberg::TableMetadata& metadata = *table->metadata;
    ThriftStruct shown =
        TableOf(entry, metadata.properties, CreatedAt(metadata), metadata.location);
    shown.Set(TableField::kTableType, kExternalTable);
    return shown;
  }
  const iceberg::ViewMetadata& metadata = *std::get<LoadedView>(entry).metadata;
  ThriftStruct shown =
      TableOf(entry, metadata.properties, CreatedAt(metadata), metadata.location);
  const std::string text = ViewText(metadata);
  shown.Set(TableField::kViewOriginalText, text)
      .Set(TableField::kViewExpandedText, text)
      .Set(TableField::kTableType, kVirtualView);
  return shown;
}

}  // namespace tarn::gateway::hive
