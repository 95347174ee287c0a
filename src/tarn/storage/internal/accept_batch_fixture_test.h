// What the tests of AcceptBatch share: one column from JSON, and what became of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/api.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/schema.h"
#include "tarn/storage/arrow_schema.h"
#include "tarn/storage/internal/accept_batch.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {

using iceberg::Field;
using iceberg::Type;
using ArrayPtr = std::shared_ptr<arrow::Array>;
using BatchPtr = std::shared_ptr<arrow::RecordBatch>;
using TypePtr = std::shared_ptr<arrow::DataType>;
using Reject = std::function<Status(const RejectedRow&)>;

inline Field Optional(iceberg::FieldId id, std::string name, Type type) {
  return Field{.id = id, .name = std::move(name), .type = std::move(type)};
}
inline Field Required(iceberg::FieldId id, std::string name, Type type) {
  Field field = Optional(id, std::move(name), std::move(type));
  field.required = true;
  return field;
}

inline ArrayPtr FromJson(const TypePtr& type, const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  EXPECT_TRUE(array.ok()) << type->ToString() << json << array.status().ToString();
  return *array;
}

inline BatchPtr BatchOf(const std::vector<ArrayPtr>& columns) {
  arrow::FieldVector fields;
  for (const ArrayPtr& column : columns) {
    fields.push_back(arrow::field("given", column->type()));
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), columns.at(0)->length(),
                                  columns);
}

inline std::shared_ptr<arrow::Schema> SchemaOf(const std::vector<Field>& fields) {
  arrow::FieldVector result;
  for (const Field& field : fields) {
    result.push_back(arrow::field(field.name, *ArrowTypeOf(field.type), !field.required));
  }
  return arrow::schema(result);
}

inline Result<BatchPtr> Accept(const std::vector<Field>& fields,
                               const std::vector<ArrayPtr>& columns,
                               const Reject& reject = nullptr, int64_t rows_before = 0) {
  const auto schema = SchemaOf(fields);
  return AcceptBatch(*BatchOf(columns),
                     {.fields = fields, .schema = schema, .reject = reject}, rows_before);
}

}  // namespace tarn::storage
