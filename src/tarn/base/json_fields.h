// Checked access to JSON documents from outside: no exception leaves, integers never pass
// through a double (spec: ids are 64 bits), depth is bounded.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tarn/base/result.h"

namespace tarn {

using Json = nlohmann::json;

/// Deepest nesting of arrays and objects that we accept: far beyond any real schema, and
/// small enough for the recursive readers and printers of parts.
inline constexpr int kJsonDepthMax = 400;

/// `what` names the document in errors ("table metadata"). Errors: kInvalidData.
Result<Json> ParseJson(std::string_view text, std::string_view what);
/// Text of `json` without spaces; invalid UTF-8 becomes U+FFFD.
std::string DumpJson(const Json& json);

/// Members of one JSON object. Holds a reference: `json` must outlive it. A member that
/// is null counts as absent. Every error is kInvalidData and names `what` and the member.
class JsonFields {
 public:
  static Result<JsonFields> Make(const Json& json, std::string what);

  /// nullptr if absent or null.
  const Json* Find(std::string_view key) const;
  bool Has(std::string_view key) const { return Find(key) != nullptr; }

  Result<int64_t> Int64(std::string_view key) const;
  Result<int32_t> Int32(std::string_view key) const;
  Result<std::string> String(std::string_view key) const;
  Result<const Json*> Array(std::string_view key) const;
  Result<const Json*> Object(std::string_view key) const;

  Result<std::optional<int64_t>> OptionalInt64(std::string_view key) const;
  Result<std::optional<int32_t>> OptionalInt32(std::string_view key) const;
  Result<std::optional<std::string>> OptionalString(std::string_view key) const;
  /// nullptr if absent.
  Result<const Json*> OptionalArray(std::string_view key) const;
  /// Empty if absent. Numbers and booleans become their text, as several writers leave
  /// them unquoted.
  Result<std::map<std::string, std::string>> StringMap(std::string_view key) const;

  const std::string& what() const { return what_; }
  Status Wrong(std::string_view key, std::string_view expected) const;

 private:
  JsonFields(const Json& json, std::string what) : json_(&json), what_(std::move(what)) {}
  Status Missing(std::string_view key) const;

  const Json* json_;
  std::string what_;
};

/// Members of the object `json` that are not among `known`, as JSON text by key.
std::map<std::string, std::string> OtherMembersAsText(
    const Json& json, std::span<const std::string_view> known);
/// The object of such members; text that is no JSON is left out.
Json MembersFromText(const std::map<std::string, std::string>& members);

/// Array of integers, as ids come. Errors: kInvalidData.
Result<std::vector<int64_t>> Int64Array(const Json& array, std::string_view what);
Result<std::vector<std::string>> StringArray(const Json& array, std::string_view what);

}  // namespace tarn
