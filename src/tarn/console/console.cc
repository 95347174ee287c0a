#include "tarn/console/console.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "tarn/net/http_message.h"

namespace tarn::console {
namespace {

constexpr std::string_view kPage = "index.html";
/// Names below this hold a hash: one that is not there is out of date, not a page.
constexpr std::string_view kHashed = "assets/";

/// Nothing but what this server gives; no script or style inside of the page.
constexpr char kContentSecurityPolicy[] =
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "object-src 'none'";

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ') || text.ends_with('\t')) {
    text.remove_suffix(1);
  }
  return text;
}

/// Calls `visit` with each element of a header like "gzip, br;q=0.5", trimmed.
template <typename Visit>
void ForEachElement(std::string_view list, const Visit& visit) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    visit(Trimmed(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

/// "gzip;q=0" takes none of it.
bool HasZeroWeight(std::string_view parameters) {
  const size_t weight = parameters.find("q=");
  if (weight == std::string_view::npos) {
    return false;
  }
  double value = 1;
  std::from_chars(parameters.data() + weight + 2, parameters.data() + parameters.size(),
                  value);
  return value <= 0;
}

/// Whether an Accept-Encoding header takes `coding` (RFC 9110 12.5.3).
bool Accepts(std::string_view accept_encoding, std::string_view coding) {
  bool is_named = false;
  bool takes = false;
  bool takes_any = false;
  ForEachElement(accept_encoding, [&](std::string_view element) {
    const size_t semicolon = std::min(element.find(';'), element.size());
    const std::string_view name = Trimmed(element.substr(0, semicolon));
    const bool is_taken = !HasZeroWeight(element.substr(semicolon));
    if (name == coding) {
      is_named = true;
      takes = is_taken;
    } else if (name == "*") {
      takes_any = is_taken;
    }
  });
  return is_named ? takes : takes_any;
}

bool Matches(std::string_view if_none_match, std::string_view etag) {
  bool matches = false;
  ForEachElement(if_none_match, [&](std::string_view element) {
    if (element.starts_with("W/")) {
      element.remove_prefix(2);
    }
    matches = matches || element == "*" || element == etag;
  });
  return matches;
}

struct Encoded {
  std::string_view name;  // empty: as it is
  std::string_view bytes;
};

Encoded BestFor(const Asset& asset, const net::HttpRequest& request) {
  const std::string* const accepted = request.headers.Find("Accept-Encoding");
  if (accepted != nullptr) {
    if (!asset.brotli.empty() && Accepts(*accepted, "br")) {
      return {"br", asset.brotli};
    }
    if (!asset.gzip.empty() && Accepts(*accepted, "gzip")) {
      return {"gzip", asset.gzip};
    }
  }
  return {"", asset.plain};
}

net::HttpResponse AnswerWith(const Asset& asset, const net::HttpRequest& request) {
  const Encoded encoded = BestFor(asset, request);
  std::string etag = "\"" + std::string(asset.etag);
  etag += (encoded.name.empty() ? "" : "-") + std::string(encoded.name) + "\"";
  net::HttpResponse response;
  net::HttpHeaders& headers = response.headers;
  headers.Set("ETag", etag);
  headers.Set("Vary", "Accept-Encoding");
  headers.Set("Cache-Control",
              asset.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  headers.Set("X-Content-Type-Options", "nosniff");
  headers.Set("Content-Security-Policy", kContentSecurityPolicy);
  headers.Set("Referrer-Policy", "no-referrer");
  headers.Set("Cross-Origin-Opener-Policy", "same-origin");
  const std::string* const known = request.headers.Find("If-None-Match");
  if (known != nullptr && Matches(*known, etag)) {
    response.status = 304;
    return response;
  }
  headers.Set("Content-Type", std::string(asset.content_type));
  if (!encoded.name.empty()) {
    headers.Set("Content-Encoding", std::string(encoded.name));
  }
  response.body = std::string(encoded.bytes);
  return response;
}

net::HttpResponse NotFound() {
  net::HttpResponse response{.status = 404, .body = "404 Not Found\n"};
  response.headers.Set("Content-Type", "text/plain; charset=utf-8");
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  return response;
}

/// Relative to the origin, so that it works behind a proxy too.
net::HttpResponse LeadToPage(const net::HttpRequest& /*request*/) {
  net::HttpResponse response{.status = 302};
  response.headers.Set("Location", "/ui/");
  return response;
}

const Asset* Find(std::span<const Asset> assets, std::string_view path) {
  const auto found = std::ranges::lower_bound(assets, path, {}, &Asset::path);
  return found == assets.end() || found->path != path ? nullptr : &*found;
}

}  // namespace

void AddRoutes(net::Router* router) { AddRoutes(EmbeddedAssets(), router); }

void AddRoutes(std::span<const Asset> assets, net::Router* router) {
  router->Add("GET", "/", &LeadToPage);
  router->Add("GET", "/ui", &LeadToPage);
  router->Add("GET", "/ui/{path...}", [assets](const net::HttpRequest& request) {
    const std::string_view path = *request.PathParameter("path");
    if (const Asset* asset = Find(assets, path)) {
      return AnswerWith(*asset, request);
    }
    const Asset* const page = path.starts_with(kHashed) ? nullptr : Find(assets, kPage);
    return page == nullptr ? NotFound() : AnswerWith(*page, request);
  });
}

}  // namespace tarn::console
