#include "tarn/governance/issuer_metadata.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::governance {
namespace {

constexpr char kDiscoveryPath[] = "/.well-known/openid-configuration";
constexpr size_t kAnswerBytesMax = size_t{1} << 20;

bool IsUrl(std::string_view text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

net::HttpClientOptions OptionsFor(const std::string& ca_file) {
  return {.connect_timeout = std::chrono::seconds(5),
          .timeout = std::chrono::seconds(10),
          .redirects = net::HttpRedirects::kNever,
          .body_bytes_max = kAnswerBytesMax,
          .ca_file = ca_file};
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)),
                   std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad() || text.size() > kAnswerBytesMax) {
    return MakeError(ErrorCode::kNoSuchFile,
                     "The file of an issuer's keys cannot be read: " + path);
  }
  return text;
}

}  // namespace

Status CheckIsPrivate(const std::string& what, const std::string& url) {
  const auto is_host = [&](std::string_view start) {
    return url.starts_with(start) &&
           (url.size() == start.size() || url[start.size()] == ':' ||
            url[start.size()] == '/');
  };
  const bool is_loopback = is_host("http://127.0.0.1") || is_host("http://localhost") ||
                           is_host("http://[::1]");
  return url.starts_with("https://") || is_loopback
             ? Status::OK()
             : MakeError(ErrorCode::kInvalidArgument,
                         what + " is an https URL, not " + url);
}

IssuerClient::IssuerClient(IssuerAddress address)
    : address_(std::move(address)), http_(OptionsFor(address_.ca_file)) {}

Result<std::string> IssuerClient::Get(const std::string& url) {
  RETURN_NOT_OK(CheckIsPrivate("An address of the issuer", url));
  net::HttpClientRequest request{.url = url};
  request.headers.Add("Accept", "application/json");
  ARROW_ASSIGN_OR_RAISE(auto answer, http_.Send(request));
  if (answer.status != 200) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("{} answers {}", url, answer.status));
  }
  return std::move(answer.body);
}

Result<IssuerMetadata> IssuerClient::Metadata() {
  {
    const std::lock_guard lock(mutex_);
    if (metadata_) {
      return *metadata_;
    }
  }
  std::string url = address_.issuer;
  while (url.ends_with('/')) {
    url.pop_back();
  }
  url += kDiscoveryPath;
  ARROW_ASSIGN_OR_RAISE(const std::string text, Get(url));
  ARROW_ASSIGN_OR_RAISE(const Json document, ParseJson(text, url));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(document, url));
  ARROW_ASSIGN_OR_RAISE(const std::string issuer, fields.String("issuer"));
  if (issuer != address_.issuer) {
    return MakeError(ErrorCode::kInvalidData,
                     url +
                         " is of another issuer (auth.oidc.issuer is compared byte by "
                         "byte): " +
                         issuer);
  }
  IssuerMetadata metadata;
  ARROW_ASSIGN_OR_RAISE(metadata.jwks_uri, fields.String("jwks_uri"));
  ARROW_ASSIGN_OR_RAISE(const auto authorization,
                        fields.OptionalString("authorization_endpoint"));
  ARROW_ASSIGN_OR_RAISE(const auto token, fields.OptionalString("token_endpoint"));
  metadata.authorization_endpoint = authorization.value_or("");
  metadata.token_endpoint = token.value_or("");
  const std::lock_guard lock(mutex_);
  metadata_ = metadata;
  return metadata;
}

Result<std::string> IssuerClient::Keys() {
  if (!address_.jwks.empty()) {
    return IsUrl(address_.jwks) ? Get(address_.jwks) : ReadFile(address_.jwks);
  }
  ARROW_ASSIGN_OR_RAISE(const IssuerMetadata metadata, Metadata());
  return Get(metadata.jwks_uri);
}

}  // namespace tarn::governance
