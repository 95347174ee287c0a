#include "tarn/gateway/iceberg_rest/token_request.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "tarn/governance/authorization_header.h"

namespace tarn::gateway {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";
constexpr std::string_view kClientCredentials = "client_credentials";
constexpr std::string_view kTokenExchange =
    "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr std::string_view kAccessTokenType =
    "urn:ietf:params:oauth:token-type:access_token";
constexpr std::string_view kJwtType = "urn:ietf:params:oauth:token-type:jwt";
constexpr size_t kParametersMax = 100;

using Form = std::map<std::string, std::string, std::less<>>;

OAuthError InvalidRequest(std::string description) {
  return {
      .status = 400, .code = "invalid_request", .description = std::move(description)};
}

bool IsForm(const net::HttpRequest& request) {
  const std::string* const type = request.headers.Find("Content-Type");
  if (type == nullptr) {
    return false;
  }
  std::string media = type->substr(0, type->find(';'));
  while (media.ends_with(' ')) {
    media.pop_back();
  }
  return std::ranges::equal(media, kForm, [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

/// Parameters without a value count as left out, and none may come twice (RFC 6749 3.2).
std::variant<OAuthError, Form> ParseForm(std::string_view body) {
  Form form;
  size_t count = 0;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto key = net::FormDecode(pair.substr(0, equals));
    const auto value = net::FormDecode(pair.substr(std::min(pair.size(), equals + 1)));
    if (!key.ok() || !value.ok()) {
      return InvalidRequest("The form has a broken percent-escape");
    }
    if (++count > kParametersMax) {
      return InvalidRequest("The form has too many parameters");
    }
    if (!value->empty() && !form.emplace(*key, *value).second) {
      return InvalidRequest("A parameter of the form comes twice");
    }
  }
  return form;
}

std::string ValueOf(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string() : found->second;
}

std::optional<governance::ClientCredentials> CredentialsOf(
    const Form& form, const net::HttpRequest& request) {
  if (form.contains("client_id") && form.contains("client_secret")) {
    return governance::ClientCredentials{.client_id = ValueOf(form, "client_id"),
                                         .client_secret = ValueOf(form, "client_secret")};
  }
  const std::string* const header = request.headers.Find("Authorization");
  if (header == nullptr) {
    return std::nullopt;
  }
  auto parsed = governance::ParseAuthorization(*header);
  if (!parsed.ok()) {
    return std::nullopt;
  }
  auto* const basic = std::get_if<governance::ClientCredentials>(&*parsed);
  return basic == nullptr ? std::nullopt : std::optional(std::move(*basic));
}

TokenRequest ExchangeOf(const Form& form, const net::HttpRequest& request) {
  TokenExchangeGrant grant{.subject_token = ValueOf(form, "subject_token"),
                           .credentials = CredentialsOf(form, request)};
  const auto is_type = [](const std::string& type) {
    return type == kAccessTokenType || type == kJwtType;
  };
  if (grant.subject_token.empty()) {
    return InvalidRequest("A token exchange needs a subject_token");
  }
  if (!is_type(ValueOf(form, "subject_token_type"))) {
    return InvalidRequest(
        "subject_token_type must be urn:ietf:params:oauth:token-type:access_token");
  }
  if (form.contains("requested_token_type") &&
      !is_type(ValueOf(form, "requested_token_type"))) {
    return InvalidRequest("Only access tokens are given");
  }
  return grant;
}

}  // namespace

TokenRequest ParseTokenRequest(const net::HttpRequest& request) {
  if (!IsForm(request)) {
    return InvalidRequest("The body must be of type application/x-www-form-urlencoded");
  }
  std::variant<OAuthError, Form> parsed = ParseForm(request.body);
  if (auto* const error = std::get_if<OAuthError>(&parsed)) {
    return std::move(*error);
  }
  const Form& form = std::get<Form>(parsed);
  const std::string grant = ValueOf(form, "grant_type");
  if (grant == kTokenExchange) {
    return ExchangeOf(form, request);
  }
  if (grant.empty()) {
    return InvalidRequest("The form needs a grant_type");
  }
  if (grant != kClientCredentials) {
    return OAuthError{.status = 400,
                      .code = "unsupported_grant_type",
                      .description =
                          "grant_type must be client_credentials or "
                          "urn:ietf:params:oauth:grant-type:token-exchange"};
  }
  auto credentials = CredentialsOf(form, request);
  if (!credentials) {
    return OAuthError{.status = 401,
                      .code = "invalid_client",
                      .description =
                          "Send a client_id and a client_secret, in the form "
                          "or as Basic authentication"};
  }
  return ClientCredentialsGrant{.credentials = *std::move(credentials),
                                .scope = ValueOf(form, "scope")};
}

}  // namespace tarn::gateway
