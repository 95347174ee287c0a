#include "tarn/cli/sql_client/protocol_session.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/net/http_get.h"

namespace tarn::cli {
namespace {

using json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr int kTriesMax = 12;
constexpr milliseconds kWaitStep{100};
constexpr size_t kBodyShown = 300;  // bytes of an answer that is an error

std::string WithoutSlash(std::string url) {
  while (url.ends_with('/')) {
    url.pop_back();
  }
  return url;
}

bool IsBusy(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

std::string Decoded(std::string_view text) {
  const Result<std::string> decoded = net::FormDecode(text);
  return decoded.ok() ? *decoded : std::string(text);
}

std::pair<std::string, std::string> PairOf(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return {std::string(text), ""};
  }
  return {Decoded(text.substr(0, equals)), Decoded(text.substr(equals + 1))};
}

std::string Joined(const std::map<std::string, std::string>& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    text += (text.empty() ? "" : ",") + net::PercentEncode(name) + "=" +
            net::PercentEncode(value);
  }
  return text;
}

bool IsSameName(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : +c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

}  // namespace

ProtocolSession::ProtocolSession(const RemoteOptions& options)
    : options_(options),
      url_(WithoutSlash(options.url)),
      user_(options.user),
      http_(options.http),
      catalog_(options.catalog),
      schema_(options.schema),
      properties_(options.properties) {}

net::HttpHeaders ProtocolSession::Headers() const {
  net::HttpHeaders headers;
  headers.Add("X-Trino-User", user_);
  headers.Add("X-Trino-Source", "tarn");
  headers.Add("X-Trino-Client-Capabilities",
              "PATH,PARAMETRIC_DATETIME,SESSION_AUTHORIZATION");
  if (!options_.token.empty()) {
    headers.Add("Authorization", "Bearer " + options_.token);
  } else if (!options_.password.empty()) {
    headers.Add("Authorization",
                "Basic " + Base64Encode(user_ + ":" + options_.password));
  }
  const std::lock_guard lock(mutex_);
  const std::pair<const char*, std::string> rest[] = {
      {"X-Trino-Catalog", catalog_},
      {"X-Trino-Schema", schema_},
      {"X-Trino-Path", path_},
      {"X-Trino-Transaction-Id", transaction_.empty() ? "NONE" : transaction_},
      {"X-Trino-Session", Joined(properties_)},
      {"X-Trino-Prepared-Statement", Joined(prepared_)},
      {"X-Trino-Role", Joined(roles_)}};
  for (const auto& [name, value] : rest) {
    if (!value.empty()) {
      headers.Add(name, value);
    }
  }
  return headers;
}

void ProtocolSession::Apply(const net::HttpHeaders& headers) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, value] : headers.all()) {
    const auto is = [&](std::string_view suffix) {
      return name.size() == suffix.size() + 8 &&
             IsSameName(name.substr(0, 8), "X-Trino-") &&
             IsSameName(name.substr(8), suffix);
    };
    if (is("Set-Catalog")) {
      catalog_ = Decoded(value);
    } else if (is("Set-Schema")) {
      schema_ = Decoded(value);
    } else if (is("Set-Path")) {
      path_ = Decoded(value);
    } else if (is("Set-Session")) {
      properties_.insert_or_assign(PairOf(value).first, PairOf(value).second);
    } else if (is("Clear-Session")) {
      properties_.erase(Decoded(value));
    } else if (is("Set-Role")) {
      roles_.insert_or_assign(PairOf(value).first, PairOf(value).second);
    } else if (is("Added-Prepare")) {
      prepared_.insert_or_assign(PairOf(value).first, PairOf(value).second);
    } else if (is("Deallocated-Prepare")) {
      prepared_.erase(Decoded(value));
    } else if (is("Started-Transaction-Id")) {
      transaction_ = value;
    } else if (is("Clear-Transaction-Id")) {
      transaction_.clear();
    }
  }
}

Status ProtocolSession::Refusal(const net::HttpClientResponse& response) const {
  std::string said = response.body.substr(0, kBodyShown);
  std::replace(said.begin(), said.end(), '\n', ' ');
  const std::string where = net::UrlToShow(url_);
  switch (response.status) {
    case 401:
      return MakeError(ErrorCode::kUnauthenticated,
                       "The server does not know who is asking (give "
                       "TARN_CLIENT_CREDENTIAL=user:password, --user with "
                       "--password-file, or TARN_CLIENT_TOKEN): " +
                           where + (said.empty() ? "" : ": " + said));
    case 403:
      return MakeError(ErrorCode::kForbidden,
                       said.empty() ? "Refused by " + where : said);
    case 404:
      return MakeError(ErrorCode::kUnavailable,
                       "No SQL is served there, or the query has expired: " + where);
    default:
      return MakeError(
          IsBusy(response.status) ? ErrorCode::kUnavailable : ErrorCode::kIoFailed,
          "The server answered " + std::to_string(response.status) + ": " + where +
              (said.empty() ? "" : ": " + said));
  }
}

Result<json> ProtocolSession::AnswerOf(const net::HttpClientResponse& response) {
  if (response.status != 200) {
    return Refusal(response);
  }
  json answer = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object() || !answer.contains("id") || !answer.contains("stats")) {
    return MakeError(ErrorCode::kInvalidData,
                     "The answer is not of Trino's protocol: " + net::UrlToShow(url_));
  }
  Apply(response.headers);
  return answer;
}

Result<json> ProtocolSession::Submit(std::string_view sql) {
  net::HttpClientRequest request;
  request.method = "POST";
  request.url = url_ + "/v1/statement";
  request.headers = Headers();
  request.headers.Add("Content-Type", "text/plain; charset=utf-8");
  request.body = sql;
  request.may_be_sent_twice = false;  // a write would be made twice
  ARROW_ASSIGN_OR_RAISE(const auto response, http_.Send(request));
  return AnswerOf(response);
}

Result<json> ProtocolSession::NextPage(const std::string& uri,
                                       const std::atomic<bool>& stop) {
  net::HttpClientRequest request;
  request.url = uri;
  request.headers = Headers();
  for (int attempt = 1;; ++attempt) {
    const auto response = http_.Send(request);
    const bool may_go_through =
        response.ok() ? IsBusy(response->status)
                      : InfoOf(CodeOf(response.status())).retry == Retry::kSameCall;
    if (!may_go_through || attempt == kTriesMax || stop) {
      return response.ok() ? AnswerOf(*response) : Result<json>(response.status());
    }
    std::this_thread::sleep_for(kWaitStep * attempt);
  }
}

void ProtocolSession::Cancel(const std::string& uri) {
  net::HttpClientRequest request;
  request.method = "DELETE";
  request.url = uri;
  request.headers = Headers();
  request.timeout = std::chrono::seconds(5);
  static_cast<void>(http_.Send(request));
}

std::string ProtocolSession::catalog() const {
  const std::lock_guard lock(mutex_);
  return catalog_;
}

std::string ProtocolSession::schema() const {
  const std::lock_guard lock(mutex_);
  return schema_;
}

std::string ProtocolSession::Property(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = properties_.find(name);
  return found == properties_.end() ? "" : found->second;
}

}  // namespace tarn::cli
