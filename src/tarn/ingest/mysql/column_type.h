// MySQL's types as prepared statements give them, and what they are in Arrow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "tarn/ingest/internal/source_options.h"

struct st_mysql_field;

namespace tarn::ingest::mysql {

using internal::Unheld;

enum class Form : uint8_t {
  kBool,      // tinyint(1)
  kInt32,     // tinyint, smallint, mediumint, int, year
  kInt64,     // int unsigned, bigint
  kUnsigned,  // bigint unsigned: decimal(20, 0)
  kFloat32,
  kFloat64,
  kDecimal,
  kText,  // char, varchar, text, enum, set, json, numbers of more than 38 digits
  kBytes,
  kDate,
  kTime,
  kTimeText,  // time as text: beyond a day
  kTimestamp,
  kInstant,     // timestamp: in UTC
  kBit,         // bit(1)
  kBits,        // bit(2) to bit(63), as a number
  kBitsDecimal  // bit(64)
};

struct Column {
  std::string name;
  Form form = Form::kText;
  int32_t precision = 0;  // kDecimal
  int32_t scale = 0;
};

struct DecodeOptions {
  Unheld unheld = Unheld::kRefused;  // zero dates, times that are no time of a day
  bool tinyint1_is_boolean = true;
  bool time_is_text = false;
};

Column ColumnOf(const st_mysql_field& field, const DecodeOptions& options);
/// Everything may be null.
std::shared_ptr<arrow::DataType> ArrowTypeOf(const Column& column);

}  // namespace tarn::ingest::mysql
