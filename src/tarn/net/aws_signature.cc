#include "tarn/net/aws_signature.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"

namespace tarn::net {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kContentSha256 = "x-amz-content-sha256";
constexpr std::chrono::seconds kLifetimeMax(7 * 24 * 3600);

/// What is on its way to the wire but may look different there, or is the signature.
constexpr std::string_view kUnsignedHeaders[] = {
    "accept-encoding", "amz-sdk-invocation-id", "amz-sdk-request", "authorization",
    "connection",      "content-length",        "expect",          "proxy-authorization",
    "range",           "transfer-encoding",     "user-agent",      "x-amzn-trace-id"};

struct Url {
  std::string origin;     // "https://host:port"
  std::string authority;  // without the scheme's own port
  std::string path;       // raw; "/" if there is none
  std::string query;      // raw
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return lower;
}

bool IsPrintable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F;
  });
}

Result<Url> ParseUrl(std::string_view text) {
  const Status refused =
      MakeError(ErrorCode::kInvalidArgument,
                "A request to sign needs a URL like https://host/path without user name "
                "and fragment");
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || !IsPrintable(text) ||
      text.find_first_of(" #") != std::string_view::npos) {
    return refused;
  }
  const std::string scheme = Lower(text.substr(0, colon));
  std::string_view rest = text.substr(colon + 3);
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  Url url{.origin = scheme + "://" + std::string(authority)};
  if ((scheme != "http" && scheme != "https") || authority.empty() ||
      authority.find_first_of("@\\") != std::string_view::npos) {
    return refused;
  }
  const std::string_view own_port = scheme == "http" ? ":80" : ":443";
  if (authority.ends_with(own_port)) {
    authority.remove_suffix(own_port.size());
  }
  url.authority = authority;
  const size_t question = std::min(rest.find('?'), rest.size());
  url.path = question == 0 ? "/" : rest.substr(0, question);
  url.query = rest.substr(std::min(rest.size(), question + 1));
  return url;
}

/// Segments without "." and empty ones, ".." taking the one before away: as all services
/// but S3 have it.
std::string Normalized(std::string_view path) {
  std::vector<std::string_view> kept;
  std::string_view rest = path;
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the slash
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    if (segment == "..") {
      if (!kept.empty()) {
        kept.pop_back();
      }
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
  }
  std::string normalized;
  for (const std::string_view segment : kept) {
    normalized += '/';
    normalized += segment;
  }
  if (normalized.empty() || path.ends_with('/')) {
    normalized += '/';
  }
  return normalized;
}

std::string EncodePath(std::string_view path) {
  std::string encoded;
  for (const char c : path) {
    encoded += c == '/' ? std::string(1, c) : PercentEncode({&c, 1});
  }
  return encoded;
}

/// With a slash within a segment ("%2F") like any other: S3 knows only one kind.
Result<std::string> CanonicalPath(std::string_view raw, bool is_s3) {
  ARROW_ASSIGN_OR_RAISE(const std::string decoded, PercentDecode(raw));
  if (is_s3) {
    return EncodePath(decoded);
  }
  // Encoded once on the wire, and that encoded again for the signature.
  std::string wire;
  const std::string normalized = Normalized(raw);
  for (std::string_view rest = normalized; !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    ARROW_ASSIGN_OR_RAISE(const std::string name, PercentDecode(segment));
    wire += '/' + PercentEncode(name);
  }
  return EncodePath(wire);
}

/// Names and values encoded, sorted by both.
Result<std::string> CanonicalQuery(std::string_view raw) {
  std::vector<std::pair<std::string, std::string>> fields;
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (pair.empty()) {
      continue;
    }
    const size_t equals = std::min(pair.find('='), pair.size());
    ARROW_ASSIGN_OR_RAISE(const std::string name, FormDecode(pair.substr(0, equals)));
    ARROW_ASSIGN_OR_RAISE(const std::string value,
                          FormDecode(pair.substr(std::min(pair.size(), equals + 1))));
    fields.emplace_back(PercentEncode(name), PercentEncode(value));
  }
  std::ranges::sort(fields);
  std::string canonical;
  for (const auto& [name, value] : fields) {
    canonical += (canonical.empty() ? "" : "&") + name + '=' + value;
  }
  return canonical;
}

/// Without blanks at the ends, runs of blanks as one.
std::string CanonicalValue(std::string_view value) {
  std::string canonical;
  bool is_blank = true;
  for (const char c : value) {
    const bool was_blank = std::exchange(is_blank, c == ' ' || c == '\t');
    if (!is_blank) {
      canonical += (was_blank && !canonical.empty() ? " " : "") + std::string(1, c);
    }
  }
  return canonical;
}

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

/// Name to value, for all that are signed.
using SignedHeaders = std::map<std::string, std::string>;

Result<SignedHeaders> SignedHeadersOf(const HttpHeaders& headers, const Url& url) {
  SignedHeaders signed_headers;
  for (const auto& [name, value] : headers.all()) {
    const std::string lower = Lower(name);
    if (!IsHeaderName(name) ||
        value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A request to sign has a header that HTTP cannot have");
    }
    if (std::ranges::find(kUnsignedHeaders, lower) != std::end(kUnsignedHeaders)) {
      continue;
    }
    std::string canonical = CanonicalValue(value);
    const auto [it, is_new] = signed_headers.try_emplace(lower, canonical);
    if (!is_new) {
      it->second += ',' + canonical;
    }
  }
  signed_headers.try_emplace("host", url.authority);
  return signed_headers;
}

std::string NamesOf(const SignedHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    names += (names.empty() ? "" : ";") + name;
  }
  return names;
}

/// "20260102T030405Z".
std::string StampOf(std::chrono::milliseconds time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32] = {};
  const size_t size = std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
  return {text, size};
}

/// One signature's fixed part.
struct Signing {
  const AwsCredentials& credentials;
  const AwsScope& scope;
  std::string stamp;

  bool is_s3() const {
    return scope.service == "s3" || scope.service == "s3express" ||
           scope.service == "s3-outposts" || scope.service == "s3-object-lambda";
  }
  std::string ScopeText() const {
    return fmt::format("{}/{}/{}/aws4_request", stamp.substr(0, 8), scope.region,
                       scope.service);
  }
  std::string Sign(const std::string& canonical_request) const {
    const std::string to_sign =
        fmt::format("{}\n{}\n{}\n{}", kAlgorithm, stamp, ScopeText(),
                    HexOf(Sha256(canonical_request)));
    std::string key =
        HmacSha256("AWS4" + credentials.secret_access_key, stamp.substr(0, 8));
    for (const std::string_view part :
         {std::string_view(scope.region), std::string_view(scope.service),
          std::string_view("aws4_request"), std::string_view(to_sign)}) {
      key = HmacSha256(key, part);
    }
    return HexOf(key);
  }
};

Result<Signing> SigningOf(const AwsRequest& request, const AwsCredentials& credentials,
                          const AwsScope& scope, std::chrono::milliseconds time) {
  const auto is_word = [](std::string_view text) {
    return !text.empty() && IsPrintable(text) &&
           text.find_first_of(" /,;=") == std::string_view::npos;
  };
  if (!is_word(scope.service) || !is_word(scope.region)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("A signature needs a service and a region, got: '{}' "
                                 "and '{}'",
                                 scope.service, scope.region));
  }
  if (!is_word(request.method)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A request to sign needs a method, got: " + request.method);
  }
  if (!IsPrintable(credentials.access_key_id) || credentials.access_key_id.empty() ||
      !IsPrintable(credentials.session_token)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The AWS access key id or session token is not one");
  }
  return Signing{credentials, scope, StampOf(time)};
}

Result<std::string> CanonicalRequest(const AwsRequest& request, const Url& url,
                                     const Signing& signing, std::string_view query,
                                     const SignedHeaders& headers,
                                     std::string_view payload_hash) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, CanonicalPath(url.path, signing.is_s3()));
  std::string lines;
  for (const auto& [name, value] : headers) {
    lines += name + ':' + value + '\n';
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, path, query, lines,
                     NamesOf(headers), payload_hash);
}

}  // namespace

Result<HttpHeaders> SignAws(const AwsRequest& request, const AwsCredentials& credentials,
                            const AwsScope& scope, std::chrono::milliseconds time) {
  ARROW_ASSIGN_OR_RAISE(const Url url, ParseUrl(request.url));
  ARROW_ASSIGN_OR_RAISE(const Signing signing,
                        SigningOf(request, credentials, scope, time));
  HttpHeaders headers = request.headers;
  headers.Set("X-Amz-Date", signing.stamp);
  if (!credentials.session_token.empty()) {
    headers.Set("X-Amz-Security-Token", credentials.session_token);
  }
  std::string payload_hash;
  if (const std::string* given = headers.Find(kContentSha256)) {
    payload_hash = CanonicalValue(*given);
  } else {
    payload_hash = HexOf(Sha256(request.payload));
    if (signing.is_s3()) {
      headers.Set("X-Amz-Content-Sha256", payload_hash);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const SignedHeaders signed_headers,
                        SignedHeadersOf(headers, url));
  ARROW_ASSIGN_OR_RAISE(const std::string query, CanonicalQuery(url.query));
  ARROW_ASSIGN_OR_RAISE(
      const std::string canonical,
      CanonicalRequest(request, url, signing, query, signed_headers, payload_hash));
  headers.Set("Authorization",
              fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}",
                          kAlgorithm, credentials.access_key_id, signing.ScopeText(),
                          NamesOf(signed_headers), signing.Sign(canonical)));
  return headers;
}

Result<std::string> PresignAws(const AwsRequest& request,
                               const AwsCredentials& credentials, const AwsScope& scope,
                               std::chrono::milliseconds time,
                               std::chrono::seconds lifetime) {
  ARROW_ASSIGN_OR_RAISE(const Url url, ParseUrl(request.url));
  ARROW_ASSIGN_OR_RAISE(const Signing signing,
                        SigningOf(request, credentials, scope, time));
  if (lifetime < std::chrono::seconds(1) || lifetime > kLifetimeMax) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("A signed URL is good for 1 to {} seconds, not {}",
                                 kLifetimeMax.count(), lifetime.count()));
  }
  ARROW_ASSIGN_OR_RAISE(const SignedHeaders signed_headers,
                        SignedHeadersOf(request.headers, url));
  std::string query = url.query + (url.query.empty() ? "" : "&");
  query += fmt::format(
      "X-Amz-Algorithm={}&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}"
      "&X-Amz-SignedHeaders={}",
      kAlgorithm, PercentEncode(credentials.access_key_id + '/' + signing.ScopeText()),
      signing.stamp, lifetime.count(), PercentEncode(NamesOf(signed_headers)));
  if (!credentials.session_token.empty()) {
    query += "&X-Amz-Security-Token=" + PercentEncode(credentials.session_token);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string canonical_query, CanonicalQuery(query));
  const std::string* given = request.headers.Find(kContentSha256);
  const std::string payload_hash = given != nullptr  ? CanonicalValue(*given)
                                   : signing.is_s3() ? std::string(kUnsignedPayload)
                                                     : HexOf(Sha256(request.payload));
  ARROW_ASSIGN_OR_RAISE(const std::string canonical,
                        CanonicalRequest(request, url, signing, canonical_query,
                                         signed_headers, payload_hash));
  return url.origin + url.path + '?' + canonical_query +
         "&X-Amz-Signature=" + signing.Sign(canonical);
}

}  // namespace tarn::net
