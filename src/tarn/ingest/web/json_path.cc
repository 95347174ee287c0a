#include "tarn/ingest/web/json_path.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::ingest::web {
namespace {

constexpr size_t kTextBytesMax = 4096;

Status Wrong(std::string_view text, size_t at, std::string_view what) {
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("Not a JSON path, {} at character {}: {}", what, at + 1, text));
}

/// "an object of a, b" for messages.
std::string Describe(const Json& json) {
  if (json.is_array()) {
    return fmt::format("an array of {}", json.size());
  }
  if (!json.is_object()) {
    return std::string("a ") + json.type_name();
  }
  std::string names;
  int count = 0;
  for (const auto& [name, value] : json.items()) {
    if (++count > 12) {
      names += ", …";
      break;
    }
    names += (names.empty() ? "" : ", ") + name.substr(0, 60);
  }
  return names.empty() ? "an empty object" : "an object with " + names;
}

}  // namespace

Result<JsonPath> JsonPath::Parse(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return MakeError(ErrorCode::kInvalidArgument, "The JSON path is too long");
  }
  JsonPath path;
  path.text_ = text;
  size_t at = text.starts_with('$') ? 1 : 0;
  while (at < text.size()) {
    if (text[at] == '[') {
      ++at;
      if (at < text.size() && (text[at] == '\'' || text[at] == '"')) {
        const char quote = text[at++];
        std::string name;
        while (at < text.size() && text[at] != quote) {
          at += text[at] == '\\' && at + 1 < text.size() ? 1 : 0;
          name += text[at++];
        }
        path.steps_.push_back({.name = std::move(name), .index = {}});
        ++at;
      } else {
        const size_t end = std::min(text.find(']', at), text.size());
        const std::string_view inside = text.substr(at, end - at);
        int64_t index = 0;
        const auto read =
            std::from_chars(inside.data(), inside.data() + inside.size(), index);
        const bool is_number = !inside.empty() && read.ec == std::errc() &&
                               read.ptr == inside.data() + inside.size();
        if (!is_number && inside != "*" && !inside.empty()) {
          return Wrong(text, at, "neither a number nor *");
        }
        path.steps_.push_back(
            {.name = {}, .index = is_number ? std::optional(index) : std::nullopt});
        at = end;
      }
      if (at >= text.size() || text[at] != ']') {
        return Wrong(text, std::min(at, text.size()), "']' is missing");
      }
      ++at;
      continue;
    }
    if (text[at] == '.') {
      ++at;
    } else if (!path.steps_.empty() || text.starts_with('$')) {
      return Wrong(text, at, "'.' is missing");
    }
    const size_t end = std::min(text.find_first_of(".[", at), text.size());
    const std::string_view name = text.substr(at, end - at);
    if (name.empty()) {
      return Wrong(text, at, "a name is missing");
    }
    path.steps_.push_back(
        {.name = name == "*" ? std::nullopt : std::optional(std::string(name)),
         .index = {}});
    at = end;
  }
  return path;
}

std::vector<const Json*> JsonPath::Follow(const Step& step,
                                          const std::vector<const Json*>& from) {
  std::vector<const Json*> found;
  for (const Json* json : from) {
    if (step.name) {
      if (json->is_object()) {
        const auto member = json->find(*step.name);
        if (member != json->end()) {
          found.push_back(&*member);
        }
      }
    } else if (step.index) {
      const auto size = static_cast<int64_t>(json->size());
      const int64_t index = *step.index < 0 ? size + *step.index : *step.index;
      if (json->is_array() && index >= 0 && index < size) {
        found.push_back(&(*json)[static_cast<size_t>(index)]);
      }
    } else if (json->is_structured()) {
      for (const Json& element : *json) {
        found.push_back(&element);
      }
    }
  }
  return found;
}

std::vector<const Json*> JsonPath::Find(const Json& document) const {
  std::vector<const Json*> found{&document};
  for (const Step& step : steps_) {
    found = Follow(step, found);
  }
  return found;
}

Result<std::vector<const Json*>> JsonPath::Records(const Json& document) const {
  std::vector<const Json*> found{&document};
  for (const Step& step : steps_) {
    std::vector<const Json*> next = Follow(step, found);
    if (next.empty() && !found.empty()) {
      return MakeError(
          ErrorCode::kInvalidData,
          fmt::format("The path \"{}\" leads nowhere in the answer: where it ends there "
                      "is {}",
                      text_, Describe(*found.front())));
    }
    found = std::move(next);
  }
  std::vector<const Json*> records;
  for (const Json* json : found) {
    if (!json->is_array()) {
      records.push_back(json);
      continue;
    }
    for (const Json& element : *json) {
      records.push_back(&element);
    }
  }
  std::erase_if(records, [](const Json* json) { return json->is_null(); });
  return records;
}

}  // namespace tarn::ingest::web
