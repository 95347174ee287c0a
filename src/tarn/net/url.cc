#include "tarn/net/url.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <curl/curl.h>
#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/net/http_get.h"
#include "tarn/net/http_message.h"
#include "tarn/net/internal/curl_handle.h"

namespace tarn::net {
namespace {

struct UrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlPtr = std::unique_ptr<CURLU, UrlDeleter>;

constexpr unsigned int kReadFlags = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE;

std::string Part(CURLU* url, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) {
    return {};
  }
  std::string copy(text);
  curl_free(text);
  return copy;
}

Status NotAUrl(const std::string& text) {
  return MakeError(ErrorCode::kInvalidArgument,
                   "Not an http or https URL: " + UrlToShow(text));
}

Result<UrlPtr> Read(const std::string& text) {
  internal::EnsureCurlStarted();
  UrlPtr url(curl_url());
  if (url == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot read a URL");
  }
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
  });
  if (has_control ||
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), kReadFlags) != CURLUE_OK) {
    return NotAUrl(text);
  }
  return url;
}

bool IsHttp(std::string_view scheme) { return scheme == "http" || scheme == "https"; }

/// "mailto:a@b", "data:…": whole as they are.
bool HasOtherScheme(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text.front())) {
    return false;
  }
  std::string scheme(text.substr(0, colon));
  for (char& c : scheme) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_letter(c) && !is_digit && c != '+' && c != '-' && c != '.') {
      return false;
    }
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return !IsHttp(scheme);
}

std::string Trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\r\n\f");
  const size_t end = text.find_last_not_of(" \t\r\n\f");
  return begin == std::string::npos ? "" : text.substr(begin, end + 1 - begin);
}

}  // namespace

std::string Url::Origin() const { return fmt::format("{}://{}:{}", scheme, host, port); }

std::string Url::Target() const { return query.empty() ? path : path + '?' + query; }

std::string Url::Text() const {
  const bool is_default = port == (scheme == "https" ? 443 : 80);
  return scheme + "://" + host + (is_default ? "" : ':' + std::to_string(port)) +
         Target();
}

Result<Url> ParseUrl(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const UrlPtr url, Read(text));
  Url parts;
  parts.scheme = Part(url.get(), CURLUPART_SCHEME);
  parts.host = Part(url.get(), CURLUPART_HOST);
  if (!IsHttp(parts.scheme) || parts.host.empty()) {
    return NotAUrl(text);
  }
  std::ranges::transform(parts.host, parts.host.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  const std::string port = Part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  parts.port = static_cast<uint16_t>(std::stoi(port.empty() ? "0" : port));
  parts.path = Part(url.get(), CURLUPART_PATH);
  parts.query = Part(url.get(), CURLUPART_QUERY);
  parts.user = Part(url.get(), CURLUPART_USER, CURLU_URLDECODE);
  parts.password = Part(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  return parts;
}

Result<std::string> ResolveUrl(const std::string& base, const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const UrlPtr url, Read(base));
  const std::string reference = Trimmed(text);
  if (HasOtherScheme(reference)) {
    return reference;
  }
  const bool has_control = std::any_of(reference.begin(), reference.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
  });
  if (has_control ||
      (!reference.empty() && curl_url_set(url.get(), CURLUPART_URL, reference.c_str(),
                                          kReadFlags) != CURLUE_OK)) {
    return NotAUrl(reference);
  }
  return Part(url.get(), CURLUPART_URL);
}

Result<std::string> WithParameter(const std::string& url, const std::string& name,
                                  const std::string& value) {
  ARROW_ASSIGN_OR_RAISE(const UrlPtr handle, Read(url));
  const std::string query = Part(handle.get(), CURLUPART_QUERY);
  const std::string pair = PercentEncode(name) + '=' + PercentEncode(value);
  std::string changed;
  bool is_there = false;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    const std::string one = query.substr(begin, end - begin);
    begin = end + 1;
    const Result<std::string> key = FormDecode(one.substr(0, one.find('=')));
    const bool is_same = key.ok() && *key == name;
    if (one.empty() || (is_same && is_there)) {
      continue;
    }
    changed += (changed.empty() ? "" : "&") + (is_same ? pair : one);
    is_there = is_there || is_same;
  }
  if (!is_there) {
    changed += (changed.empty() ? "" : "&") + pair;
  }
  if (curl_url_set(handle.get(), CURLUPART_QUERY, changed.c_str(), 0) != CURLUE_OK) {
    return NotAUrl(url);
  }
  return Part(handle.get(), CURLUPART_URL);
}

}  // namespace tarn::net
