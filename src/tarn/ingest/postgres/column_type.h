// PostgreSQL's types as binary COPY sends them, and what they are in Arrow.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

namespace tarn::ingest::postgres {

/// How values of a type are written; several types share one.
enum class Form : uint8_t {
  kBool,
  kInt16,
  kInt32,
  kInt64,
  kOid,  // 32 bits without sign
  kFloat32,
  kFloat64,
  kNumeric,
  kText,       // text, varchar, json, enums: characters as they are
  kJsonb,      // a version before the characters
  kBytes,      // bytea
  kDate,       // days since 2000-01-01
  kTime,       // microseconds
  kTimestamp,  // microseconds since 2000-01-01
  kInstant,    // timestamptz: the same, in UTC
  kUuid,
  kArray,
  kComposite,
};

struct ColumnType {
  struct Member;
  Form form = Form::kText;
  int32_t precision = 38;  // kNumeric
  int32_t scale = 18;
  std::vector<Member> members = {};  // kArray: its elements; kComposite: the attributes
};
struct ColumnType::Member {
  std::string name;
  ColumnType type;
};

struct Column {
  std::string name;
  ColumnType type;
};

/// numeric: decimal128; uuid: the extension type; arrays: list; composites: struct.
/// Everything may be null.
std::shared_ptr<arrow::DataType> ArrowTypeOf(const ColumnType& type);

}  // namespace tarn::ingest::postgres
