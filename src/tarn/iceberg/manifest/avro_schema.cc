#include <string_view>
#include <unordered_set>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/iceberg/avro/schema.h"
#include "tarn/iceberg/internal/manifest_schema.h"
#include "tarn/iceberg/value.h"

namespace tarn::iceberg::internal {
namespace {

using Json = nlohmann::ordered_json;

Json Required(FieldId id, std::string_view name, Json type) {
  return {{"name", name}, {"type", std::move(type)}, {"field-id", id}};
}

Json Optional(FieldId id, std::string_view name, Json type) {
  return {{"name", name},
          {"type", Json::array({"null", std::move(type)})},
          {"default", nullptr},
          {"field-id", id}};
}

Json Record(std::string_view name, Json fields) {
  return {{"type", "record"}, {"name", name}, {"fields", std::move(fields)}};
}

Json Array(FieldId element_id, Json element) {
  return {{"type", "array"}, {"items", std::move(element)}, {"element-id", element_id}};
}

/// A map from field ids: Avro's own maps have string keys only.
Json IdMap(FieldId key_id, FieldId value_id, std::string_view value_type) {
  std::string name = "k" + std::to_string(key_id) + "_v" + std::to_string(value_id);
  Json fields = Json::array({Required(key_id, "key", "int"),
                             Required(value_id, "value", std::string(value_type))});
  return {{"type", "array"},
          {"items", Record(name, std::move(fields))},
          {"logicalType", "map"}};
}

Json Logical(std::string_view type, std::string_view logical) {
  return {{"type", type}, {"logicalType", logical}};
}

Json Timestamp(std::string_view logical, bool adjust_to_utc) {
  Json json = Logical("long", logical);
  json["adjust-to-utc"] = adjust_to_utc;
  return json;
}

/// Types of partition fields (spec: Appendix A, Avro). Avro allows a named type to be
/// defined only once; PyIceberg cannot follow references to one, so repeated ones get
/// names of their own.
class PartitionTypeWriter {
 public:
  Json Write(FieldId field_id, const Type& type) {
    field_id_ = field_id;
    switch (type.id()) {
      case TypeId::kBoolean:
        return "boolean";
      case TypeId::kInt:
        return "int";
      case TypeId::kLong:
        return "long";
      case TypeId::kFloat:
        return "float";
      case TypeId::kDouble:
        return "double";
      case TypeId::kDate:
        return Logical("int", "date");
      case TypeId::kTime:
        return Logical("long", "time-micros");
      case TypeId::kTimestamp:
        return Timestamp("timestamp-micros", false);
      case TypeId::kTimestampTz:
        return Timestamp("timestamp-micros", true);
      case TypeId::kTimestampNs:
        return Timestamp("timestamp-nanos", false);
      case TypeId::kTimestampTzNs:
        return Timestamp("timestamp-nanos", true);
      case TypeId::kString:
        return "string";
      case TypeId::kDecimal:
        return WriteDecimal(type);
      case TypeId::kUuid:
        return WriteFixed("uuid_fixed", 16, Json::object({{"logicalType", "uuid"}}));
      case TypeId::kFixed:
        return WriteFixed("fixed_" + std::to_string(type.length()), type.length(), {});
      default:
        return "bytes";
    }
  }

 private:
  Json WriteDecimal(const Type& type) {
    std::string name = "decimal_" + std::to_string(type.precision()) + "_" +
                       std::to_string(type.scale());
    return WriteFixed(std::move(name), DecimalRequiredBytes(type.precision()),
                      {{"logicalType", "decimal"},
                       {"precision", type.precision()},
                       {"scale", type.scale()}});
  }

  Json WriteFixed(std::string name, int32_t size, Json attributes) {
    if (!written_.insert(name).second) {
      name += "_" + std::to_string(field_id_);
    }
    Json json = {{"type", "fixed"}, {"name", std::move(name)}, {"size", size}};
    if (attributes.is_object()) {
      json.update(attributes);
    }
    return json;
  }

  FieldId field_id_ = 0;
  std::unordered_set<std::string> written_;
};

Json PartitionRecord(const PartitionSpec& spec, std::span<const Type> types) {
  Json fields = Json::array();
  PartitionTypeWriter writer;
  std::unordered_set<std::string> names;
  for (size_t i = 0; i < spec.fields.size(); ++i) {
    const PartitionField& field = spec.fields[i];
    std::string name = avro::SanitizeName(field.name);
    if (!names.insert(name).second) {
      name += "_" + std::to_string(field.field_id);
    }
    Json json =
        types[i].id() == TypeId::kUnknown
            ? Json{{"name", name},
                   {"type", "null"},
                   {"default", nullptr},
                   {"field-id", field.field_id}}
            : Optional(field.field_id, name, writer.Write(field.field_id, types[i]));
    if (name != field.name) {
      json["iceberg-field-name"] = field.name;
    }
    fields.push_back(std::move(json));
  }
  return Record("r102", std::move(fields));
}

Json DataFileRecordV1(Json partition) {
  Json fields = Json::array({
      Required(100, "file_path", "string"),
      Required(101, "file_format", "string"),
      Required(102, "partition", std::move(partition)),
      Required(103, "record_count", "long"),
      Required(104, "file_size_in_bytes", "long"),
      Required(105, "block_size_in_bytes", "long"),
      Optional(108, "column_sizes", IdMap(117, 118, "long")),
      Optional(109, "value_counts", IdMap(119, 120, "long")),
      Optional(110, "null_value_counts", IdMap(121, 122, "long")),
      Optional(137, "nan_value_counts", IdMap(138, 139, "long")),
      Optional(125, "lower_bounds", IdMap(126, 127, "bytes")),
      Optional(128, "upper_bounds", IdMap(129, 130, "bytes")),
      Optional(131, "key_metadata", "bytes"),
      Optional(132, "split_offsets", Array(133, "long")),
      Optional(140, "sort_order_id", "int"),
  });
  return Record("r2", std::move(fields));
}

Json DataFileRecord(int32_t format_version, Json partition) {
  Json fields = Json::array({
      Required(134, "content", "int"),
      Required(100, "file_path", "string"),
      Required(101, "file_format", "string"),
      Required(102, "partition", std::move(partition)),
      Required(103, "record_count", "long"),
      Required(104, "file_size_in_bytes", "long"),
      Optional(108, "column_sizes", IdMap(117, 118, "long")),
      Optional(109, "value_counts", IdMap(119, 120, "long")),
      Optional(110, "null_value_counts", IdMap(121, 122, "long")),
      Optional(137, "nan_value_counts", IdMap(138, 139, "long")),
      Optional(125, "lower_bounds", IdMap(126, 127, "bytes")),
      Optional(128, "upper_bounds", IdMap(129, 130, "bytes")),
      Optional(131, "key_metadata", "bytes"),
      Optional(132, "split_offsets", Array(133, "long")),
      Optional(135, "equality_ids", Array(136, "int")),
      Optional(140, "sort_order_id", "int"),
      Optional(143, "referenced_data_file", "string"),
  });
  if (format_version >= 3) {
    fields.push_back(Optional(142, "first_row_id", "long"));
    fields.push_back(Optional(144, "content_offset", "long"));
    fields.push_back(Optional(145, "content_size_in_bytes", "long"));
  }
  return Record("r2", std::move(fields));
}

Json PartitionSummaries() {
  Json summary = Record("r508", Json::array({
                                    Required(509, "contains_null", "boolean"),
                                    Optional(518, "contains_nan", "boolean"),
                                    Optional(510, "lower_bound", "bytes"),
                                    Optional(511, "upper_bound", "bytes"),
                                }));
  return Optional(507, "partitions", Array(508, std::move(summary)));
}

Json ManifestFileFieldsV1() {
  return Json::array({
      Required(500, "manifest_path", "string"),
      Required(501, "manifest_length", "long"),
      Required(502, "partition_spec_id", "int"),
      Required(503, "added_snapshot_id", "long"),
      Optional(504, "added_files_count", "int"),
      Optional(505, "existing_files_count", "int"),
      Optional(506, "deleted_files_count", "int"),
      Optional(512, "added_rows_count", "long"),
      Optional(513, "existing_rows_count", "long"),
      Optional(514, "deleted_rows_count", "long"),
      PartitionSummaries(),
      Optional(519, "key_metadata", "bytes"),
  });
}

std::string ToText(const Json& schema) {
  return schema.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string ManifestEntrySchema(int32_t format_version, const PartitionSpec& spec,
                                std::span<const Type> partition_types) {
  Json partition = PartitionRecord(spec, partition_types);
  if (format_version == 1) {
    return ToText(Record("manifest_entry",
                         Json::array({
                             Required(0, "status", "int"),
                             Required(1, "snapshot_id", "long"),
                             Required(2, "data_file", DataFileRecordV1(partition)),
                         })));
  }
  Json file = DataFileRecord(format_version, std::move(partition));
  Json fields = Json::array({
      Required(0, "status", "int"),
      Optional(1, "snapshot_id", "long"),
      Optional(3, "sequence_number", "long"),
      Optional(4, "file_sequence_number", "long"),
      Required(2, "data_file", std::move(file)),
  });
  return ToText(Record("manifest_entry", std::move(fields)));
}

std::string ManifestFileSchema(int32_t format_version) {
  if (format_version == 1) {
    return Record("manifest_file", ManifestFileFieldsV1()).dump();
  }
  Json fields = Json::array({
      Required(500, "manifest_path", "string"),
      Required(501, "manifest_length", "long"),
      Required(502, "partition_spec_id", "int"),
      Required(517, "content", "int"),
      Required(515, "sequence_number", "long"),
      Required(516, "min_sequence_number", "long"),
      Required(503, "added_snapshot_id", "long"),
      Required(504, "added_files_count", "int"),
      Required(505, "existing_files_count", "int"),
      Required(506, "deleted_files_count", "int"),
      Required(512, "added_rows_count", "long"),
      Required(513, "existing_rows_count", "long"),
      Required(514, "deleted_rows_count", "long"),
      PartitionSummaries(),
      Optional(519, "key_metadata", "bytes"),
  });
  if (format_version >= 3) {
    fields.push_back(Optional(520, "first_row_id", "long"));
  }
  return Record("manifest_file", std::move(fields)).dump();
}

}  // namespace tarn::iceberg::internal
