#include "tarn/base/json_fields.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "tarn/base/error.h"

namespace tarn {
namespace {

std::optional<int64_t> AsInt64(const Json& json) {
  if (json.is_number_unsigned()) {
    const auto value = json.get<uint64_t>();
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return std::nullopt;
    }
    return static_cast<int64_t>(value);
  }
  if (json.is_number_integer()) {
    return json.get<int64_t>();
  }
  return std::nullopt;
}

std::optional<int32_t> AsInt32(const Json& json) {
  const std::optional<int64_t> value = AsInt64(json);
  if (!value || *value < std::numeric_limits<int32_t>::min() ||
      *value > std::numeric_limits<int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<int32_t>(*value);
}

/// Checked on the text, since a tree that is too deep cannot be printed or walked safely.
bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kJsonDepthMax) {
        return true;
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> ParseJson(std::string_view text, std::string_view what) {
  if (IsTooDeep(text)) {
    return MakeError(ErrorCode::kInvalidData,
                     "JSON of " + std::string(what) + " is nested more than " +
                         std::to_string(kJsonDepthMax) + " levels deep");
  }
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return MakeError(ErrorCode::kInvalidData,
                     "Not valid JSON (truncated or corrupt): " + std::string(what) +
                         ", " + std::to_string(text.size()) + " bytes");
  }
  return json;
}

std::string DumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<JsonFields> JsonFields::Make(const Json& json, std::string what) {
  if (!json.is_object()) {
    return MakeError(ErrorCode::kInvalidData, "Expected a JSON object for " + what +
                                                  ", found " + json.type_name());
  }
  return JsonFields(json, std::move(what));
}

const Json* JsonFields::Find(std::string_view key) const {
  const auto found = json_->find(std::string(key));
  if (found == json_->end() || found->is_null()) {
    return nullptr;
  }
  return &*found;
}

Status JsonFields::Missing(std::string_view key) const {
  return MakeError(ErrorCode::kInvalidData,
                   what_ + " has no \"" + std::string(key) + "\"");
}

Status JsonFields::Wrong(std::string_view key, std::string_view expected) const {
  constexpr size_t kShownMax = 60;
  const Json* found = Find(key);
  std::string shown = found == nullptr ? "nothing" : DumpJson(*found);
  if (shown.size() > kShownMax) {
    shown = shown.substr(0, kShownMax) + "…";
  }
  return MakeError(ErrorCode::kInvalidData, "\"" + std::string(key) + "\" of " + what_ +
                                                " must be " + std::string(expected) +
                                                ", found " + shown);
}

Result<int64_t> JsonFields::Int64(std::string_view key) const {
  ARROW_ASSIGN_OR_RAISE(auto value, OptionalInt64(key));
  if (!value) {
    return Missing(key);
  }
  return *value;
}

Result<int32_t> JsonFields::Int32(std::string_view key) const {
  ARROW_ASSIGN_OR_RAISE(auto value, OptionalInt32(key));
  if (!value) {
    return Missing(key);
  }
  return *value;
}

Result<std::string> JsonFields::String(std::string_view key) const {
  ARROW_ASSIGN_OR_RAISE(auto value, OptionalString(key));
  if (!value) {
    return Missing(key);
  }
  return *std::move(value);
}

Result<const Json*> JsonFields::Array(std::string_view key) const {
  ARROW_ASSIGN_OR_RAISE(const Json* value, OptionalArray(key));
  if (value == nullptr) {
    return Missing(key);
  }
  return value;
}

Result<const Json*> JsonFields::Object(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) {
    return Missing(key);
  }
  if (!value->is_object()) {
    return Wrong(key, "an object");
  }
  return value;
}

Result<std::optional<int64_t>> JsonFields::OptionalInt64(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) {
    return std::optional<int64_t>();
  }
  const std::optional<int64_t> number = AsInt64(*value);
  if (!number) {
    return Wrong(key, "a 64-bit integer");
  }
  return number;
}

Result<std::optional<int32_t>> JsonFields::OptionalInt32(std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) {
    return std::optional<int32_t>();
  }
  const std::optional<int32_t> number = AsInt32(*value);
  if (!number) {
    return Wrong(key, "a 32-bit integer");
  }
  return number;
}

Result<std::optional<std::string>> JsonFields::OptionalString(
    std::string_view key) const {
  const Json* value = Find(key);
  if (value == nullptr) {
    return std::optional<std::string>();
  }
  if (!value->is_string()) {
    return Wrong(key, "a string");
  }
  return std::optional<std::string>(value->get_ref<const std::string&>());
}

Result<const Json*> JsonFields::OptionalArray(std::string_view key) const {
  const Json* value = Find(key);
  if (value != nullptr && !value->is_array()) {
    return Wrong(key, "an array");
  }
  return value;
}

Result<std::map<std::string, std::string>> JsonFields::StringMap(
    std::string_view key) const {
  std::map<std::string, std::string> map;
  const Json* value = Find(key);
  if (value == nullptr) {
    return map;
  }
  if (!value->is_object()) {
    return Wrong(key, "an object of strings");
  }
  for (const auto& [name, item] : value->items()) {
    if (item.is_string()) {
      map[name] = item.get_ref<const std::string&>();
    } else if (item.is_number() || item.is_boolean()) {
      map[name] = DumpJson(item);
    } else {
      return Wrong(key, "an object of strings");
    }
  }
  return map;
}

std::map<std::string, std::string> OtherMembersAsText(
    const Json& json, std::span<const std::string_view> known) {
  std::map<std::string, std::string> others;
  for (const auto& [key, value] : json.items()) {
    if (std::ranges::find(known, key) == known.end()) {
      others[key] = DumpJson(value);
    }
  }
  return others;
}

Json MembersFromText(const std::map<std::string, std::string>& members) {
  Json json = Json::object();
  for (const auto& [key, text] : members) {
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!value.is_discarded()) {
      json[key] = std::move(value);
    }
  }
  return json;
}

Result<std::vector<int64_t>> Int64Array(const Json& array, std::string_view what) {
  std::vector<int64_t> values;
  for (const Json& item : array) {
    const std::optional<int64_t> value = AsInt64(item);
    if (!value) {
      return MakeError(ErrorCode::kInvalidData,
                       "Expected 64-bit integers in " + std::string(what));
    }
    values.push_back(*value);
  }
  return values;
}

Result<std::vector<std::string>> StringArray(const Json& array, std::string_view what) {
  std::vector<std::string> values;
  for (const Json& item : array) {
    if (!item.is_string()) {
      return MakeError(ErrorCode::kInvalidData,
                       "Expected strings in " + std::string(what));
    }
    values.push_back(item.get_ref<const std::string&>());
  }
  return values;
}

}  // namespace tarn
