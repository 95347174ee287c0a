#include "tarn/gateway/iceberg_rest/token_routes.h"

#include <algorithm>
#include <cctype>
#include <utility>
#include <variant>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/overload.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/token_request.h"

namespace tarn::gateway {
namespace {

constexpr char kAccessTokenType[] = "urn:ietf:params:oauth:token-type:access_token";
constexpr char kRealm[] = "realm=\"tarn\"";
constexpr int kAnonymousSeconds = 3'600;

/// RFC 6749 5.1: tokens are not to be kept by anything in between.
net::HttpResponse NotStored(net::HttpResponse response) {
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("Pragma", "no-cache");
  return response;
}

/// The scheme that the client used (RFC 6749 5.2). Basic only then: it makes browsers ask
/// for a password, on top of the page that somebody signs in at.
std::string ChallengeFor(const net::HttpRequest& request) {
  constexpr std::string_view kBasic = "basic ";
  const std::string* const header = request.headers.Find("Authorization");
  const bool is_basic =
      header != nullptr && header->size() >= kBasic.size() &&
      std::ranges::equal(
          std::string_view(*header).substr(0, kBasic.size()), kBasic, {},
          [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
  return std::string(is_basic ? "Basic " : "Bearer ") + kRealm;
}

net::HttpResponse OAuthErrorResponse(const net::HttpRequest& request,
                                     const OAuthError& error) {
  net::HttpResponse response =
      JsonResponse(error.status,
                   Json{{"error", error.code}, {"error_description", error.description}});
  if (error.status == 401) {
    response.headers.Set("WWW-Authenticate", ChallengeFor(request));
  }
  if (error.status == 429 || error.status == 503) {
    response.headers.Set("Retry-After", "1");
  }
  return NotStored(std::move(response));
}

/// `refusal`: what a principal that is not believed is called at this grant.
OAuthError OAuthErrorOf(const Status& status, OAuthError refusal) {
  switch (CodeOf(status)) {
    case ErrorCode::kUnauthenticated:
      refusal.description = status.message();
      return refusal;
    case ErrorCode::kForbidden:
      return {.status = 400, .code = "invalid_scope", .description = status.message()};
    case ErrorCode::kResourceLimit:
      return {.status = 429,
              .code = "temporarily_unavailable",
              .description = status.message()};
    case ErrorCode::kUnavailable:
    case ErrorCode::kOutOfMemory:
      return {.status = 503,
              .code = "temporarily_unavailable",
              .description = status.message()};
    default:
      return {.status = 500, .code = "server_error", .description = status.message()};
  }
}

net::HttpResponse TokenResponse(const governance::IssuedToken& issued) {
  Json body = {{"access_token", issued.token},
               {"token_type", "bearer"},
               {"expires_in", issued.lifetime.count()},
               {"issued_token_type", kAccessTokenType}};
  if (!issued.scope.empty()) {
    body["scope"] = issued.scope;
  }
  net::HttpResponse response = NotStored(JsonResponse(200, body));
  response.principal = issued.principal.name;
  return response;
}

net::HttpResponse AnonymousToken() {
  const governance::Principal& anonymous = governance::AnonymousPrincipal();
  return TokenResponse({.token = anonymous.name,
                        .lifetime = std::chrono::seconds(kAnonymousSeconds),
                        .scope = "",
                        .principal = anonymous});
}

/// A host and perhaps a port: nothing that could end it or add to it.
bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= 300 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
}

}  // namespace

net::HttpResponse AnswerTokenRequest(const net::HttpRequest& request,
                                     governance::Authenticator* authenticator) {
  const TokenRequest parsed = ParseTokenRequest(request);
  return std::visit(
      Overload{
          [&](const OAuthError& error) { return OAuthErrorResponse(request, error); },
          [&](const ClientCredentialsGrant& grant) {
            if (authenticator == nullptr) {
              return AnonymousToken();
            }
            const auto issued = authenticator->SignIn(grant.credentials, grant.scope,
                                                      request.remote_address);
            return issued.ok()
                       ? TokenResponse(*issued)
                       : OAuthErrorResponse(
                             request,
                             OAuthErrorOf(issued.status(),
                                          {.status = 401, .code = "invalid_client"}));
          },
          [&](const TokenExchangeGrant& grant) {
            if (authenticator == nullptr) {
              return AnonymousToken();
            }
            const auto issued = authenticator->Exchange(
                grant.subject_token, grant.credentials ? &*grant.credentials : nullptr,
                request.remote_address);
            // RFC 8693 2.2.2 has one code for whatever is wrong with a token.
            return issued.ok()
                       ? TokenResponse(*issued)
                       : OAuthErrorResponse(
                             request,
                             OAuthErrorOf(issued.status(),
                                          {.status = 400, .code = "invalid_request"}));
          }},
      parsed);
}

net::HttpResponse NotAuthenticatedResponse(const Status& error) {
  net::HttpResponse response = ErrorResponse(error);
  if (response.status == 401) {
    response.headers.Set("WWW-Authenticate", std::string("Bearer ") + kRealm);
  }
  if (response.status == 429) {
    response.headers.Set("Retry-After", "1");
  }
  return response;
}

std::string PublicUrlOf(const net::HttpRequest& request, const std::string& configured) {
  if (!configured.empty()) {
    return configured;
  }
  const std::string* const host = request.headers.Find("Host");
  if (host == nullptr || !IsHost(*host)) {
    return "";
  }
  const std::string* const proto = request.headers.Find("X-Forwarded-Proto");
  const bool is_https = request.is_tls || (proto != nullptr && *proto == "https");
  return (is_https ? "https://" : "http://") + *host;
}

}  // namespace tarn::gateway
