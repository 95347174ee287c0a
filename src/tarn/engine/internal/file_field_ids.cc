#include "tarn/engine/internal/file_field_ids.h"

#include <algorithm>

#include "tarn/base/error.h"

namespace tarn::engine {
namespace {

using duckdb::MultiFileColumnDefinition;
using Columns = duckdb::vector<MultiFileColumnDefinition>;

bool HasAnyId(const Columns& columns) {
  return std::any_of(columns.begin(), columns.end(),
                     [](const MultiFileColumnDefinition& column) {
                       return !column.identifier.IsNull() || HasAnyId(column.children);
                     });
}

const iceberg::MappedField* FindMapped(const iceberg::NameMapping& mapping,
                                       const std::string& name) {
  for (const iceberg::MappedField& field : mapping) {
    if (std::find(field.names.begin(), field.names.end(), name) != field.names.end()) {
      return &field;
    }
  }
  return nullptr;
}

void Complete(const iceberg::NameMapping* mapping, Columns* columns, int32_t* next_hole);

/// Parquet's own levels have no names of the format's: a list's only child is its
/// element, and a map's only child is the repeated group of key and value.
void CompleteChildren(const iceberg::MappedField* mapped,
                      MultiFileColumnDefinition* column, int32_t* next_hole) {
  const iceberg::NameMapping* fields = mapped == nullptr ? nullptr : &mapped->fields;
  Columns& children = column->children;
  const bool one_child = fields != nullptr && children.size() == 1;
  if (one_child && column->type.id() == duckdb::LogicalTypeId::MAP) {
    if (children[0].identifier.IsNull()) {
      children[0].identifier = duckdb::Value::INTEGER((*next_hole)--);
    }
    Complete(fields, &children[0].children, next_hole);
  } else if (one_child && column->type.id() == duckdb::LogicalTypeId::LIST) {
    const iceberg::MappedField* element = FindMapped(*fields, "element");
    const bool known = element != nullptr && element->field_id.has_value();
    if (children[0].identifier.IsNull()) {
      children[0].identifier =
          duckdb::Value::INTEGER(known ? *element->field_id : (*next_hole)--);
    }
    CompleteChildren(element, &children[0], next_hole);
  } else {
    Complete(fields, &children, next_hole);
  }
}

/// `mapping` is null where ids are the file's own or the parent is not mapped.
void Complete(const iceberg::NameMapping* mapping, Columns* columns, int32_t* next_hole) {
  for (MultiFileColumnDefinition& column : *columns) {
    const iceberg::MappedField* mapped =
        mapping == nullptr ? nullptr : FindMapped(*mapping, column.name);
    if (column.identifier.IsNull()) {
      const bool known = mapped != nullptr && mapped->field_id.has_value();
      column.identifier =
          duckdb::Value::INTEGER(known ? *mapped->field_id : (*next_hole)--);
    }
    CompleteChildren(mapped, &column, next_hole);
  }
}

}  // namespace

Status CompleteFieldIds(const std::string& path,
                        const std::optional<iceberg::NameMapping>& mapping,
                        Columns* columns) {
  int32_t next_hole = -1;
  const bool own_ids = HasAnyId(*columns);
  if (!own_ids && !mapping.has_value()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Data file has no field ids and its table has no "
                     "schema.name-mapping.default; set that property "
                     "from the table's column names. File: " +
                         path);
  }
  Complete(own_ids ? nullptr : &*mapping, columns, &next_hole);
  return Status::OK();
}

}  // namespace tarn::engine
