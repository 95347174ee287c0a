#include "tarn/storage/internal/stored_columns.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::Type;
using iceberg::TypeId;
using ArrayPtr = std::shared_ptr<arrow::Array>;

bool IsUnknown(const Field& field) { return field.type.id() == TypeId::kUnknown; }

bool HoldsUnknown(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    if (IsUnknown(field) || HoldsUnknown(field.type.fields())) {
      return true;
    }
  }
  return false;
}

Status NothingLeft(const std::string& what) {
  return MakeError(
      ErrorCode::kNotSupported,
      "Rows of " + what + " cannot be written: columns of type unknown are not stored");
}

Result<std::vector<Field>> StoredFieldsOf(const std::vector<Field>& fields,
                                          const std::string& what);

Result<Type> StoredTypeOf(const Type& type, const std::string& what) {
  if (!type.is_nested() || !HoldsUnknown(type.fields())) {
    return type;
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<Field> fields, StoredFieldsOf(type.fields(), what));
  if (fields.empty() ||
      (type.id() != TypeId::kStruct && fields.size() != type.fields().size())) {
    return NothingLeft(what);
  }
  switch (type.id()) {
    case TypeId::kStruct:
      return Type::Struct(std::move(fields));
    case TypeId::kList:
      return Type::List(fields[0].id, fields[0].type, fields[0].required);
    default:
      return Type::Map(fields[0].id, fields[0].type, fields[1].id, fields[1].type,
                       fields[1].required);
  }
}

Result<std::vector<Field>> StoredFieldsOf(const std::vector<Field>& fields,
                                          const std::string& what) {
  std::vector<Field> stored;
  for (const Field& field : fields) {
    if (IsUnknown(field)) {
      continue;
    }
    stored.push_back(field);
    ARROW_ASSIGN_OR_RAISE(stored.back().type,
                          StoredTypeOf(field.type, what + "." + field.name));
  }
  return stored;
}

bool HoldsRequired(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    // A variant's metadata and value are required inside of it.
    if (field.required || field.type.id() == TypeId::kVariant ||
        HoldsRequired(field.type.fields())) {
      return true;
    }
  }
  return false;
}

using DataPtr = std::shared_ptr<arrow::ArrayData>;

DataPtr WithoutNulls(const DataPtr& data) {
  DataPtr valid = data->Copy();
  valid->buffers[0] = nullptr;
  valid->null_count = 0;
  return valid;
}

DataPtr StoredData(const arrow::ArrayData& data, const Type& type,
                   const std::shared_ptr<arrow::DataType>& target);

/// The data of a child that `target` describes.
DataPtr StoredChild(const arrow::ArrayData& data, const Type& type,
                    const arrow::Field& target) {
  DataPtr child = StoredData(data, type, target.type());
  return target.nullable() ? child : WithoutNulls(child);
}

/// `data` of a field of type `type` as one of `target`.
DataPtr StoredData(const arrow::ArrayData& data, const Type& type,
                   const std::shared_ptr<arrow::DataType>& target) {
  DataPtr stored = data.Copy();
  stored->type = target;
  if (type.id() == TypeId::kVariant) {
    for (DataPtr& child : stored->child_data) {
      child = WithoutNulls(child);
    }
    return stored;
  }
  if (!type.is_nested()) {
    return stored;
  }
  if (type.id() == TypeId::kMap) {  // key and value sit in one struct of entries
    const Type entries = Type::Struct(type.fields());
    stored->child_data[0] = StoredChild(*data.child_data[0], entries, *target->field(0));
    return stored;
  }
  stored->child_data.clear();
  for (size_t i = 0; i < type.fields().size(); ++i) {
    if (IsUnknown(type.fields()[i])) {
      continue;
    }
    const int at = static_cast<int>(stored->child_data.size());
    stored->child_data.push_back(
        StoredChild(*data.child_data[i], type.fields()[i].type, *target->field(at)));
  }
  return stored;
}

}  // namespace

Result<std::shared_ptr<const iceberg::Schema>> StoredSchemaOf(
    const std::shared_ptr<const iceberg::Schema>& schema) {
  if (!HoldsUnknown(schema->fields())) {
    return schema;
  }
  ARROW_ASSIGN_OR_RAISE(std::vector<Field> fields,
                        StoredFieldsOf(schema->fields(), "the table"));
  if (fields.empty()) {
    return NothingLeft("the table");
  }
  return iceberg::Schema::MakeForFile(schema->id(), std::move(fields));
}

bool ChangesStoredColumns(const iceberg::Schema& schema) {
  if (HoldsUnknown(schema.fields())) {
    return true;
  }
  return std::ranges::any_of(schema.fields(), [](const Field& field) {
    return field.type.id() == TypeId::kVariant || HoldsRequired(field.type.fields());
  });
}

Result<std::shared_ptr<arrow::RecordBatch>> StoredColumnsOf(
    const arrow::RecordBatch& batch, const iceberg::Schema& schema,
    const std::shared_ptr<arrow::Schema>& target) {
  arrow::ArrayVector columns;
  for (size_t i = 0; i < schema.fields().size(); ++i) {
    const Field& field = schema.fields()[i];
    if (IsUnknown(field)) {
      continue;
    }
    const auto& type = target->field(static_cast<int>(columns.size()))->type();
    const ArrayPtr& column = batch.column(static_cast<int>(i));
    columns.push_back(arrow::MakeArray(StoredData(*column->data(), field.type, type)));
  }
  return arrow::RecordBatch::Make(target, batch.num_rows(), std::move(columns));
}

}  // namespace tarn::storage
