#include "tarn/net/internal/cookie_line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace tarn::net::internal {
namespace {

constexpr std::string_view kHttpOnly = "#HttpOnly_";
constexpr size_t kFields = 7;

bool IsPlain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

/// Also of what separates parts of a header.
bool IsPart(std::string_view text) {
  return IsPlain(text) && text.find(';') == std::string_view::npos;
}

}  // namespace

std::optional<HttpCookie> CookieOfLine(std::string_view line) {
  HttpCookie cookie;
  cookie.is_http_only = line.starts_with(kHttpOnly);
  if (cookie.is_http_only) {
    line.remove_prefix(kHttpOnly.size());
  }
  std::array<std::string_view, kFields> fields;
  for (size_t i = 0; i < kFields; ++i) {
    const size_t end = line.find('\t');
    if ((end == std::string_view::npos) != (i + 1 == kFields)) {
      return std::nullopt;
    }
    fields[i] = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  const std::string_view expires = fields[4];
  const auto read =
      std::from_chars(expires.data(), expires.data() + expires.size(), cookie.expires);
  if (read.ec != std::errc() || read.ptr != expires.data() + expires.size() ||
      fields[0].empty() || fields[5].empty()) {
    return std::nullopt;
  }
  cookie.domain = fields[0].substr(fields[0].starts_with('.') ? 1 : 0);
  cookie.for_subdomains = fields[1] == "TRUE";
  cookie.path = fields[2];
  cookie.is_secure = fields[3] == "TRUE";
  cookie.name = fields[5];
  cookie.value = fields[6];
  return cookie;
}

std::optional<std::string> LineOfCookie(const HttpCookie& cookie) {
  if (cookie.name.empty() || cookie.domain.empty() || !IsPart(cookie.name) ||
      !IsPart(cookie.value) || !IsPart(cookie.domain) || !IsPart(cookie.path) ||
      cookie.name.find('=') != std::string::npos) {
    return std::nullopt;
  }
  const auto flag = [](bool is_set) { return is_set ? "TRUE" : "FALSE"; };
  return fmt::format(
      "{}{}{}\t{}\t{}\t{}\t{}\t{}\t{}", cookie.is_http_only ? kHttpOnly : "",
      cookie.for_subdomains ? "." : "", cookie.domain, flag(cookie.for_subdomains),
      cookie.path.empty() ? "/" : cookie.path, flag(cookie.is_secure),
      std::max<int64_t>(0, cookie.expires), cookie.name, cookie.value);
}

}  // namespace tarn::net::internal
