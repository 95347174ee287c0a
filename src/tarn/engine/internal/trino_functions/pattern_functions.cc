// Java's regular expressions to RE2's: groups and the text that replaces a match.
#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/function_library.h"
#include "tarn/engine/internal/trino_functions/trino_error.h"
#include "tarn/engine/internal/trino_functions/typed_scalar.h"

namespace tarn::engine {
namespace {

/// Names of the groups of a pattern, "" for those without one; the first is group 1.
std::vector<std::string> GroupsOf(std::string_view pattern) {
  std::vector<std::string> groups;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (in_class || c == '[') {
      in_class = c != ']';
    } else if (c == '(') {
      const std::string_view after = pattern.substr(i + 1);
      const size_t skip = after.starts_with("?P<") ? 3 : 2;
      const bool named = after.starts_with("?P<") ||
                         (after.starts_with("?<") && !after.starts_with("?<=") &&
                          !after.starts_with("?<!"));
      if (named) {
        groups.emplace_back(after.substr(skip, after.find('>') - skip));
      } else if (!after.starts_with("?")) {
        groups.emplace_back();
      }
    }
  }
  return groups;
}

/// RE2 writes (?P<name>…) for Java's (?<name>…), and reads [a-z&&[^b]] and [a[b]] as
/// plain characters where Java has intersections and unions of classes.
std::string PatternText(std::string_view pattern) {
  std::string text;
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    text += pattern[i];
    const std::string_view after = pattern.substr(i + 1);
    const bool is_nested = pattern[i] == '[' && !after.starts_with(':');
    if (pattern[i] == '\\' && !after.empty()) {
      text += pattern[++i];
    } else if (in_class && (is_nested || pattern.substr(i).starts_with("&&"))) {
      ThrowTrino(kNotSupportedHere,
                 fmt::format("Classes of characters within one another are not supported "
                             "in regular expressions: {}",
                             pattern));
    } else if (in_class || pattern[i] == '[') {
      in_class = pattern[i] != ']';
    } else if (pattern[i] == '(' && after.starts_with("?<") &&
               !after.starts_with("?<=") && !after.starts_with("?<!")) {
      text += "?P<";
      i += 2;
    }
  }
  return text;
}

int32_t CheckedGroup(std::string_view pattern, int64_t group) {
  const auto count = static_cast<int64_t>(GroupsOf(pattern).size());
  if (group < 0) {
    ThrowTrino(kInvalidArgument, "Group cannot be negative");
  }
  if (group > count) {
    ThrowTrino(
        kInvalidArgument,
        fmt::format("Pattern has {} groups. Cannot access group {}", count, group));
  }
  return static_cast<int32_t>(group);
}

std::string NamedGroup(const std::vector<std::string>& groups, std::string_view name) {
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] == name) {
      return "\\" + std::to_string(i + 1);
    }
  }
  ThrowTrino(kInvalidArgument,
             fmt::format("Illegal replacement sequence: unknown group {{ {} }}", name));
}

/// "$1" and "${name}" become RE2's "\1"; "\$" is a dollar sign.
std::string PatternReplacement(std::string_view text, std::string_view pattern) {
  const std::vector<std::string> groups = GroupsOf(pattern);
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      result += text[i] == '\\' ? "\\\\" : std::string(1, text[i]);
    } else if (text[i] != '$') {
      result += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '{') {
      const size_t end = text.find('}', i);
      result += NamedGroup(groups, text.substr(i + 2, end - i - 2));
      i = end == std::string_view::npos ? text.size() : end;
    } else if (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') {
      const int64_t group = text[i + 1] - '0';
      CheckedGroup(pattern, group);
      result += "\\" + std::to_string(group);
      ++i;
    } else {
      ThrowTrino(kInvalidArgument, fmt::format("Illegal replacement sequence: {}", text));
    }
  }
  return result;
}

}  // namespace

void AddPatterns(FunctionLibrary& library) {
  library.Add(Typed<&PatternText>("pattern_text"), Reach::kTranslatorOnly);
  library.Add(Typed<&CheckedGroup>("checked_group"), Reach::kTranslatorOnly);
  library.Add(Typed<&PatternReplacement>("pattern_replacement"), Reach::kTranslatorOnly);
}

}  // namespace tarn::engine
