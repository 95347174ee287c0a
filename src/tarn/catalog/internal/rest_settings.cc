#include "tarn/catalog/internal/rest_settings.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/net/http_get.h"

namespace tarn::catalog::internal {
namespace {

constexpr std::string_view kHeaderPrefix = "header.";
constexpr char kDelegationHeader[] = "X-Iceberg-Access-Delegation";

/// The properties of one catalog, read with checks.
class Reader {
 public:
  Reader(const std::string& catalog, const Properties& properties)
      : catalog_(catalog), properties_(properties) {}

  /// The first of `keys` that is there and not empty; "" if none is.
  std::string Text(std::initializer_list<const char*> keys) const {
    for (const char* key : keys) {
      const auto found = properties_.find(key);
      if (found != properties_.end() && !found->second.empty()) {
        return found->second;
      }
    }
    return {};
  }

  Result<bool> Flag(const char* key, bool otherwise) const {
    std::string text = Text({key});
    std::ranges::transform(text, text.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    if (text.empty()) {
      return otherwise;
    }
    if (text != "true" && text != "false") {
      return Wrong(key, "true or false");
    }
    return text == "true";
  }

  Result<int32_t> Number(const char* key, int32_t otherwise, int32_t max) const {
    const std::string text = Text({key});
    if (text.empty()) {
      return otherwise;
    }
    int32_t number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number < 0 || number > max) {
      return Wrong(key, "a number from 0 to " + std::to_string(max));
    }
    return number;
  }

  Status Wrong(const std::string& key, const std::string& expected) const {
    return MakeError(ErrorCode::kInvalidArgument, "Catalog " + catalog_ + ": property " +
                                                      key + " must be " + expected);
  }

  const Properties& all() const { return properties_; }

 private:
  const std::string& catalog_;
  const Properties& properties_;
};

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

Result<RestAuthType> AuthTypeOf(const Reader& reader) {
  const std::string type = Lower(reader.Text({"rest.auth.type", "auth.type"}));
  ARROW_ASSIGN_OR_RAISE(const bool is_signed, reader.Flag("rest.sigv4-enabled", false));
  const bool has_credential = !reader.Text({"credential"}).empty();
  const RestAuthType of_oauth =
      has_credential ? RestAuthType::kOAuth2 : RestAuthType::kToken;
  if (type == "none" || type == "noop") {
    return RestAuthType::kNone;
  }
  if (type == "basic") {
    return RestAuthType::kBasic;
  }
  if (type == "sigv4" || (type.empty() && is_signed)) {
    return RestAuthType::kSigV4;
  }
  const bool has_token = !reader.Text({"token"}).empty();
  if (type == "oauth2" && !has_credential && !has_token) {
    return reader.Wrong("credential", "given (as id:secret), or token, for OAuth2");
  }
  if (type == "oauth2" || (type.empty() && (has_credential || has_token))) {
    return of_oauth;
  }
  if (type.empty()) {
    return RestAuthType::kNone;
  }
  return reader.Wrong("rest.auth.type", "none, oauth2, basic or sigv4, not " + type);
}

Status ReadOAuth(const Reader& reader, const std::string& uri, RestAuthSettings* auth) {
  const std::string credential = reader.Text({"credential"});
  const size_t colon = credential.find(':');
  if (colon == std::string::npos) {
    auth->client_secret = credential;
  } else {
    auth->client_id = credential.substr(0, colon);
    auth->client_secret = credential.substr(colon + 1);
  }
  auth->token = reader.Text({"token"});
  auth->token_uri = reader.Text({"oauth2-server-uri"});
  ARROW_ASSIGN_OR_RAISE(const bool refreshes, reader.Flag("token-refresh-enabled", true));
  ARROW_ASSIGN_OR_RAISE(const bool exchanges,
                        reader.Flag("token-exchange-enabled", true));
  auth->exchanges_token = refreshes && exchanges;
  if (auth->token_uri.empty()) {
    auth->token_uri = uri + "/v1/oauth/tokens";
  } else if (auth->token_uri.find("://") == std::string::npos) {
    auth->token_uri = uri + "/" + auth->token_uri;  // Java takes it below the server's
  }
  const std::string scope = reader.Text({"scope"});
  auth->token_parameters["scope"] = scope.empty() ? "catalog" : scope;
  for (const char* name : {"audience", "resource"}) {
    if (std::string value = reader.Text({name}); !value.empty()) {
      auth->token_parameters[name] = std::move(value);
    }
  }
  return Status::OK();
}

/// One identity: never a key id from one place with a secret from another.
Status ReadAws(const Reader& reader, RestAuthSettings* auth) {
  for (const std::string prefix : {"rest.", "client.", "s3."}) {
    const auto text = [&](const char* name) {
      return reader.Text({(prefix + name).c_str()});
    };
    if (!text("access-key-id").empty()) {
      auth->aws = {text("access-key-id"), text("secret-access-key"),
                   text("session-token")};
      break;
    }
  }
  if (auth->aws.access_key_id.empty()) {
    auth->aws = {Environment("AWS_ACCESS_KEY_ID"), Environment("AWS_SECRET_ACCESS_KEY"),
                 Environment("AWS_SESSION_TOKEN")};
  }
  if (auth->aws.access_key_id.empty() || auth->aws.secret_access_key.empty()) {
    return reader.Wrong("rest.access-key-id",
                        "given with rest.secret-access-key to sign requests, or the "
                        "variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  auth->aws_scope.service = reader.Text({"rest.signing-name"});
  if (auth->aws_scope.service.empty()) {
    auth->aws_scope.service = "execute-api";
  }
  std::string& region = auth->aws_scope.region;
  region = reader.Text({"rest.signing-region", "client.region", "s3.region"});
  for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    region = region.empty() ? Environment(variable) : region;
  }
  if (region.empty()) {
    return reader.Wrong("rest.signing-region", "given, or AWS_REGION, to sign requests");
  }
  return Status::OK();
}

Status ReadAuth(const Reader& reader, const std::string& uri, RestAuthSettings* auth) {
  ARROW_ASSIGN_OR_RAISE(auth->type, AuthTypeOf(reader));
  switch (auth->type) {
    case RestAuthType::kToken:
    case RestAuthType::kOAuth2:
      return ReadOAuth(reader, uri, auth);
    case RestAuthType::kSigV4:
      return ReadAws(reader, auth);
    case RestAuthType::kBasic:
      auth->user = reader.Text({"rest.auth.basic.username", "auth.basic.username"});
      auth->password = reader.Text({"rest.auth.basic.password", "auth.basic.password"});
      return auth->user.empty()
                 ? reader.Wrong("rest.auth.basic.username", "given for auth type basic")
                 : Status::OK();
    case RestAuthType::kNone:
      break;
  }
  return Status::OK();
}

/// "header.X: v" is sent as "X: v"; an empty one is left out. Credentials for files are
/// asked for unless that header is set.
net::HttpHeaders HeadersOf(const Properties& properties) {
  net::HttpHeaders headers;
  headers.Set(kDelegationHeader, "vended-credentials");
  for (const auto& [key, value] : properties) {
    if (key.starts_with(kHeaderPrefix) && key.size() > kHeaderPrefix.size()) {
      headers.Set(key.substr(kHeaderPrefix.size()), value);
    }
  }
  net::HttpHeaders given;
  for (const auto& [name, value] : headers.all()) {
    if (!value.empty()) {
      given.Add(name, value);
    }
  }
  return given;
}

Status ReadHttp(const Reader& reader, net::HttpClientOptions* http) {
  constexpr int32_t kMillisMax = 24 * 60 * 60 * 1000;
  ARROW_ASSIGN_OR_RAISE(
      const int32_t connect_ms,
      reader.Number("rest.client.connection-timeout-ms", 10'000, kMillisMax));
  ARROW_ASSIGN_OR_RAISE(
      const int32_t socket_ms,
      reader.Number("rest.client.socket-timeout-ms", 60'000, kMillisMax));
  http->connect_timeout = std::chrono::milliseconds(connect_ms);
  http->timeout = std::chrono::milliseconds(socket_ms);
  http->ca_file = reader.Text({"ssl.cabundle"});
  http->certificate_file = reader.Text({"ssl.client.cert"});
  http->key_file = reader.Text({"ssl.client.key"});
  if (const std::string host = reader.Text({"rest.client.proxy.hostname"});
      !host.empty()) {
    const std::string port = reader.Text({"rest.client.proxy.port"});
    http->proxy = "http://" + host + (port.empty() ? "" : ":" + port);
  }
  return Status::OK();
}

}  // namespace

Result<Properties> ResolveReferences(const std::string& catalog,
                                     const Properties& properties) {
  Properties resolved;
  for (const auto& [key, value] : properties) {
    auto text = ResolveSecretReferences(value);
    if (!text.ok()) {
      return WithContext("Catalog " + catalog + ", property " + key + ": ",
                         text.status());
    }
    resolved[key] = *std::move(text);
  }
  return resolved;
}

Result<RestSettings> RestSettingsFrom(const std::string& catalog,
                                      const Properties& properties) {
  const Reader reader(catalog, properties);
  RestSettings settings;
  settings.uri = reader.Text({"uri"});
  while (settings.uri.ends_with('/')) {
    settings.uri.pop_back();
  }
  if (!settings.uri.starts_with("http://") && !settings.uri.starts_with("https://")) {
    return reader.Wrong("uri", "an http or https URL, like https://host/catalog, not \"" +
                                   net::UrlToShow(settings.uri) + "\"");
  }
  settings.warehouse = reader.Text({"warehouse"});
  settings.headers = HeadersOf(properties);
  ARROW_RETURN_NOT_OK(ReadHttp(reader, &settings.http));
  constexpr int32_t kRetriesMax = 100;
  constexpr int32_t kPageSizeMax = 1'000'000;
  ARROW_ASSIGN_OR_RAISE(settings.retries_max,
                        reader.Number("rest.client.max-retries", 5, kRetriesMax));
  ARROW_ASSIGN_OR_RAISE(settings.page_size,
                        reader.Number("rest-page-size", 0, kPageSizeMax));
  ARROW_RETURN_NOT_OK(ReadAuth(reader, settings.uri, &settings.auth));
  // Neither of AWS's services keeps a table's place before the table is there.
  const std::string& service = settings.auth.aws_scope.service;
  ARROW_ASSIGN_OR_RAISE(
      settings.stages_creates,
      reader.Flag("stage-create-supported", service != "s3tables" && service != "glue"));
  return settings;
}

}  // namespace tarn::catalog::internal
