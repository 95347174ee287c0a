// One value of an Arrow array as text. Exact: decimals with their scale, timestamps to
// their last digit, floats in the shortest form that reads back to the same number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

namespace tarn::cli {

/// For tables and CSV. Null is "NULL" at the top (callers that show nulls otherwise ask
/// IsNull first) and inside nested values; nested values look like [1, 2], {a: 1, b: x},
/// {k=v}; binary is hexadecimal; timestamps with zone end in +00:00.
std::string ValueText(const arrow::Array& array, int64_t row);

/// As JSON text: numbers as numbers with all their digits (NaN and infinities as
/// strings), times as ISO 8601 strings
/// ("2024-01-31T10:00:00.5"), binary as hexadecimal strings, structs and maps as objects
/// (maps whose keys are not strings as arrays of {"key", "value"}).
void AppendJson(const arrow::Array& array, int64_t row, std::string* out);

/// `text` in double quotes with JSON's escapes; bytes that are not UTF-8 become U+FFFD.
void AppendJsonString(std::string_view text, std::string* out);

/// True for types whose values read best aligned to the right.
bool IsNumberLike(const arrow::DataType& type);

}  // namespace tarn::cli
