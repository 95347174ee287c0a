#include "tarn/ingest/web/internal/browser_json.h"

#include <algorithm>
#include <string_view>

#include "tarn/net/url.h"

namespace tarn::ingest::web::internal {
namespace {

/// The greatest number that every double below it can count to.
constexpr double kExactMax = 9007199254740992.0;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower;
}

std::string_view Trim(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

bool IsOfOrder(const RenderOrder& order, const std::string& name) {
  return std::ranges::any_of(
      order.headers, [&](const auto& header) { return Lower(header.first) == name; });
}

/// "a=b; c=d" as cookies of `url`.
void AddCookiesOfHeader(std::string_view header, const std::string& url, Json* cookies) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    const size_t equals = pair.find('=');
    if (equals != std::string_view::npos && !Trim(pair.substr(0, equals)).empty()) {
      cookies->push_back({{"name", Trim(pair.substr(0, equals))},
                          {"value", Trim(pair.substr(equals + 1))},
                          {"url", url}});
    }
  }
}

}  // namespace

std::string TextOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || !found->is_string() ? "" : found->get<std::string>();
}

int64_t IntegerOf(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_number()) {
    return 0;
  }
  const double value = found->get<double>();
  return value >= -kExactMax && value <= kExactMax ? static_cast<int64_t>(value) : 0;
}

Json HeadersForBrowser(const FetchedPage& page) {
  Json headers = Json::array();
  for (const auto& [name, value] : page.headers.all()) {
    const std::string lower = Lower(name);
    // It is decoded and whole; its cookies are set already.
    if (lower != "content-encoding" && lower != "content-length" &&
        lower != "transfer-encoding" && lower != "connection" && lower != "set-cookie" &&
        lower != "content-disposition" && lower != "refresh") {
      headers.push_back({{"name", name}, {"value", value}});
    }
  }
  return headers;
}

Json RequestHeaders(const Json& request, const std::string& url,
                    const RenderOrder& order) {
  const Result<net::Url> parts = net::ParseUrl(url);
  const bool is_own = parts.ok() && parts->Origin() == order.own_origin;
  Json headers = Json::array();
  const auto sent = request.find("headers");
  if (sent != request.end() && sent->is_object()) {
    for (const auto& [name, value] : sent->items()) {
      if (value.is_string() && !IsOfOrder(order, Lower(name))) {
        headers.push_back({{"name", name}, {"value", value}});
      }
    }
  }
  if (is_own) {
    for (const auto& [name, value] : order.headers) {
      if (Lower(name) != "cookie") {  // they are the context's
        headers.push_back({{"name", name}, {"value", value}});
      }
    }
  }
  return headers;
}

Json CookiesForBrowser(const RenderOrder& order) {
  Json cookies = Json::array();
  for (const net::HttpCookie& cookie : order.cookies) {
    Json one = {{"name", cookie.name},
                {"value", cookie.value},
                {"path", cookie.path},
                {"secure", cookie.is_secure},
                {"httpOnly", cookie.is_http_only}};
    if (cookie.for_subdomains) {
      one["domain"] = '.' + cookie.domain;
    } else {
      one["url"] = (cookie.is_secure ? "https://" : "http://") + cookie.domain + '/';
    }
    if (cookie.expires > 0) {
      one["expires"] = cookie.expires;
    }
    cookies.push_back(std::move(one));
  }
  for (const auto& [name, value] : order.headers) {
    if (Lower(name) == "cookie") {
      AddCookiesOfHeader(value, order.own_origin + '/', &cookies);
    }
  }
  return cookies;
}

std::vector<net::HttpCookie> CookiesFromBrowser(const Json& answer) {
  std::vector<net::HttpCookie> cookies;
  const auto found = answer.find("cookies");
  if (found == answer.end() || !found->is_array()) {
    return cookies;
  }
  for (const Json& one : *found) {
    if (!one.is_object()) {
      continue;
    }
    std::string domain = TextOf(one, "domain");
    const bool for_subdomains = domain.starts_with('.');
    domain.erase(0, for_subdomains ? 1 : 0);
    cookies.push_back({.name = TextOf(one, "name"),
                       .value = TextOf(one, "value"),
                       .domain = std::move(domain),
                       .path = TextOf(one, "path"),
                       .for_subdomains = for_subdomains,
                       .is_secure = one.value("secure", Json()) == Json(true),
                       .is_http_only = one.value("httpOnly", Json()) == Json(true),
                       .expires = std::max<int64_t>(0, IntegerOf(one, "expires"))});
  }
  return cookies;
}

}  // namespace tarn::ingest::web::internal
