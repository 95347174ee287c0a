#include "tarn/ingest/internal/reader_types.h"

#include <arrow/type.h>

namespace tarn::ingest::internal {
namespace {

std::string Quoted(const std::string& text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) {
      out += quote;
    }
    out += c;
  }
  return out + quote;
}

std::optional<std::string> NestedTypeOf(const arrow::DataType& type) {
  if (type.id() == arrow::Type::MAP) {
    const auto& map = static_cast<const arrow::MapType&>(type);
    const auto key = ReaderTypeOf(*map.key_type());
    const auto item = ReaderTypeOf(*map.item_type());
    if (!key || !item) {
      return std::nullopt;
    }
    return "MAP(" + *key + ", " + *item + ")";
  }
  if (type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST) {
    const auto element = ReaderTypeOf(*type.field(0)->type());
    if (!element) {
      return std::nullopt;
    }
    return *element + "[]";
  }
  if (type.id() != arrow::Type::STRUCT) {
    return std::nullopt;
  }
  std::string text;
  for (const auto& field : type.fields()) {
    const auto child = ReaderTypeOf(*field->type());
    if (!child) {
      return std::nullopt;
    }
    text += (text.empty() ? "" : ", ") + Quoted(field->name(), '"') + " " + *child;
  }
  return "STRUCT(" + text + ")";
}

}  // namespace

std::optional<std::string> ReaderTypeOf(const arrow::DataType& type) {
  switch (type.id()) {
    case arrow::Type::BOOL:
      return "BOOLEAN";
    case arrow::Type::INT8:
      return "TINYINT";
    case arrow::Type::INT16:
      return "SMALLINT";
    case arrow::Type::INT32:
      return "INTEGER";
    case arrow::Type::INT64:
      return "BIGINT";
    case arrow::Type::UINT64:
      return "UBIGINT";
    case arrow::Type::FLOAT:
      return "FLOAT";
    case arrow::Type::DOUBLE:
      return "DOUBLE";
    case arrow::Type::DATE32:
      return "DATE";
    case arrow::Type::TIME64:
      return "TIME";
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampType&>(type).timezone().empty()
                 ? "TIMESTAMP"
                 : "TIMESTAMPTZ";
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return "DECIMAL(" + std::to_string(decimal.precision()) + "," +
             std::to_string(decimal.scale()) + ")";
    }
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return "VARCHAR";
    default:
      return NestedTypeOf(type);
  }
}

std::string ReaderTypeMap(
    const std::vector<std::pair<std::string, std::string>>& columns) {
  std::string text;
  for (const auto& [name, type] : columns) {
    text += (text.empty() ? "" : ", ") + Quoted(name, '\'') + ": " + Quoted(type, '\'');
  }
  return "{" + text + "}";
}

}  // namespace tarn::ingest::internal
