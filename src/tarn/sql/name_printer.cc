#include <algorithm>
#include <cctype>
#include <string>

#include "tarn/sql/internal/expression_printer.h"
#include "tarn/sql/keywords.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/printer.h"

namespace tarn::sql {
namespace {

bool IsPlainWord(std::string_view text) {
  const auto is_start = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_start(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

std::string PrintRow(const TypeName& type) {
  std::string text = "ROW(";
  for (const TypeName::Child& child : type.children) {
    text += text.size() > 4 ? ", " : "";
    if (!child.name.empty()) {
      text += PrintName({.text = child.name}) + " ";
    }
    text += PrintType(child.type);
  }
  return text + ")";
}

}  // namespace

std::string PrintName(const Name& name) {
  if (!name.is_quoted && IsPlainWord(name.text) && !IsReserved(FindKeyword(name.text))) {
    return name.text;
  }
  std::string quoted = "\"";
  for (const char c : name.text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string PrintNames(const std::vector<Name>& names) {
  std::string text;
  for (const Name& name : names) {
    text += (text.empty() ? "" : ".") + PrintName(name);
  }
  return text;
}

std::string PrintNameList(const std::vector<Name>& names) {
  std::string text = "(";
  for (const Name& name : names) {
    text += (text.size() > 1 ? ", " : "") + PrintName(name);
  }
  return text + ")";
}

std::string PrintType(const TypeName& type) {
  constexpr std::string_view kZone = " with time zone";
  if (type.name == "row" && !type.children.empty()) {
    return PrintRow(type);
  }
  if (type.name.starts_with("interval ")) {
    return Upper(type.name);
  }
  const bool has_zone = type.name.ends_with(kZone);
  const std::string_view base =
      std::string_view(type.name).substr(0, type.name.size() - (has_zone ? 15 : 0));
  std::string parameters;
  const auto add = [&parameters](const std::string& text) {
    parameters += (parameters.empty() ? "(" : ", ") + text;
  };
  for (const TypeName::Child& child : type.children) {
    add(PrintType(child.type));
  }
  for (const int32_t argument : type.arguments) {
    add(std::to_string(argument));
  }
  for (const std::string& text : type.texts) {
    add(QuotedText(text));
  }
  return PrintName({.text = std::string(base)}) + parameters +
         (parameters.empty() ? "" : ")") + (has_zone ? std::string(kZone) : "");
}

std::string QuotedText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "''" : std::string(1, c);
  }
  return quoted + "'";
}

}  // namespace tarn::sql
