#include "tarn/storage/internal/table_columns.h"

#include <optional>
#include <string>
#include <variant>

#include <arrow/type.h>

#include "tarn/iceberg/name_mapping.h"

namespace tarn::storage {
namespace {

void HideConstants(const ColumnProjection::Constants& constants,
                   std::vector<FileColumn>* columns) {
  for (FileColumn& column : *columns) {
    if (constants.contains(column.id)) {
      column.id = kNoFieldId;
    }
    if (column.type->id() == arrow::Type::STRUCT) {
      HideConstants(constants, &column.children);
    }
  }
}

}  // namespace

ColumnProjection::Constants IdentityValues(const iceberg::TableMetadata& metadata,
                                           const iceberg::DataFile& file) {
  ColumnProjection::Constants constants;
  const iceberg::PartitionSpec* spec = metadata.FindSpec(file.spec_id);
  if (spec == nullptr) {
    return constants;
  }
  for (size_t i = 0; i < spec->fields.size() && i < file.partition.size(); ++i) {
    const iceberg::PartitionField& field = spec->fields[i];
    if (std::holds_alternative<iceberg::Identity>(field.transform)) {
      constants.insert_or_assign(field.source_id(), file.partition[i]);
    }
  }
  return constants;
}

Result<std::vector<FileColumn>> TableColumnsOf(
    const parquet::arrow::SchemaManifest& manifest,
    const iceberg::TableMetadata& metadata,
    const ColumnProjection::Constants& constants) {
  const std::string text = metadata.Property("schema.name-mapping.default", "");
  std::optional<iceberg::NameMapping> mapping;
  if (!text.empty()) {
    ARROW_ASSIGN_OR_RAISE(mapping, iceberg::NameMappingFromJson(text));
  }
  ARROW_ASSIGN_OR_RAISE(
      auto columns, FileColumnsOf(manifest, mapping.has_value() ? &*mapping : nullptr));
  if (!HasFieldIds(manifest)) {
    HideConstants(constants, &columns);
  }
  return columns;
}

}  // namespace tarn::storage
