#include "tarn/ingest/postgres/column_type.h"

#include <arrow/extension/uuid.h>
#include <arrow/type.h>

namespace tarn::ingest::postgres {

std::shared_ptr<arrow::DataType> ArrowTypeOf(const ColumnType& type) {
  switch (type.form) {
    case Form::kBool:
      return arrow::boolean();
    case Form::kInt16:
    case Form::kInt32:
      return arrow::int32();
    case Form::kInt64:
    case Form::kOid:
      return arrow::int64();
    case Form::kFloat32:
      return arrow::float32();
    case Form::kFloat64:
      return arrow::float64();
    case Form::kNumeric:
      return arrow::decimal128(type.precision, type.scale);
    case Form::kText:
    case Form::kJsonb:
      return arrow::utf8();
    case Form::kBytes:
      return arrow::binary();
    case Form::kDate:
      return arrow::date32();
    case Form::kTime:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case Form::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case Form::kInstant:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case Form::kUuid:
      return arrow::extension::uuid();
    case Form::kArray:
      return arrow::list(arrow::field("element", ArrowTypeOf(type.members.front().type)));
    case Form::kComposite: {
      arrow::FieldVector fields;
      for (const ColumnType::Member& member : type.members) {
        fields.push_back(arrow::field(member.name, ArrowTypeOf(member.type)));
      }
      return arrow::struct_(std::move(fields));
    }
  }
  return arrow::utf8();
}

}  // namespace tarn::ingest::postgres
