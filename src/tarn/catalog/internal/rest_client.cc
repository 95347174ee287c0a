#include "tarn/catalog/internal/rest_client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/catalog/rebase_header.h"
#include "tarn/net/http_get.h"

namespace tarn::catalog::internal {
namespace {

using std::chrono::milliseconds;

/// What a server that lists no endpoints has (REST spec, CatalogConfig).
constexpr const char* kLegacyEndpoints[] = {
    "GET /namespaces",
    "POST /namespaces",
    "GET /namespaces/{}",
    "DELETE /namespaces/{}",
    "POST /namespaces/{}/properties",
    "GET /namespaces/{}/tables",
    "POST /namespaces/{}/tables",
    "GET /namespaces/{}/tables/{}",
    "POST /namespaces/{}/tables/{}",
    "DELETE /namespaces/{}/tables/{}",
    "POST /namespaces/{}/register",
    "POST /namespaces/{}/tables/{}/metrics",
    "POST /tables/rename",
    "POST /transactions/commit",
};
/// And has too if property view-endpoints-supported says so.
constexpr const char* kLegacyViewEndpoints[] = {
    "GET /namespaces/{}/views",       "POST /namespaces/{}/views",
    "GET /namespaces/{}/views/{}",    "POST /namespaces/{}/views/{}",
    "DELETE /namespaces/{}/views/{}", "POST /views/rename",
};

/// "GET /v1/{prefix}/namespaces/{namespace}" as "GET /namespaces/{}": servers name what
/// is in the braces as they like. "" for what is not of the protocol.
std::string EndpointKey(std::string_view endpoint) {
  const size_t space = endpoint.find(' ');
  if (space == std::string_view::npos) {
    return {};
  }
  std::string key(endpoint.substr(0, space + 1));
  std::string_view path = endpoint.substr(space + 1);
  for (const std::string_view start : {"/v1/{prefix}", "/v1"}) {
    if (path.starts_with(start)) {
      path.remove_prefix(start.size());
      break;
    }
  }
  while (!path.empty()) {
    const size_t open = path.find('{');
    key += path.substr(0, open);
    if (open == std::string_view::npos) {
      break;
    }
    const size_t close = std::min(path.find('}', open), path.size() - 1);
    key += "{}";
    path.remove_prefix(close + 1);
  }
  return key;
}

bool IsSuccess(int status) { return (status >= 200 && status < 300) || status == 304; }

/// Retry-After in seconds; dates are not read, the usual pause is taken then.
std::optional<milliseconds> RetryAfter(const net::HttpHeaders& headers) {
  const std::string* const text = headers.Find("Retry-After");
  if (text == nullptr) {
    return std::nullopt;
  }
  int32_t seconds = 0;
  const char* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, seconds);
  constexpr int32_t kSecondsMax = 60;
  if (parsed.ec != std::errc() || parsed.ptr != end || seconds < 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(std::min(seconds, kSecondsMax));
}

/// Whether the server itself says that it has not done what was asked, but may soon: a
/// bare 503 may be a proxy's, after the server has acted.
bool IsTurnedAway(const net::HttpClientResponse& answer) {
  if (answer.status == 429) {
    return true;
  }
  if (answer.status != 503) {
    return false;
  }
  const std::string type = RestFailureOf(answer, RestEffect::kRead, {}).type;
  return answer.headers.Find("Retry-After") != nullptr ||
         type == "ServiceUnavailableException" || type == "SlowDownException";
}

}  // namespace

std::string NewTimeUuid(milliseconds now, Random& random) {
  constexpr uint64_t kVersion = 0x7000;
  constexpr uint64_t kVariant = uint64_t{2} << 62;
  const auto time = static_cast<uint64_t>(now.count()) & ((uint64_t{1} << 48) - 1);
  const uint64_t high = (time << 16) | kVersion | (random.Next() & 0xFFF);
  const uint64_t low = kVariant | (random.Next() >> 2);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32,
                     (high >> 16) & 0xFFFF, high & 0xFFFF, low >> 48,
                     low & 0xFFFFFFFFFFFFU);
}

RestClient::RestClient(std::string name, Properties properties, Clock& clock,
                       Random& random)
    : name_(std::move(name)),
      given_(std::move(properties)),
      clock_(clock),
      random_(random) {}

Status RestClient::Connect() {
  if (is_connected_.load(std::memory_order_acquire)) {
    return Status::OK();
  }
  const std::lock_guard lock(connecting_);
  if (is_connected_.load(std::memory_order_acquire)) {
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(ReadConfig());
  is_connected_.store(true, std::memory_order_release);
  return Status::OK();
}

Status RestClient::ReadConfig() {
  ARROW_ASSIGN_OR_RAISE(const Properties own, ResolveReferences(name_, given_));
  ARROW_ASSIGN_OR_RAISE(settings_, RestSettingsFrom(name_, own));
  settings_.http.redirects = net::HttpRedirects::kNever;  // they would carry our token
  http_ = std::make_unique<net::HttpClient>(settings_.http);
  auth_ = MakeRestAuth(name_, settings_.auth, *http_, clock_);
  prefix_.clear();
  endpoints_.reset();
  RestCall call{.method = "GET", .route = "/config", .missing = ErrorCode::kInvalidData};
  if (!settings_.warehouse.empty()) {
    call.query = "warehouse=" + net::PercentEncode(settings_.warehouse);
  }
  net::HttpClientRequest request{.method = call.method, .url = UrlOf(call)};
  request.headers = settings_.headers;
  request.headers.Set("Accept", "application/json");
  const auto answer = Send(request, call);
  if (!answer.ok()) {
    std::string why = answer.status().message();
    if (const std::string same = "Catalog " + name_ + ": "; why.starts_with(same)) {
      why.erase(0, same.size());
    }
    return MakeError(CodeOf(answer.status()), "Cannot connect to catalog " + name_ +
                                                  " at " + net::UrlToShow(settings_.uri) +
                                                  ": " + why);
  }
  const Status taken = TakeConfig(own, answer->body);
  return WithContext("Catalog " + name_ + " at " + net::UrlToShow(settings_.uri) +
                         " does not speak the Iceberg REST protocol: ",
                     taken);
}

/// The server's overrides win over what we were told, but never say who we are or where
/// our secrets go: those stay as they were given.
Status RestClient::TakeConfig(const Properties& own, const std::string& body) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(body, "configuration"));
  ARROW_ASSIGN_OR_RAISE(const JsonFields fields, JsonFields::Make(json, "configuration"));
  if (!fields.Has("defaults") && !fields.Has("overrides")) {
    return MakeError(ErrorCode::kInvalidData, "its configuration has no defaults");
  }
  ARROW_ASSIGN_OR_RAISE(Properties merged, fields.StringMap("defaults"));
  ARROW_ASSIGN_OR_RAISE(const Properties overrides, fields.StringMap("overrides"));
  for (const Properties* layer : {&own, &overrides}) {
    for (const auto& [key, value] : *layer) {
      merged[key] = value;
    }
  }
  auto reread = RestSettingsFrom(name_, merged);
  if (reread.ok()) {
    settings_.uri = reread->uri;
    settings_.page_size = reread->page_size;
    settings_.stages_creates = reread->stages_creates;
    settings_.headers = reread->headers;
  }
  const auto text = [&](const char* key) {
    const auto found = merged.find(key);
    return found == merged.end() ? std::string() : found->second;
  };
  prefix_ = text("prefix").empty() ? "" : "/" + text("prefix");
  if (const std::string separator = text("namespace-separator"); !separator.empty()) {
    separator_ = separator;
  }
  ARROW_ASSIGN_OR_RAISE(const auto lifetime,
                        fields.OptionalString("idempotency-key-lifetime"));
  knows_keys_ = lifetime.has_value();
  endpoints_.emplace();
  ARROW_ASSIGN_OR_RAISE(const Json* listed, fields.OptionalArray("endpoints"));
  if (listed != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto endpoints, StringArray(*listed, "endpoints"));
    for (const std::string& endpoint : endpoints) {
      endpoints_->insert(EndpointKey(endpoint));
    }
  } else {
    endpoints_->insert(std::begin(kLegacyEndpoints), std::end(kLegacyEndpoints));
    if (text("view-endpoints-supported") == "true") {
      endpoints_->insert(std::begin(kLegacyViewEndpoints),
                         std::end(kLegacyViewEndpoints));
    }
  }
  properties_ = std::move(merged);
  return Status::OK();
}

bool RestClient::Supports(const std::string& method, const std::string& route) const {
  return !endpoints_ || endpoints_->contains(EndpointKey(method + " " + route));
}

std::string RestClient::UrlOf(const RestCall& call) const {
  const bool is_config = call.route == "/config";
  std::string url = settings_.uri + "/v1" + (is_config ? "" : prefix_);
  std::string_view route = call.route;
  for (const std::string& part : call.path) {
    const size_t open = route.find('{');
    TARN_CHECK(open != std::string_view::npos);
    url += route.substr(0, open);
    url += part;
    route.remove_prefix(route.find('}') + 1);
  }
  url += route;
  return call.query.empty() ? url : url + "?" + call.query;
}

std::string RestClient::Path(const iceberg::Namespace& ns) const {
  std::string path;
  for (const std::string& level : ns.levels) {
    path += (path.empty() ? "" : separator_) + net::PercentEncode(level);
  }
  return path;
}

std::string RestClient::Query(const iceberg::Namespace& ns) const {
  const std::string separator = net::PercentDecode(separator_).ValueOr(separator_);
  std::string text;
  for (const std::string& level : ns.levels) {
    text += (text.empty() ? "" : separator) + level;
  }
  return net::PercentEncode(text);
}

Result<net::HttpClientResponse> RestClient::Call(const RestCall& call) {
  ARROW_RETURN_NOT_OK(Connect());
  if (!Supports(call.method, call.route)) {
    return MakeError(ErrorCode::kNotSupported, "Catalog " + name_ + " does not offer " +
                                                   call.method + " " + call.route);
  }
  if (!call.operation_key.empty() && !knows_keys_) {
    return MakeError(ErrorCode::kNotSupported,
                     "Catalog " + name_ + " does not remember changes by their keys");
  }
  net::HttpClientRequest request{
      .method = call.method, .url = UrlOf(call), .body = call.body};
  request.headers = settings_.headers;
  request.headers.Set("Accept", "application/json");
  if (!call.body.empty()) {
    request.headers.Set("Content-Type", "application/json");
  }
  if (!call.if_none_match.empty()) {
    request.headers.Set("If-None-Match", call.if_none_match);
  }
  if (!call.rebase.empty()) {
    request.headers.Set(kRebaseHeader, call.rebase);
  }
  if (call.effect != RestEffect::kRead && knows_keys_) {
    request.headers.Set("Idempotency-Key", call.operation_key.empty()
                                               ? NewTimeUuid(clock_.Now(), random_)
                                               : call.operation_key);
  }
  return Send(request, call);
}

/// Signs and sends, once more with a new token if the server refuses this one.
Result<net::HttpClientResponse> RestClient::SendSigned(
    const net::HttpClientRequest& request, bool* was_sent) {
  *was_sent = false;
  for (bool is_again = false;; is_again = true) {
    net::HttpClientRequest to_send = request;
    ARROW_RETURN_NOT_OK(auth_->Sign(&to_send));
    *was_sent = true;
    Result<net::HttpClientResponse> answer = http_->Send(to_send);
    const bool is_refused =
        answer.ok() && (answer->status == 401 || answer->status == 419);
    if (is_again || !is_refused || !auth_->Renew(to_send)) {
      return answer;
    }
  }
}

Result<net::HttpClientResponse> RestClient::Send(const net::HttpClientRequest& given,
                                                 const RestCall& call) {
  net::HttpClientRequest request = given;
  const bool is_repeatable = call.effect == RestEffect::kRead ||
                             request.headers.Find("Idempotency-Key") != nullptr;
  request.may_be_sent_twice = is_repeatable;
  bool is_certain = true;  // that no try before has been acted on
  for (int attempt = 0;; ++attempt) {
    const bool is_last = attempt >= settings_.retries_max;
    bool was_sent = false;
    auto answer = SendSigned(request, &was_sent);
    if (!answer.ok()) {
      const ErrorCode code = CodeOf(answer.status());
      const bool is_unseen =
          !was_sent || !IsPassingFailure(code) || code == ErrorCode::kUnavailable;
      is_certain = is_certain && is_unseen;
      const bool may_repeat =
          was_sent && IsPassingFailure(code) && (is_repeatable || is_unseen);
      if (may_repeat && !is_last) {
        Pause(attempt, nullptr);
        continue;
      }
      if (call.effect == RestEffect::kCommit && !is_certain) {
        return MakeError(ErrorCode::kCommitStateUnknown,
                         "Catalog " + name_ + " may have applied the commit or not: " +
                             answer.status().message());
      }
      return was_sent ? WithContext("Catalog " + name_ + ": ", answer.status())
                      : answer.status();  // of its token, which says so
    }
    if (IsSuccess(answer->status)) {
      return answer;
    }
    const bool is_turned_away = IsTurnedAway(*answer);
    const int status = answer->status;
    const bool is_passing = status == 502 || status == 503 || status == 504 ||
                            (status == 500 && call.effect == RestEffect::kCommit);
    if (status >= 500 && !is_turned_away && status != 501) {
      is_certain = false;
    }
    if ((is_turned_away || (is_passing && is_repeatable)) && !is_last) {
      Pause(attempt, &answer->headers);
      continue;
    }
    return Refusal(call, *answer, is_certain);
  }
}

/// 0.1 s, 0.2 s, … at most 5 s, of which half is left to chance; longer if the server
/// says so.
void RestClient::Pause(int attempt, const net::HttpHeaders* headers) {
  constexpr int64_t kFirstMs = 100;
  constexpr int64_t kLastMs = 5'000;
  const int64_t longest = std::min(kFirstMs << std::min(attempt, 10), kLastMs);
  const auto jitter =
      static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(longest / 2 + 1));
  milliseconds pause(longest / 2 + jitter);
  if (headers != nullptr) {
    pause = std::max(pause, RetryAfter(*headers).value_or(pause));
  }
  clock_.Sleep(pause);
}

Status RestClient::Refusal(const RestCall& call, const net::HttpClientResponse& answer,
                           bool is_certain) const {
  RestFailure failure = RestFailureOf(answer, call.effect, call.missing);
  const bool is_outcome = answer.status < 500 || answer.status == 501;
  if (call.effect == RestEffect::kCommit && !is_certain && !is_outcome) {
    failure.code = ErrorCode::kCommitStateUnknown;
  }
  if (failure.code == ErrorCode::kUnauthenticated) {
    failure.message += " (check the catalog's credential or token)";
  }
  return MakeError(failure.code, "Catalog " + name_ + ": " + failure.message);
}

}  // namespace tarn::catalog::internal
