#include "tests/sql/value_text.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

namespace tarn::sql_test {
namespace {

std::string BytesText(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const bool plain = c >= ' ' && c <= '~' && c != '\\';
    text += plain ? std::string(1, c)
                  : fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  }
  return text;
}

/// "2024-01-31 00:00:00.000000" without trailing zeros of the fraction, "Z" as +00.
std::string TimeText(std::string text) {
  const bool zoned = text.ends_with('Z');
  if (zoned) {
    text.pop_back();
  }
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) {
      text.pop_back();
    }
    if (text.ends_with('.')) {
      text.pop_back();
    }
  }
  return zoned ? text + "+00" : text;
}

Result<std::string> ListText(const arrow::Array& values, int64_t from, int64_t to) {
  std::string text = "[";
  for (int64_t i = from; i < to; ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::string value, ValueText(values, i));
    text += (i == from ? "" : ", ") + value;
  }
  return text + "]";
}

Result<std::string> StructText(const arrow::StructArray& rows, int64_t row) {
  std::string text = "{";
  for (int i = 0; i < rows.num_fields(); ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::string value, ValueText(*rows.field(i), row));
    text += fmt::format("{}'{}': {}", i == 0 ? "" : ", ", rows.type()->field(i)->name(),
                        value);
  }
  return text + "}";
}

Result<std::string> MapText(const arrow::MapArray& maps, int64_t row) {
  std::string text = "{";
  for (int64_t i = maps.value_offset(row); i < maps.value_offset(row + 1); ++i) {
    ARROW_ASSIGN_OR_RAISE(const std::string key, ValueText(*maps.keys(), i));
    ARROW_ASSIGN_OR_RAISE(const std::string value, ValueText(*maps.items(), i));
    text += fmt::format("{}{}={}", text.size() == 1 ? "" : ", ", key, value);
  }
  return text + "}";
}

}  // namespace

Result<std::string> ValueText(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) {
    return "NULL";
  }
  switch (array.type_id()) {
    case arrow::Type::EXTENSION:
      return ValueText(*static_cast<const arrow::ExtensionArray&>(array).storage(), row);
    case arrow::Type::STRING: {
      std::string text = static_cast<const arrow::StringArray&>(array).GetString(row);
      return text.empty() ? "(empty)" : text;
    }
    case arrow::Type::BINARY:
      return BytesText(static_cast<const arrow::BinaryArray&>(array).GetView(row));
    case arrow::Type::FLOAT:
      return fmt::format("{}", static_cast<const arrow::FloatArray&>(array).Value(row));
    case arrow::Type::DOUBLE:
      return fmt::format("{}", static_cast<const arrow::DoubleArray&>(array).Value(row));
    case arrow::Type::LIST: {
      const auto& lists = static_cast<const arrow::ListArray&>(array);
      return ListText(*lists.values(), lists.value_offset(row),
                      lists.value_offset(row + 1));
    }
    case arrow::Type::STRUCT:
      return StructText(static_cast<const arrow::StructArray&>(array), row);
    case arrow::Type::MAP:
      return MapText(static_cast<const arrow::MapArray&>(array), row);
    case arrow::Type::TIMESTAMP:
    case arrow::Type::TIME64: {
      ARROW_ASSIGN_OR_RAISE(const auto scalar, array.GetScalar(row));
      return TimeText(scalar->ToString());
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(const auto scalar, array.GetScalar(row));
      return scalar->ToString();
    }
  }
}

}  // namespace tarn::sql_test
