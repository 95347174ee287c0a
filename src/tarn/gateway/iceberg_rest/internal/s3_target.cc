#include "tarn/gateway/iceberg_rest/internal/s3_target.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {
namespace {

Status Odd(std::string_view what) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("Cannot sign a request {}", what));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

struct Origin {
  std::string scheme;
  std::string authority;  // lower case, without the scheme's own port

  bool operator==(const Origin&) const = default;
};

/// Of "https://Host:443/…", taking it from `*url`.
Result<Origin> TakeOrigin(std::string_view* url) {
  const size_t colon = url->find("://");
  if (colon == std::string_view::npos) {
    return Odd("without an absolute URL");
  }
  Origin origin{.scheme = Lower(url->substr(0, colon)), .authority = {}};
  url->remove_prefix(colon + 3);
  const size_t end = std::min(url->find_first_of("/?"), url->size());
  origin.authority = Lower(url->substr(0, end));
  url->remove_prefix(end);
  if ((origin.scheme != "http" && origin.scheme != "https") || origin.authority.empty() ||
      origin.authority.find_first_of("@%") != std::string::npos) {
    return Odd("whose URL is not http://host/ or https://host/");
  }
  const std::string_view port = origin.scheme == "http" ? ":80" : ":443";
  if (origin.authority.ends_with(port)) {
    origin.authority.resize(origin.authority.size() - port.size());
  }
  return origin;
}

/// The hosts under which AWS answers for a region.
std::vector<Origin> AwsOrigins(std::string_view region) {
  std::vector<Origin> origins;
  const std::string end = region.starts_with("cn-") ? ".cn" : "";
  for (const std::string& host :
       {fmt::format("s3.{}.amazonaws.com", region),
        fmt::format("s3-{}.amazonaws.com", region),
        fmt::format("s3.dualstack.{}.amazonaws.com", region),
        fmt::format("s3-fips.{}.amazonaws.com", region), std::string("s3.amazonaws.com"),
        std::string("s3-accelerate.amazonaws.com")}) {
    origins.push_back({"https", host + end});
  }
  return origins;
}

Result<std::vector<Origin>> OriginsOf(const std::vector<std::string>& endpoints,
                                      std::string_view region) {
  if (endpoints.empty()) {
    return AwsOrigins(region);
  }
  std::vector<Origin> origins;
  for (const std::string& endpoint : endpoints) {
    const std::string url =
        endpoint.find("://") == std::string::npos ? "https://" + endpoint : endpoint;
    std::string_view rest = url;
    ARROW_ASSIGN_OR_RAISE(Origin origin, TakeOrigin(&rest));
    origins.push_back(std::move(origin));
  }
  return origins;
}

/// `raw` with its escapes decoded; a raw '+' makes a second reading.
Result<Readings> ReadingsOf(std::string_view raw) {
  Readings readings(1);
  const auto plain = net::PercentDecode(raw);
  if (!plain.ok()) {
    return Odd("with a broken escape or a NUL");
  }
  readings[0] = *plain;
  if (raw.find('+') != std::string_view::npos) {
    ARROW_ASSIGN_OR_RAISE(std::string spaced, net::FormDecode(raw));
    readings.push_back(std::move(spaced));
  }
  return readings;
}

Result<Readings> KeyReadings(std::string_view raw) {
  ARROW_ASSIGN_OR_RAISE(Readings readings, ReadingsOf(raw));
  for (const std::string& key : readings) {
    if (HasDots(key)) {
      return Odd("for a key with '.' or '..' between slashes");
    }
  }
  return readings;
}

bool IsBucketName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
         });
}

Result<std::map<std::string, Readings>> QueryOf(std::string_view raw) {
  std::map<std::string, Readings> query;
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = pair.substr(0, equals);
    // What needs no escapes and has some is not written by a client.
    if (name.empty() || name.find_first_of("%+;") != std::string_view::npos ||
        pair.find(';') != std::string_view::npos) {
      return Odd("with a query that could be read in two ways");
    }
    ARROW_ASSIGN_OR_RAISE(Readings values,
                          ReadingsOf(pair.substr(std::min(pair.size(), equals + 1))));
    if (!query.emplace(name, std::move(values)).second) {
      return Odd(fmt::format("that has '{}' twice in its query", name));
    }
  }
  return query;
}

/// The bucket if `origin` is the store's own host, with the path's rest in `*path`;
/// unset if it is another host.
Result<std::optional<std::string>> TakeBucket(const Origin& origin,
                                              const std::vector<Origin>& stores,
                                              const std::vector<StoreRoot>& roots,
                                              std::string_view* path) {
  if (std::ranges::find(stores, origin) != stores.end()) {
    const std::string_view bucket = path->substr(0, path->find('/'));
    if (!IsBucketName(bucket)) {
      return Odd("that names no bucket");
    }
    path->remove_prefix(std::min(path->size(), bucket.size() + 1));
    return std::optional<std::string>(bucket);
  }
  for (const Origin& store : stores) {
    for (const StoreRoot& root : roots) {
      if (origin == Origin{store.scheme, root.bucket + "." + store.authority}) {
        return std::optional<std::string>(root.bucket);
      }
    }
  }
  return std::optional<std::string>();
}

}  // namespace

bool HasDots(std::string_view key) {
  const auto has_dots = [](std::string_view rest) {
    while (true) {
      const std::string_view segment = rest.substr(0, rest.find('/'));
      if (segment == "." || segment == "..") {
        return true;
      }
      if (segment.size() == rest.size()) {
        return false;
      }
      rest.remove_prefix(segment.size() + 1);
    }
  };
  if (has_dots(key)) {
    return true;
  }
  if (key.find('%') == std::string_view::npos) {
    return false;
  }
  // A proxy in between may decode once more.
  const auto again = net::PercentDecode(key);
  return again.ok() && has_dots(*again);
}

Result<S3Target> ParseS3Url(std::string_view url, std::string_view region,
                            const std::vector<std::string>& endpoints,
                            const std::vector<StoreRoot>& roots) {
  const bool is_plain = std::ranges::all_of(
      url, [](char c) { return c > ' ' && c < '\x7F' && c != '\\' && c != '#'; });
  if (!is_plain) {
    return Odd("whose URL has characters that must be escaped");
  }
  ARROW_ASSIGN_OR_RAISE(const Origin origin, TakeOrigin(&url));
  ARROW_ASSIGN_OR_RAISE(const auto stores, OriginsOf(endpoints, region));
  const size_t question = std::min(url.find('?'), url.size());
  std::string_view path = url.substr(0, question);
  std::string_view query = url.substr(question);
  path.remove_prefix(path.empty() ? 0 : 1);
  query.remove_prefix(query.empty() ? 0 : 1);
  const bool has_escaped_slash = path.find("%2F") != std::string_view::npos ||
                                 path.find("%2f") != std::string_view::npos;
  if (has_escaped_slash) {
    return Odd("with an escaped slash in its path");
  }
  S3Target target{.authority = origin.authority, .bucket = {}, .keys = {}, .query = {}};
  ARROW_ASSIGN_OR_RAISE(auto bucket, TakeBucket(origin, stores, roots, &path));
  if (!bucket) {
    return MakeError(ErrorCode::kForbidden,
                     "Requests are signed for the table's own store only (s3.endpoint, "
                     "vend.s3.client-endpoint), not for " +
                         origin.scheme + "://" + origin.authority);
  }
  target.bucket = *std::move(bucket);
  if (!path.empty()) {
    ARROW_ASSIGN_OR_RAISE(target.keys, KeyReadings(path));
  }
  ARROW_ASSIGN_OR_RAISE(target.query, QueryOf(query));
  return target;
}

Result<CopySource> ParseCopySource(std::string_view text) {
  std::string_view path = text.substr(0, text.find('?'));
  const std::string_view query = text.substr(path.size());
  if (!query.empty() &&
      (!query.starts_with("?versionId=") || query.find('&') != std::string_view::npos)) {
    return Odd("whose copy source has a query");
  }
  // SDKs escape all of it or all but the slashes.
  ARROW_ASSIGN_OR_RAISE(const Readings readings, KeyReadings(path));
  CopySource source;
  for (std::string_view reading : readings) {
    if (reading.starts_with('/')) {
      reading.remove_prefix(1);
    }
    const std::string_view bucket = reading.substr(0, reading.find('/'));
    if (!IsBucketName(bucket) || (!source.bucket.empty() && source.bucket != bucket)) {
      return Odd("whose copy source names no bucket");
    }
    source.bucket = bucket;
    source.keys.emplace_back(reading.substr(std::min(reading.size(), bucket.size() + 1)));
  }
  return source;
}

bool IsWithin(const std::vector<StoreRoot>& roots, std::string_view bucket,
              const Readings& keys) {
  return !keys.empty() && std::ranges::all_of(keys, [&](const std::string& key) {
    return std::ranges::any_of(
        roots, [&](const StoreRoot& root) { return root.Holds(bucket, key); });
  });
}

}  // namespace tarn::gateway
