#include "tarn/gateway/iceberg_rest/internal/google_token.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"

namespace tarn::gateway {
namespace {

constexpr char kStorageScope[] = "https://www.googleapis.com/auth/devstorage.read_write";
constexpr std::chrono::seconds kAssertionLife(3600);

/// {"access_token": …, "expires_in": …}.
Result<GoogleToken> TokenOf(const net::HttpClientResponse& answer, std::string_view what,
                            std::chrono::milliseconds now) {
  if (answer.status != 200) {
    const bool is_passing = answer.status >= 500 || answer.status == 429;
    return MakeError(
        is_passing ? ErrorCode::kUnavailable : ErrorCode::kForbidden,
        fmt::format("{} refused a token with status {}", what, answer.status));
  }
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(answer.body, what));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, std::string(what)));
  GoogleToken token;
  ARROW_ASSIGN_OR_RAISE(token.token, fields.String("access_token"));
  ARROW_ASSIGN_OR_RAISE(const auto seconds, fields.OptionalInt64("expires_in"));
  if (seconds) {
    token.expires_at = now + std::chrono::seconds(*seconds);
  }
  return token;
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)),
                   std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    return MakeError(ErrorCode::kNoSuchFile, "Cannot read the service account's file (" +
                                                 std::string(std::strerror(errno)) +
                                                 "): " + path);
  }
  return text;
}

/// RFC 7523: a signed claim of who we are, for a token.
Result<GoogleToken> ServiceAccountToken(const std::string& path,
                                        std::chrono::milliseconds now,
                                        net::HttpClient& client) {
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadFile(path));
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "service account file"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                        JsonFields::Make(json, "service account file"));
  ARROW_ASSIGN_OR_RAISE(const std::string email, fields.String("client_email"));
  ARROW_ASSIGN_OR_RAISE(const std::string key, fields.String("private_key"));
  ARROW_ASSIGN_OR_RAISE(const std::string url, fields.String("token_uri"));
  ARROW_ASSIGN_OR_RAISE(const auto key_id, fields.OptionalString("private_key_id"));
  Json header = {{"alg", "RS256"}, {"typ", "JWT"}};
  if (key_id) {
    header["kid"] = *key_id;
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now);
  const Json claims = {{"iss", email},
                       {"scope", kStorageScope},
                       {"aud", url},
                       {"iat", seconds.count()},
                       {"exp", (seconds + kAssertionLife).count()}};
  const std::string signed_part =
      Base64UrlEncode(DumpJson(header)) + '.' + Base64UrlEncode(DumpJson(claims));
  ARROW_ASSIGN_OR_RAISE(const std::string signature, SignRsaSha256(key, signed_part));
  net::HttpClientRequest call{.method = "POST", .url = url};
  call.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  call.body =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
      "&assertion=" +
      signed_part + '.' + Base64UrlEncode(signature);
  ARROW_ASSIGN_OR_RAISE(const auto answer, client.Send(call));
  return TokenOf(answer, "Google's token endpoint", now);
}

Result<GoogleToken> MachineToken(const std::string& address,
                                 std::chrono::milliseconds now, net::HttpClient& client) {
  net::HttpClientRequest call{
      .url = address + "/computeMetadata/v1/instance/service-accounts/default/token"};
  call.headers.Set("Metadata-Flavor", "Google");
  const auto answer = client.Send(call);
  if (!answer.ok()) {
    return WithContext(
        "Cannot ask the machine for Google's token (set gcs.oauth2.token or "
        "vend.gcs.service-account-file where there is none): ",
        answer.status());
  }
  return TokenOf(*answer, "The machine's metadata server", now);
}

/// A string of the expression language.
std::string CelString(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + '\'';
}

}  // namespace

Result<GoogleToken> OwnGoogleToken(const GcsVendingOptions& options,
                                   std::chrono::milliseconds now,
                                   net::HttpClient& client) {
  if (!options.store.token.empty()) {
    return GoogleToken{options.store.token, options.store.token_expires_at};
  }
  if (!options.service_account_file.empty()) {
    return ServiceAccountToken(options.service_account_file, now, client);
  }
  return MachineToken(options.metadata_address, now, client);
}

std::string GoogleAccessBoundary(const std::vector<StoreRoot>& roots,
                                 TableAccess access) {
  Json rules = Json::array();
  for (const StoreRoot& root : roots) {
    const char* const role = access == TableAccess::kReadWrite
                                 ? "inRole:roles/storage.objectAdmin"
                                 : "inRole:roles/storage.objectViewer";
    const std::string bucket = "projects/_/buckets/" + root.bucket;
    const std::string key = root.key.empty() ? "" : root.key + "/";
    // Lists have no object's name, and say what they list.
    const std::string condition = fmt::format(
        "resource.name.startsWith({}) || "
        "api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith({})",
        CelString(bucket + "/objects/" + key), CelString(key));
    Json rule = {{"availableResource", "//storage.googleapis.com/" + bucket},
                 {"availablePermissions", Json::array({role})}};
    rule["availabilityCondition"] = {{"expression", condition}};
    rules.push_back(std::move(rule));
  }
  return DumpJson(Json{{"accessBoundary", {{"accessBoundaryRules", rules}}}});
}

Result<GoogleToken> DownscopeGoogleToken(const DownscopeRequest& request,
                                         net::HttpClient& client) {
  net::HttpClientRequest call{.method = "POST", .url = request.options.exchange_endpoint};
  call.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  constexpr char kTokenType[] = "urn:ietf:params:oauth:token-type:access_token";
  const auto add = [&call](std::string_view name, std::string_view value) {
    call.body += fmt::format("{}{}={}", call.body.empty() ? "" : "&", name,
                             net::PercentEncode(value));
  };
  add("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange");
  add("requested_token_type", kTokenType);
  add("subject_token_type", kTokenType);
  add("subject_token", request.own.token);
  add("options", GoogleAccessBoundary(request.roots, request.access));
  const auto answer = client.Send(call);
  if (!answer.ok()) {
    return WithContext("Cannot ask for a limited Google token: ", answer.status());
  }
  ARROW_ASSIGN_OR_RAISE(GoogleToken token,
                        TokenOf(*answer, "Google's token exchange", request.now));
  if (token.expires_at.count() == 0) {
    token.expires_at = request.own.expires_at;  // which it cannot outlive
  }
  return token;
}

}  // namespace tarn::gateway
