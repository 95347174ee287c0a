#include "tarn/ingest/web/fetcher.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/internal/date_text.h"
#include "tarn/net/http_get.h"
#include "tarn/net/url.h"

namespace tarn::ingest::web {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBackOffFirst{500};
constexpr milliseconds kBackOffMax{30'000};
/// A server that wants us to wait for longer is not waited for.
constexpr milliseconds kRetryAfterMax{120'000};
constexpr milliseconds kCrawlDelayMax{60'000};
constexpr std::string_view kAgent = "tarn";

net::HttpClientOptions ClientOptions(const FetchOptions& options) {
  net::HttpClientOptions client;
  client.timeout = options.timeout;
  client.connect_timeout = std::min(client.connect_timeout, options.timeout);
  client.body_bytes_max = options.bytes_max;
  client.user_agent = options.user_agent;
  client.guard = options.guard;
  client.keeps_cookies = true;
  return client;
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 ||
         status == 308;
}

bool IsPassing(int status) { return status == 429 || status == 408 || status >= 500; }

bool IsWorthAnotherTry(const Status& status) {
  const ErrorCode code = CodeOf(status);
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout ||
         code == ErrorCode::kIoFailed || code == ErrorCode::kInvalidData;
}

ErrorCode CodeOfHttpStatus(int status) {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return ErrorCode::kForbidden;
    case 404:
    case 410:
      return ErrorCode::kNoSuchFile;
    case 408:
      return ErrorCode::kTimeout;
    default:
      return IsPassing(status) ? ErrorCode::kUnavailable : ErrorCode::kInvalidData;
  }
}

Status CheckStatus(int status, const std::string& url) {
  if (status >= 200 && status < 300) {
    return Status::OK();
  }
  return MakeError(CodeOfHttpStatus(status),
                   fmt::format("Cannot read {}: the server answered {} {}",
                               net::UrlToShow(url), status, net::ReasonPhrase(status)));
}

std::string HeaderOf(const net::HttpHeaders& headers, std::string_view name) {
  const std::string* value = headers.Find(name);
  return value == nullptr ? "" : *value;
}

/// The request that a redirect means.
Result<net::HttpClientRequest> Redirected(const net::HttpClientRequest& request,
                                          const net::HttpClientResponse& answer) {
  const std::string location = HeaderOf(answer.headers, "Location");
  if (location.empty()) {
    return MakeError(ErrorCode::kInvalidData, "A redirect without a place to go, of " +
                                                  net::UrlToShow(request.url));
  }
  net::HttpClientRequest next = request;
  ARROW_ASSIGN_OR_RAISE(next.url, net::ResolveUrl(request.url, location));
  if (!net::ParseUrl(next.url).ok()) {
    return MakeError(ErrorCode::kInvalidData,
                     fmt::format("{} redirects to what is neither http nor https: {}",
                                 net::UrlToShow(request.url), net::UrlToShow(next.url)));
  }
  const bool keeps_method = answer.status == 307 || answer.status == 308;
  if (!keeps_method) {
    next.method = "GET";
    next.body.clear();
    next.headers = {};
  }
  return next;
}

}  // namespace

std::optional<milliseconds> RetryAfter(const std::string& value, milliseconds now) {
  int64_t seconds = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (read.ec == std::errc() && read.ptr == value.data() + value.size() && seconds >= 0 &&
      seconds < 1'000'000) {
    return milliseconds(seconds * 1'000);
  }
  const auto time = internal::ParseTime(value);
  if (!time || !time->has_zone) {
    return std::nullopt;
  }
  return std::max(milliseconds(0), milliseconds(time->micros / 1'000) - now);
}

Fetcher::Fetcher(FetchOptions options, HostTurns& turns, Clock& clock, Random& random)
    : options_(std::move(options)),
      turns_(turns),
      clock_(clock),
      random_(random),
      client_(ClientOptions(options_)) {}

Status Fetcher::Pause(milliseconds pause) {
  const milliseconds end = clock_.Now() + pause;
  for (milliseconds now = clock_.Now(); now < end; now = clock_.Now()) {
    if (options_.cancelled && options_.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "Cancelled while waiting for a server");
    }
    clock_.Sleep(std::min(end - now, milliseconds(200)));
  }
  return Status::OK();
}

Status Fetcher::InTurn(const std::string& url, const std::function<Status()>& visit) {
  ARROW_ASSIGN_OR_RAISE(const net::Url parts, net::ParseUrl(url));
  const std::string host = fmt::format("{}:{}", parts.host, parts.port);
  milliseconds interval = options_.interval;
  const auto robots = robots_.find(parts.Origin());
  if (robots != robots_.end() && options_.robots == RobotsRule::kObey) {
    interval = std::max(
        interval, std::min(kCrawlDelayMax, robots->second.delay().value_or(interval)));
  }
  RETURN_NOT_OK(turns_.Wait(host, options_.cancelled));
  const Status status = visit();
  turns_.Done(host, interval);
  return status;
}

Result<net::HttpClientResponse> Fetcher::SendInTurn(
    const net::HttpClientRequest& request) {
  net::HttpClientRequest sent = request;
  ARROW_ASSIGN_OR_RAISE(const net::Url url, net::ParseUrl(request.url));
  sent.url = url.Text();
  sent.cancelled = options_.cancelled;
  if (url.Origin() == options_.own_origin) {
    for (const auto& [name, value] : options_.headers) {
      sent.headers.Set(name, value);
    }
  }
  net::HttpClientResponse answer;
  RETURN_NOT_OK(InTurn(request.url, [&] { return client_.Send(sent).Value(&answer); }));
  return answer;
}

Result<net::HttpClientResponse> Fetcher::SendWithRetries(
    const net::HttpClientRequest& request) {
  milliseconds back_off = kBackOffFirst;
  for (int32_t retry = 0;; ++retry) {
    Result<net::HttpClientResponse> answer = SendInTurn(request);
    const bool is_last = retry >= options_.retries_max || !request.may_be_sent_twice;
    const bool is_passing =
        answer.ok() ? IsPassing(answer->status) : IsWorthAnotherTry(answer.status());
    if (is_last || !is_passing) {
      return answer;
    }
    // Between half and all of the back-off, so that many do not come back together.
    milliseconds pause =
        back_off / 2 + milliseconds(static_cast<int64_t>(
                           random_.Next() % static_cast<uint64_t>(back_off.count() / 2)));
    back_off = std::min(back_off * 2, kBackOffMax);
    if (answer.ok()) {
      const auto asked =
          RetryAfter(HeaderOf(answer->headers, "Retry-After"), clock_.Now());
      if (asked && *asked > kRetryAfterMax) {
        return MakeError(
            ErrorCode::kUnavailable,
            fmt::format("{} answered {} and wants to be asked again in {} seconds only",
                        net::UrlToShow(request.url), answer->status,
                        asked->count() / 1'000));
      }
      pause = std::max(pause, asked.value_or(pause));
    }
    RETURN_NOT_OK(Pause(pause));
  }
}

Result<FetchedPage> Fetcher::Follow(net::HttpClientRequest request) {
  const std::string asked = request.url;
  for (int32_t redirects = 0; redirects <= options_.redirects_max; ++redirects) {
    RETURN_NOT_OK(CheckRobots(request.url));
    ARROW_ASSIGN_OR_RAISE(net::HttpClientResponse answer, SendWithRetries(request));
    if (IsRedirect(answer.status)) {
      ARROW_ASSIGN_OR_RAISE(request, Redirected(request, answer));
      continue;
    }
    RETURN_NOT_OK(CheckStatus(answer.status, request.url));
    ARROW_ASSIGN_OR_RAISE(const net::Url url, net::ParseUrl(request.url));
    return FetchedPage{.url = url.Text(),
                       .content_type = HeaderOf(answer.headers, "Content-Type"),
                       .body = std::move(answer.body),
                       .headers = std::move(answer.headers),
                       .read_at = clock_.Now()};
  }
  return MakeError(ErrorCode::kInvalidData,
                   fmt::format("{} was redirected more than {} times",
                               net::UrlToShow(asked), options_.redirects_max));
}

Result<FetchedPage> Fetcher::Get(const std::string& url) { return Follow({.url = url}); }

Result<FetchedPage> Fetcher::PostForm(const std::string& url, const std::string& form) {
  net::HttpClientRequest request{.method = "POST", .url = url};
  request.headers.Set("Content-Type", "application/x-www-form-urlencoded");
  request.body = form;
  request.may_be_sent_twice = false;
  return Follow(std::move(request));
}

Result<const Robots*> Fetcher::RobotsOf(const std::string& url) {
  ARROW_ASSIGN_OR_RAISE(const net::Url parts, net::ParseUrl(url));
  const std::string origin = parts.Origin();
  const auto found = robots_.find(origin);
  if (found != robots_.end()) {
    return &found->second;
  }
  net::HttpClientRequest request{.url = origin + "/robots.txt"};
  for (int32_t redirects = 0; redirects < 5; ++redirects) {
    const Result<net::HttpClientResponse> answer = SendWithRetries(request);
    if (!answer.ok()) {
      const ErrorCode code = CodeOf(answer.status());
      if (code == ErrorCode::kResourceLimit || code == ErrorCode::kInvalidData) {
        break;  // whatever it is, it is no robots.txt
      }
      return answer.status();
    }
    if (IsRedirect(answer->status)) {
      ARROW_ASSIGN_OR_RAISE(request, Redirected(request, *answer));
      continue;
    }
    if (IsPassing(answer->status)) {
      return MakeError(
          ErrorCode::kUnavailable,
          fmt::format("{} answered {}: nobody knows what robots may read there; try "
                      "later, or set \"robots\" to \"ignore\" if you may",
                      net::UrlToShow(request.url), answer->status));
    }
    const bool is_there = answer->status >= 200 && answer->status < 300;
    return &(robots_[origin] =
                 is_there ? Robots::Parse(answer->body, kAgent) : Robots::AllowAll());
  }
  return &(robots_[origin] = Robots::AllowAll());
}

Status Fetcher::CheckRobots(const std::string& url) {
  if (options_.robots == RobotsRule::kIgnore) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const Robots* const robots, RobotsOf(url));
  ARROW_ASSIGN_OR_RAISE(const net::Url parts, net::ParseUrl(url));
  if (!robots->Allows(parts.Target())) {
    return MakeError(ErrorCode::kForbidden,
                     fmt::format("robots.txt of {} does not want robots to read {}; set "
                                 "\"robots\" to \"ignore\" if you may all the same",
                                 parts.host, parts.path));
  }
  return Status::OK();
}

}  // namespace tarn::ingest::web
