// JSON as a tree, with numbers as they were written. Knows nothing of DuckDB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarn::engine {

enum class JsonKind : uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

struct JsonValue {
  JsonKind kind = JsonKind::kNull;
  bool boolean = false;
  std::string text = {};  // the string, or the number as written
  std::vector<JsonValue> items = {};
  std::vector<std::pair<std::string, JsonValue>> members = {};

  /// The last member of that name; nullptr without one, or for what is no object.
  const JsonValue* Member(std::string_view name) const;
  bool is_scalar() const { return kind != JsonKind::kArray && kind != JsonKind::kObject; }
};

/// Unset for text that is no JSON.
std::optional<JsonValue> ParseJson(std::string_view text);

/// Compact; with `sorted`, members by name and numbers in one spelling, as Trino keeps
/// JSON.
enum class JsonStyle : uint8_t { kAsWritten, kCanonical };
std::string WriteJson(const JsonValue& value, JsonStyle style);

/// The value of `$.a["b c"][0]` in `value`; nullptr if nothing is there. Throws
/// INVALID_FUNCTION_ARGUMENT for a path that is none.
const JsonValue* FindByPath(const JsonValue& value, std::string_view path);

}  // namespace tarn::engine
