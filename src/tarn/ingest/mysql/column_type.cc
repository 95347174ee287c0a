#include "tarn/ingest/mysql/column_type.h"

#include <arrow/type.h>
#include <mariadb/mysql.h>

namespace tarn::ingest::mysql {
namespace {

constexpr unsigned int kBinaryCharset = 63;
constexpr int32_t kDigitsMax = 38;
constexpr int32_t kUnsignedDigits = 20;  // of 2^64

Form IntegerForm(const MYSQL_FIELD& field, const DecodeOptions& options) {
  const bool is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
  switch (field.type) {
    case MYSQL_TYPE_TINY:
      return field.length == 1 && options.tinyint1_is_boolean ? Form::kBool
                                                              : Form::kInt32;
    case MYSQL_TYPE_LONG:
      return is_unsigned ? Form::kInt64 : Form::kInt32;
    case MYSQL_TYPE_LONGLONG:
      return is_unsigned ? Form::kUnsigned : Form::kInt64;
    default:
      return Form::kInt32;
  }
}

Form BitForm(unsigned long bits) {
  if (bits <= 1) {
    return Form::kBit;
  }
  return bits < 64 ? Form::kBits : Form::kBitsDecimal;
}

void SetDecimal(const MYSQL_FIELD& field, Column* column) {
  // The length counts a sign and a point.
  const auto scale = static_cast<int32_t>(field.decimals);
  const bool is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
  const int64_t digits =
      static_cast<int64_t>(field.length) - (is_unsigned ? 0 : 1) - (scale > 0 ? 1 : 0);
  if (digits < 1 || digits > kDigitsMax || scale > digits) {
    column->form = Form::kText;
    return;
  }
  column->form = Form::kDecimal;
  column->precision = static_cast<int32_t>(digits);
  column->scale = scale;
}

}  // namespace

Column ColumnOf(const MYSQL_FIELD& field, const DecodeOptions& options) {
  Column column{.name = std::string(field.name, field.name_length)};
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
      column.form = IntegerForm(field, options);
      break;
    case MYSQL_TYPE_FLOAT:
      column.form = Form::kFloat32;
      break;
    case MYSQL_TYPE_DOUBLE:
      column.form = Form::kFloat64;
      break;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      SetDecimal(field, &column);
      break;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      column.form = Form::kDate;
      break;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2:
      column.form = options.time_is_text ? Form::kTimeText : Form::kTime;
      break;
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
      column.form = Form::kTimestamp;
      break;
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2:
      column.form = Form::kInstant;
      break;
    case MYSQL_TYPE_BIT:
      column.form = BitForm(field.length);
      break;
    case MYSQL_TYPE_GEOMETRY:
      column.form = Form::kBytes;
      break;
    case MYSQL_TYPE_JSON:
    case MYSQL_TYPE_NULL:
      column.form = Form::kText;
      break;
    default:
      column.form = field.charsetnr == kBinaryCharset ? Form::kBytes : Form::kText;
  }
  return column;
}

std::shared_ptr<arrow::DataType> ArrowTypeOf(const Column& column) {
  switch (column.form) {
    case Form::kBool:
    case Form::kBit:
      return arrow::boolean();
    case Form::kInt32:
      return arrow::int32();
    case Form::kInt64:
    case Form::kBits:
      return arrow::int64();
    case Form::kUnsigned:
    case Form::kBitsDecimal:
      return arrow::decimal128(kUnsignedDigits, 0);
    case Form::kFloat32:
      return arrow::float32();
    case Form::kFloat64:
      return arrow::float64();
    case Form::kDecimal:
      return arrow::decimal128(column.precision, column.scale);
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
    case Form::kText:
    case Form::kTimeText:
      return arrow::utf8();
  }
  return arrow::utf8();
}

}  // namespace tarn::ingest::mysql
