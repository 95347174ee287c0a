#include "tarn/storage/internal/file_columns.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/schema.h>
#include <parquet/types.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

using iceberg::FieldId;
using iceberg::MappedField;
using iceberg::NameMapping;
using iceberg::Type;
using iceberg::TypeId;
using parquet::arrow::SchemaField;

bool AnyNodeHasId(const parquet::schema::Node& node) {
  if (node.field_id() >= 0) {
    return true;
  }
  if (!node.is_group()) {
    return false;
  }
  const auto& group = static_cast<const parquet::schema::GroupNode&>(node);
  for (int i = 0; i < group.field_count(); ++i) {
    if (AnyNodeHasId(*group.field(i))) {
      return true;
    }
  }
  return false;
}

/// The id that Arrow took over from the Parquet schema.
FieldId OwnIdOf(const arrow::Field& field) {
  if (!field.HasMetadata()) {
    return kNoFieldId;
  }
  const auto text = field.metadata()->Get("PARQUET:field_id");
  if (!text.ok() || text->empty() || text->size() > 10 ||
      text->find_first_not_of("0123456789") != std::string::npos) {
    return kNoFieldId;
  }
  const int64_t id = std::stoll(*text);
  return id <= INT32_MAX ? static_cast<FieldId>(id) : kNoFieldId;
}

void DescribeLeaf(const parquet::ColumnDescriptor& descriptor, FileColumn* column) {
  column->is_int96 = descriptor.physical_type() == parquet::Type::INT96;
  column->zone_unknown = column->is_int96;
  const auto& logical = descriptor.logical_type();
  if (logical == nullptr) {
    return;
  }
  if (logical->is_timestamp()) {
    column->zone_unknown = static_cast<const parquet::TimestampLogicalType&>(*logical)
                               .is_from_converted_type();
  }
  if (logical->is_int()) {
    column->is_unsigned =
        !static_cast<const parquet::IntLogicalType&>(*logical).is_signed();
  }
}

FileColumn ColumnOf(const parquet::SchemaDescriptor& descriptor,
                    const SchemaField& field) {
  FileColumn column{.id = OwnIdOf(*field.field),
                    .name = field.field->name(),
                    .type = field.field->type(),
                    .leaf = field.column_index};
  if (field.is_leaf()) {
    DescribeLeaf(*descriptor.Column(field.column_index), &column);
  }
  const bool is_map = column.type->id() == arrow::Type::MAP && field.children.size() == 1;
  for (const SchemaField& child : is_map ? field.children[0].children : field.children) {
    column.children.push_back(ColumnOf(descriptor, child));
  }
  return column;
}

const MappedField* FindMapped(const NameMapping& mapping, const std::string& name) {
  for (const MappedField& field : mapping) {
    if (std::find(field.names.begin(), field.names.end(), name) != field.names.end()) {
      return &field;
    }
  }
  return nullptr;
}

/// Gives ids to the fields of a struct. Lists and maps name their children by what they
/// are, whatever the file calls them.
void ApplyMapping(const NameMapping& mapping, std::vector<FileColumn>* columns,
                  const arrow::DataType* parent) {
  for (size_t i = 0; i < columns->size(); ++i) {
    FileColumn& column = (*columns)[i];
    std::string name = column.name;
    if (parent != nullptr && parent->id() == arrow::Type::MAP) {
      name = i == 0 ? "key" : "value";
    } else if (parent != nullptr && parent->id() != arrow::Type::STRUCT) {
      name = "element";
    }
    const MappedField* mapped = FindMapped(mapping, name);
    if (mapped == nullptr) {
      continue;
    }
    column.id = mapped->field_id.value_or(kNoFieldId);
    ApplyMapping(mapped->fields, &column.children, column.type.get());
  }
}

Status CheckUnique(const std::vector<FileColumn>& columns) {
  std::unordered_set<FieldId> seen;
  for (const FileColumn& column : columns) {
    if (column.id != kNoFieldId && !seen.insert(column.id).second) {
      return MakeError(ErrorCode::kInvalidData,
                       "Two columns of one data file have the same field id: " +
                           std::to_string(column.id));
    }
    ARROW_RETURN_NOT_OK(CheckUnique(column.children));
  }
  return Status::OK();
}

bool IsBytes(const arrow::DataType& type) {
  return type.id() == arrow::Type::BINARY || type.id() == arrow::Type::STRING ||
         type.id() == arrow::Type::LARGE_BINARY || type.id() == arrow::Type::LARGE_STRING;
}

bool CanReadDecimal(const arrow::DataType& file, const Type& type) {
  if (!arrow::is_decimal(file.id())) {
    return false;
  }
  const auto& decimal = static_cast<const arrow::DecimalType&>(file);
  return decimal.scale() == type.scale() && decimal.precision() <= type.precision();
}

bool CanReadTimestamp(const FileColumn& column, const Type& type) {
  const TypeId id = type.id();
  const bool utc = id == TypeId::kTimestampTz || id == TypeId::kTimestampTzNs;
  const bool nanos = id == TypeId::kTimestampNs || id == TypeId::kTimestampTzNs;
  if (column.type->id() == arrow::Type::DATE32) {
    return !utc;  // v3 promotes dates to timestamps without a zone
  }
  if (column.type->id() != arrow::Type::TIMESTAMP) {
    return false;
  }
  if (column.zone_unknown) {
    return !(column.is_int96 && nanos);  // they were cut to microseconds
  }
  const auto& timestamp = static_cast<const arrow::TimestampType&>(*column.type);
  return timestamp.timezone().empty() != utc;
}

bool CanReadFixed(const arrow::DataType& file, int32_t length) {
  return file.id() == arrow::Type::FIXED_SIZE_BINARY &&
         static_cast<const arrow::FixedSizeBinaryType&>(file).byte_width() == length;
}

}  // namespace

bool HasFieldIds(const parquet::arrow::SchemaManifest& manifest) {
  const parquet::schema::GroupNode& root = *manifest.descr->group_node();
  for (int i = 0; i < root.field_count(); ++i) {
    if (AnyNodeHasId(*root.field(i))) {
      return true;
    }
  }
  return false;
}

Result<std::vector<FileColumn>> FileColumnsOf(
    const parquet::arrow::SchemaManifest& manifest, const NameMapping* mapping) {
  std::vector<FileColumn> columns;
  for (const SchemaField& field : manifest.schema_fields) {
    columns.push_back(ColumnOf(*manifest.descr, field));
  }
  if (!HasFieldIds(manifest)) {
    if (mapping == nullptr) {
      return MakeError(ErrorCode::kInvalidData,
                       "Data file has no field ids and its table has no "
                       "schema.name-mapping.default; set that property from the "
                       "table's column names");
    }
    ApplyMapping(*mapping, &columns, nullptr);
  }
  ARROW_RETURN_NOT_OK(CheckUnique(columns));
  return columns;
}

bool CanRead(const FileColumn& column, const Type& type) {
  const arrow::DataType& file = *column.type;
  const arrow::Type::type id = file.id();
  switch (type.id()) {
    case TypeId::kBoolean:
      return id == arrow::Type::BOOL;
    case TypeId::kInt:
      return arrow::is_integer(id) && arrow::bit_width(id) <= 32 &&
             id != arrow::Type::UINT32;
    case TypeId::kLong:
      return arrow::is_integer(id) && id != arrow::Type::UINT64;
    case TypeId::kFloat:
      return id == arrow::Type::FLOAT || id == arrow::Type::HALF_FLOAT;
    case TypeId::kDouble:
      return arrow::is_floating(id);
    case TypeId::kDecimal:
      return CanReadDecimal(file, type);
    case TypeId::kDate:
      return id == arrow::Type::DATE32;
    case TypeId::kTime:
      return arrow::is_time(id);
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return CanReadTimestamp(column, type);
    case TypeId::kString:  // old writers leave the annotation out
      return IsBytes(file);
    case TypeId::kUuid:
      return CanReadFixed(file, 16);
    case TypeId::kFixed:
      return CanReadFixed(file, type.length());
    case TypeId::kBinary:
      return IsBytes(file) || id == arrow::Type::FIXED_SIZE_BINARY;
    case TypeId::kGeometry:
    case TypeId::kGeography:
      return IsBytes(file);
    case TypeId::kUnknown:
      return true;
    case TypeId::kVariant:
    case TypeId::kStruct:
      return id == arrow::Type::STRUCT;
    case TypeId::kList:
      return arrow::is_list_like(id) && id != arrow::Type::MAP &&
             column.children.size() == 1;
    case TypeId::kMap:
      return id == arrow::Type::MAP && column.children.size() == 2;
  }
  return false;
}

std::string DescribeColumn(const FileColumn& column) {
  return column.type->ToString() + (column.is_int96 ? " (INT96)" : "");
}

}  // namespace tarn::storage
