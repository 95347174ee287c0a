#include "tarn/catalog/internal/catalog_names.h"

#include "tarn/base/error.h"

namespace tarn::catalog::internal {
namespace {

bool StaysInPath(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '-' || c == '.' || c >= 0x80;
}

constexpr std::string_view kDot = "%2E";
constexpr std::string_view kPercent = "%25";

/// Other escapes stay as they are: somebody else's names.
std::string LevelOfText(std::string_view text) {
  std::string level;
  while (!text.empty()) {
    const bool is_dot = text.starts_with(kDot);
    const bool is_escape = is_dot || text.starts_with(kPercent);
    level += is_dot ? '.' : text.front();
    text.remove_prefix(is_escape ? kDot.size() : 1);
  }
  return level;
}

}  // namespace

std::string NamespaceKey(const iceberg::Namespace& ns) {
  std::string text;
  for (size_t i = 0; i < ns.levels.size(); ++i) {
    if (i > 0) {
      text += '.';
    }
    std::string_view level = ns.levels[i];
    for (; !level.empty(); level.remove_prefix(1)) {
      if (level.front() == '.') {
        text += kDot;
      } else if (level.starts_with(kDot) || level.starts_with(kPercent)) {
        text += kPercent;
      } else {
        text += level.front();
      }
    }
  }
  return text;
}

Result<std::string> NamespaceText(const iceberg::Namespace& ns) {
  const auto refuse = [&](const std::string& why) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Invalid namespace name: " + why + ": \"" + ns.ToString() + "\"");
  };
  if (ns.levels.empty()) {
    return refuse("it has no level");
  }
  for (const std::string& level : ns.levels) {
    if (level.empty()) {
      return refuse("a level is empty");
    }
    if (level.find('\0') != std::string::npos) {
      return refuse("a level holds a NUL character");
    }
  }
  return NamespaceKey(ns);
}

iceberg::Namespace NamespaceOfText(std::string_view text) {
  iceberg::Namespace ns;
  while (true) {
    const size_t dot = text.find('.');
    ns.levels.push_back(LevelOfText(text.substr(0, dot)));
    if (dot == std::string_view::npos) {
      return ns;
    }
    text.remove_prefix(dot + 1);
  }
}

Status CheckIdent(const iceberg::TableIdent& ident) {
  ARROW_RETURN_NOT_OK(NamespaceText(ident.ns).status());
  if (ident.name.empty()) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "Invalid table name: it is empty, in namespace " + ident.ns.ToString());
  }
  if (ident.name.find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Invalid table name: it holds a NUL character, in namespace " +
                         ident.ns.ToString());
  }
  return Status::OK();
}

std::string PathSegment(std::string_view name) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string segment;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    // A leading dot would hide the directory, or climb out of it.
    if (StaysInPath(byte) && !(c == '.' && segment.empty())) {
      segment += c;
      continue;
    }
    segment += '%';
    segment += kHex[byte >> 4];
    segment += kHex[byte & 15];
  }
  return segment;
}

}  // namespace tarn::catalog::internal
