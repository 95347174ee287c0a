#include "tarn/catalog/internal/rest_auth.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/logging.h"
#include "tarn/catalog/internal/rest_error.h"
#include "tarn/net/http_get.h"

namespace tarn::catalog::internal {
namespace {

using std::chrono::milliseconds;

constexpr char kAuthorization[] = "Authorization";
constexpr char kAccessToken[] = "urn:ietf:params:oauth:token-type:access_token";

class NoAuth final : public RestAuth {
 public:
  Status Sign(net::HttpClientRequest*) override { return Status::OK(); }
  bool Renew(const net::HttpClientRequest&) override { return false; }
};

class BasicAuth final : public RestAuth {
 public:
  explicit BasicAuth(const RestAuthSettings& settings)
      : value_("Basic " + Base64Encode(settings.user + ":" + settings.password)) {}
  Status Sign(net::HttpClientRequest* request) override {
    request->headers.Set(kAuthorization, value_);
    return Status::OK();
  }
  bool Renew(const net::HttpClientRequest&) override { return false; }

 private:
  const std::string value_;
};

class SigV4Auth final : public RestAuth {
 public:
  SigV4Auth(const RestAuthSettings& settings, Clock& clock)
      : settings_(settings), clock_(clock) {}

  Status Sign(net::HttpClientRequest* request) override {
    const net::AwsRequest to_sign{.method = request->method,
                                  .url = request->url,
                                  .headers = request->headers,
                                  .payload = request->body};
    ARROW_ASSIGN_OR_RAISE(
        request->headers,
        net::SignAws(to_sign, settings_.aws, settings_.aws_scope, clock_.Now()));
    return Status::OK();
  }
  bool Renew(const net::HttpClientRequest&) override { return false; }

 private:
  const RestAuthSettings settings_;
  Clock& clock_;
};

std::string FormBody(const std::map<std::string, std::string>& form) {
  std::string body;
  for (const auto& [key, value] : form) {
    body += (body.empty() ? "" : "&") + net::PercentEncode(key) + "=" +
            net::PercentEncode(value);
  }
  return body;
}

/// A bearer token: one that was given, or got for a client's id and secret.
class TokenAuth final : public RestAuth {
 public:
  TokenAuth(std::string catalog, const RestAuthSettings& settings, net::HttpClient& http,
            Clock& clock)
      : catalog_(std::move(catalog)),
        settings_(settings),
        http_(http),
        clock_(clock),
        token_(settings.token) {
    if (!token_.empty()) {
      NoteExpiry(ExpiryOfToken(token_));
    }
  }

  Status Sign(net::HttpClientRequest* request) override {
    const std::lock_guard lock(mutex_);
    const bool is_due = renew_at_.count() > 0 && clock_.Now() >= renew_at_;
    if (token_.empty()) {
      ARROW_RETURN_NOT_OK(Fetch());
    } else if (is_due) {
      RenewEarly();
    }
    request->headers.Set(kAuthorization, "Bearer " + token_);
    return Status::OK();
  }

  bool Renew(const net::HttpClientRequest& refused) override {
    const std::lock_guard lock(mutex_);
    const std::string* const sent = refused.headers.Find(kAuthorization);
    if (sent != nullptr && *sent != "Bearer " + token_) {
      return true;  // another thread has renewed it meanwhile
    }
    if (!has_credential()) {
      return false;  // a token that is refused is exchanged for nothing
    }
    const Status fetched = Fetch();
    if (!fetched.ok()) {
      LogWarn("Cannot get a new token for a catalog",
              {{"catalog", catalog_}, {"error", fetched.message()}});
    }
    return fetched.ok();
  }

 private:
  using Form = std::map<std::string, std::string>;

  bool has_credential() const { return settings_.type == RestAuthType::kOAuth2; }

  /// A tenth of its time before it ends, but no more than five minutes.
  void NoteExpiry(milliseconds expires_at) {
    renew_at_ = milliseconds(0);
    if (expires_at.count() > 0) {
      const auto left = std::max(milliseconds(0), expires_at - clock_.Now());
      constexpr milliseconds kEarliest{5 * 60'000};
      renew_at_ = expires_at - std::min(kEarliest, left / 10);
    }
  }

  /// The old token still works for a while: a failure is only noted, and tried again
  /// after some time.
  void RenewEarly() {
    constexpr milliseconds kPause{10'000};
    Status renewed;
    if (has_credential()) {
      renewed = Fetch();
    } else if (settings_.exchanges_token) {
      renewed = Exchange();
    } else {
      renew_at_ = milliseconds(0);
      return;
    }
    if (!renewed.ok()) {
      renew_at_ = clock_.Now() + kPause;
      LogWarn("Cannot renew the token of a catalog",
              {{"catalog", catalog_}, {"error", renewed.message()}});
    }
  }

  Status Fetch() {
    Form form = settings_.token_parameters;
    form["grant_type"] = "client_credentials";
    if (!settings_.client_id.empty()) {
      form["client_id"] = settings_.client_id;
    }
    form["client_secret"] = settings_.client_secret;
    return Ask(form, /*proof=*/"");
  }

  Status Exchange() {
    Form form = {{"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
                 {"subject_token", token_},
                 {"subject_token_type", kAccessToken}};
    form.insert(settings_.token_parameters.begin(), settings_.token_parameters.end());
    return Ask(form, "Bearer " + token_);
  }

  Status Ask(const Form& form, const std::string& proof) {
    net::HttpClientRequest request{.method = "POST", .url = settings_.token_uri};
    request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
    request.headers.Set("Accept", "application/json");
    if (!proof.empty()) {
      request.headers.Set(kAuthorization, proof);
    }
    request.body = FormBody(form);
    constexpr int kTriesMax = 3;
    for (int attempt = 1;; ++attempt) {
      Result<net::HttpClientResponse> answer = http_.Send(request);
      const bool may_pass = answer.ok() ? answer->status == 429 || answer->status >= 500
                                        : IsPassingFailure(CodeOf(answer.status()));
      if (!may_pass || attempt == kTriesMax) {
        const Status taken = answer.ok() ? Take(*answer) : answer.status();
        return WithContext("Cannot get a token for catalog " + catalog_ + ": ", taken);
      }
      clock_.Sleep(milliseconds(200) * (1 << attempt));
    }
  }

  Status Take(const net::HttpClientResponse& answer) {
    const Result<Json> json = ParseJson(answer.body, "the token endpoint's answer");
    const std::string where = net::UrlToShow(settings_.token_uri);
    if (answer.status != 200) {
      std::string why = "HTTP " + std::to_string(answer.status);
      if (json.ok() && json->is_object()) {
        for (const char* key : {"error", "error_description"}) {
          const auto found = json->find(key);
          if (found != json->end() && found->is_string()) {
            why += ", " + found->get<std::string>();
          }
        }
      }
      const bool is_refusal =
          answer.status >= 400 && answer.status < 500 && answer.status != 429;
      return MakeError(is_refusal ? ErrorCode::kUnauthenticated : ErrorCode::kUnavailable,
                       where + " refuses (" + why +
                           "); check credential, scope and "
                           "oauth2-server-uri");
    }
    ARROW_RETURN_NOT_OK(json.status());
    ARROW_ASSIGN_OR_RAISE(const JsonFields fields,
                          JsonFields::Make(*json, "the token endpoint's answer"));
    ARROW_ASSIGN_OR_RAISE(token_, fields.String("access_token"));
    const auto seconds = fields.OptionalInt64("expires_in");
    milliseconds expires_at = ExpiryOfToken(token_);
    constexpr int64_t kSecondsMax = int64_t{100} * 366 * 86'400;
    if (seconds.ok() && *seconds && **seconds > 0 && **seconds < kSecondsMax) {
      expires_at = clock_.Now() + std::chrono::seconds(**seconds);
    }
    NoteExpiry(expires_at);
    return Status::OK();
  }

  const std::string catalog_;
  const RestAuthSettings settings_;
  net::HttpClient& http_;
  Clock& clock_;
  std::mutex mutex_;  // also lets one thread at a time ask for a token
  std::string token_;
  milliseconds renew_at_{0};  // 0: not known
};

}  // namespace

milliseconds ExpiryOfToken(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second = token.find('.', std::min(first, token.size() - 1) + 1);
  if (token.empty() || first == std::string_view::npos ||
      second == std::string_view::npos) {
    return milliseconds(0);
  }
  std::string claims(token.substr(first + 1, second - first - 1));
  std::ranges::replace(claims, '-', '+');
  std::ranges::replace(claims, '_', '/');
  claims.resize((claims.size() + 3) / 4 * 4, '=');
  const Result<std::string> text = Base64Decode(claims);
  const Result<Json> json = text.ok() ? ParseJson(*text, "a token") : text.status();
  if (!json.ok() || !json->is_object()) {
    return milliseconds(0);
  }
  const auto found = json->find("exp");
  constexpr double kSecondsMax = 1e11;
  if (found == json->end() || !found->is_number() || found->get<double>() <= 0 ||
      found->get<double>() > kSecondsMax) {
    return milliseconds(0);
  }
  return std::chrono::seconds(static_cast<int64_t>(found->get<double>()));
}

std::unique_ptr<RestAuth> MakeRestAuth(const std::string& catalog,
                                       const RestAuthSettings& settings,
                                       net::HttpClient& http, Clock& clock) {
  switch (settings.type) {
    case RestAuthType::kToken:
    case RestAuthType::kOAuth2:
      return std::make_unique<TokenAuth>(catalog, settings, http, clock);
    case RestAuthType::kBasic:
      return std::make_unique<BasicAuth>(settings);
    case RestAuthType::kSigV4:
      return std::make_unique<SigV4Auth>(settings, clock);
    case RestAuthType::kNone:
      break;
  }
  return std::make_unique<NoAuth>();
}

}  // namespace tarn::catalog::internal
