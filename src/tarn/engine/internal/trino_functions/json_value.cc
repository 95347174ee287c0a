#include "tarn/engine/internal/trino_functions/json_value.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/utf8_text.h"
#include "tarn/engine/internal/trino_functions/value_text.h"

namespace tarn::engine {
namespace {

constexpr int kDepthMax = 1000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  std::optional<JsonValue> Read() {
    JsonValue value;
    if (!ReadValue(&value, 0)) {
      return {};
    }
    SkipBlanks();
    return rest_.empty() ? std::optional(std::move(value)) : std::nullopt;
  }

 private:
  void SkipBlanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' ||
                              rest_.front() == '\n' || rest_.front() == '\r')) {
      rest_.remove_prefix(1);
    }
  }

  bool Take(std::string_view word) {
    if (!rest_.starts_with(word)) {
      return false;
    }
    rest_.remove_prefix(word.size());
    return true;
  }

  bool ReadValue(JsonValue* value, int depth) {
    SkipBlanks();
    if (rest_.empty() || depth > kDepthMax) {
      return false;
    }
    switch (rest_.front()) {
      case '{':
        return ReadObject(value, depth);
      case '[':
        return ReadArray(value, depth);
      case '"':
        value->kind = JsonKind::kString;
        return ReadString(&value->text);
      case 't':
      case 'f':
        value->kind = JsonKind::kBoolean;
        value->boolean = rest_.front() == 't';
        return Take(value->boolean ? "true" : "false");
      case 'n':
        return Take("null");
      default:
        value->kind = JsonKind::kNumber;
        return ReadNumber(&value->text);
    }
  }

  bool ReadObject(JsonValue* value, int depth) {
    value->kind = JsonKind::kObject;
    Take("{");
    SkipBlanks();
    if (Take("}")) {
      return true;
    }
    for (;;) {
      SkipBlanks();
      auto& [name, member] = value->members.emplace_back();
      if (!ReadString(&name)) {
        return false;
      }
      SkipBlanks();
      if (!Take(":") || !ReadValue(&member, depth + 1)) {
        return false;
      }
      SkipBlanks();
      if (!Take(",")) {
        return Take("}");
      }
    }
  }

  bool ReadArray(JsonValue* value, int depth) {
    value->kind = JsonKind::kArray;
    Take("[");
    SkipBlanks();
    if (Take("]")) {
      return true;
    }
    for (;;) {
      if (!ReadValue(&value->items.emplace_back(), depth + 1)) {
        return false;
      }
      SkipBlanks();
      if (!Take(",")) {
        return Take("]");
      }
    }
  }

  std::optional<char32_t> HexUnit() {
    char32_t unit = 0;
    for (size_t i = 0; i < 4; ++i) {
      const char c = i < rest_.size() ? rest_[i] : '\0';
      const char lower = static_cast<char>(c | 0x20);
      if (IsDigit(c)) {
        unit = unit * 16 + static_cast<char32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        unit = unit * 16 + static_cast<char32_t>(lower - 'a' + 10);
      } else {
        return {};
      }
    }
    rest_.remove_prefix(4);
    return unit;
  }

  bool ReadUnicode(std::string* text) {
    auto unit = HexUnit();
    if (!unit) {
      return false;
    }
    if (*unit >= 0xD800 && *unit < 0xDC00 && Take("\\u")) {
      const auto low = HexUnit();
      if (!low) {
        return false;
      }
      unit = 0x10000 + ((*unit - 0xD800) << 10U) + (*low - 0xDC00);
    }
    AppendUtf8(text, *unit);
    return true;
  }

  bool ReadEscape(std::string* text) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (Take("u")) {
      return ReadUnicode(text);
    }
    const size_t index =
        rest_.empty() ? std::string_view::npos : kLetters.find(rest_.front());
    if (index == std::string_view::npos) {
      return false;
    }
    *text += kMeant[index];
    rest_.remove_prefix(1);
    return true;
  }

  bool ReadString(std::string* text) {
    if (!Take("\"")) {
      return false;
    }
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') {
        return true;
      }
      if (static_cast<unsigned char>(c) < ' ' || (c == '\\' && !ReadEscape(text))) {
        return false;
      }
      if (c != '\\') {
        *text += c;
      }
    }
    return false;
  }

  bool TakeDigits(std::string* text) {
    const size_t before = text->size();
    while (!rest_.empty() && IsDigit(rest_.front())) {
      *text += rest_.front();
      rest_.remove_prefix(1);
    }
    return text->size() > before;
  }

  bool ReadNumber(std::string* text) {
    if (Take("-")) {
      *text += '-';
    }
    const bool zero = rest_.starts_with("0");
    const size_t begin = text->size();
    if (!TakeDigits(text) || (zero && text->size() > begin + 1)) {
      return false;
    }
    if (Take(".")) {
      *text += '.';
      if (!TakeDigits(text)) {
        return false;
      }
    }
    if (rest_.starts_with("e") || rest_.starts_with("E")) {
      rest_.remove_prefix(1);
      *text += 'e';
      if (rest_.starts_with("+") || rest_.starts_with("-")) {
        *text += rest_.front();
        rest_.remove_prefix(1);
      }
      return TakeDigits(text);
    }
    return true;
  }

  std::string_view rest_;
};

void WriteString(std::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    constexpr std::string_view kMeant = "\"\\\b\f\n\r\t";
    constexpr std::string_view kLetters = "\"\\bfnrt";
    const size_t index = kMeant.find(c);
    if (index != std::string_view::npos) {
      *out += '\\';
      *out += kLetters[index];
    } else if (static_cast<unsigned char>(c) < ' ') {
      *out += fmt::format("\\u{:04X}", static_cast<int>(c));
    } else {
      *out += c;
    }
  }
  *out += '"';
}

std::string NumberText(const std::string& text, JsonStyle style) {
  const bool whole = text.find_first_of(".e") == std::string::npos;
  return style == JsonStyle::kAsWritten || whole
             ? text
             : PlainText(std::strtod(text.c_str(), nullptr));
}

void Write(const JsonValue& value, JsonStyle style, std::string* out);

void WriteObject(const JsonValue& value, JsonStyle style, std::string* out) {
  std::vector<std::pair<std::string_view, const JsonValue*>> members;
  if (style == JsonStyle::kCanonical) {
    std::map<std::string_view, const JsonValue*> sorted;
    for (const auto& [name, member] : value.members) {
      sorted[name] = &member;
    }
    members.assign(sorted.begin(), sorted.end());
  } else {
    for (const auto& [name, member] : value.members) {
      members.emplace_back(name, &member);
    }
  }
  *out += '{';
  for (size_t i = 0; i < members.size(); ++i) {
    *out += i == 0 ? "" : ",";
    WriteString(members[i].first, out);
    *out += ':';
    Write(*members[i].second, style, out);
  }
  *out += '}';
}

void Write(const JsonValue& value, JsonStyle style, std::string* out) {
  switch (value.kind) {
    case JsonKind::kNull:
      *out += "null";
      return;
    case JsonKind::kBoolean:
      *out += value.boolean ? "true" : "false";
      return;
    case JsonKind::kNumber:
      *out += NumberText(value.text, style);
      return;
    case JsonKind::kString:
      return WriteString(value.text, out);
    case JsonKind::kObject:
      return WriteObject(value, style, out);
    case JsonKind::kArray:
      break;
  }
  *out += '[';
  for (size_t i = 0; i < value.items.size(); ++i) {
    *out += i == 0 ? "" : ",";
    Write(value.items[i], style, out);
  }
  *out += ']';
}

[[noreturn]] void ThrowPath(std::string_view path) {
  ThrowTrino(kInvalidArgument, fmt::format("Invalid JSON path: '{}'", path));
}

/// One step of a path: a member's name or an element's index; moves `rest` behind it.
struct PathStep {
  std::string name = {};
  std::optional<int64_t> index = {};
};

PathStep TakeStep(std::string_view path, std::string_view* rest) {
  const auto take_to = [&](std::string_view end) {
    const size_t at = rest->find(end);
    if (at == std::string_view::npos) {
      ThrowPath(path);
    }
    const std::string_view taken = rest->substr(0, at);
    rest->remove_prefix(at + end.size());
    return taken;
  };
  if (rest->starts_with("[\"")) {
    rest->remove_prefix(2);
    return {.name = std::string(take_to("\"]"))};
  }
  if (rest->starts_with("[")) {
    rest->remove_prefix(1);
    const std::string_view inside = take_to("]");
    const auto index = ParseInteger(inside);
    if (inside.find_first_not_of("0123456789") == std::string_view::npos && index) {
      return {.name = std::string(inside), .index = index};
    }
    if (inside.empty() || inside == "*") {
      ThrowPath(path);
    }
    return {.name = std::string(inside)};
  }
  if (!rest->starts_with(".") || rest->size() == 1) {
    ThrowPath(path);
  }
  rest->remove_prefix(1);
  const size_t end = std::min(rest->find_first_of(".["), rest->size());
  const std::string_view name = rest->substr(0, end);
  if (name.empty() || name == "*") {
    ThrowPath(path);
  }
  rest->remove_prefix(end);
  return {.name = std::string(name)};
}

}  // namespace

const JsonValue* JsonValue::Member(std::string_view name) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->first == name) {
      return &member->second;
    }
  }
  return nullptr;
}

std::optional<JsonValue> ParseJson(std::string_view text) {
  return JsonReader(text).Read();
}

std::string WriteJson(const JsonValue& value, JsonStyle style) {
  std::string text;
  Write(value, style, &text);
  return text;
}

const JsonValue* FindByPath(const JsonValue& value, std::string_view path) {
  std::string_view rest = path;
  if (rest.starts_with("$")) {
    rest.remove_prefix(1);
  } else if (rest.empty() || rest.find_first_of("[]") == 0) {
    ThrowPath(path);
  }
  const std::string with_dot = "." + std::string(rest);
  if (!path.starts_with("$")) {
    rest = with_dot;
  }
  const JsonValue* found = &value;
  while (!rest.empty()) {
    const PathStep step = TakeStep(path, &rest);
    if (found == nullptr) {
      continue;  // the rest of the path is still checked
    }
    if (found->kind == JsonKind::kArray && step.index) {
      const auto index = static_cast<size_t>(*step.index);
      found = index < found->items.size() ? &found->items[index] : nullptr;
    } else {
      found = found->Member(step.name);
    }
  }
  return found;
}

}  // namespace tarn::engine
