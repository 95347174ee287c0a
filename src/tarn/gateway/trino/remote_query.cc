#include "tarn/gateway/trino/remote_query.h"

#include <algorithm>
#include <thread>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/net/http_get.h"

namespace tarn::gateway::trino {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPageTimeout{120'000};
constexpr milliseconds kGoodbyeTimeout{3'000};
constexpr milliseconds kPauseMax{1'000};
constexpr std::chrono::seconds kSilenceMax{60};
constexpr int32_t kNoNodesAvailable = 65'541;

/// What its answers may set in a client's session.
constexpr std::string_view kPassedOn[] = {
    "Set-Catalog",   "Set-Schema", "Set-Path",      "Set-Session",
    "Clear-Session", "Set-Role",   "Added-Prepare", "Deallocated-Prepare"};

Status Cancelled() { return MakeError(ErrorCode::kCancelled, "Query was canceled"); }

bool IsBusy(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

/// The path of `uri` at `url`: behind a proxy a server may call itself otherwise, and
/// credentials go nowhere else.
std::string AtServer(const std::string& url, const std::string& uri) {
  const size_t host = uri.find("://");
  const size_t path = uri.find('/', host == std::string::npos ? 0 : host + 3);
  return url + (path == std::string::npos ? "/" : uri.substr(path));
}

Status Unreachable(const std::string& url, const std::string& why) {
  return RemoteError({.message = "Trino at " + net::UrlToShow(url) +
                                 " cannot go on with the query: " + why,
                      .name = "NO_NODES_AVAILABLE",
                      .code = kNoNodesAvailable});
}

}  // namespace

RemoteQuery::~RemoteQuery() { Abandon(); }

void RemoteQuery::Abandon() {
  std::string uri;
  {
    const std::lock_guard lock(mutex_);
    uri = std::exchange(known_.next_uri, "");
  }
  if (!uri.empty()) {
    // Best effort: a server that is not told forgets the query after some minutes.
    const auto told = http_.Send({.method = "DELETE",
                                  .url = AtServer(server_.url, uri),
                                  .headers = SignIn(),
                                  .timeout = kGoodbyeTimeout});
    static_cast<void>(told);
  }
}

net::HttpHeaders RemoteQuery::SignIn() const {
  ClientContext client;
  client.user = user_;
  return RemoteHeaders(client, server_);
}

Status RemoteQuery::Begin(const ClientContext& client, const std::string& text) {
  user_ = client.user;
  ARROW_ASSIGN_OR_RAISE(RemotePage page, Post(client, text));
  while (page.columns_json.empty() && !page.next_uri.empty()) {
    ARROW_ASSIGN_OR_RAISE(page, Get());
  }
  first_ = std::move(page);
  return Status::OK();
}

Result<RemotePage> RemoteQuery::Next() {
  if (first_) {
    RemotePage page = *std::exchange(first_, std::nullopt);
    if (page.num_rows > 0 || page.next_uri.empty()) {
      return page;
    }
  }
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(RemotePage page, Get());
    if (page.num_rows > 0 || page.next_uri.empty()) {
      return page;
    }
  }
}

Result<RemotePage> RemoteQuery::Post(const ClientContext& client,
                                     const std::string& text) {
  if (is_cancelled_) {
    return Cancelled();
  }
  net::HttpHeaders headers = RemoteHeaders(client, server_);
  headers.Set("Content-Type", "text/plain; charset=utf-8");
  ARROW_ASSIGN_OR_RAISE(const auto answer,
                        http_.Send({.method = "POST",
                                    .url = server_.url + "/v1/statement",
                                    .headers = std::move(headers),
                                    .body = WithRemoteNames(text, server_.catalogs),
                                    .timeout = kPageTimeout,
                                    .may_be_sent_twice = false}));
  if (answer.status == 429 || answer.status == 503) {
    return MakeError(ErrorCode::kUnavailable, "Trino at " + net::UrlToShow(server_.url) +
                                                  " takes no queries now: HTTP status " +
                                                  std::to_string(answer.status));
  }
  return ReadAnswer(answer);
}

Result<RemotePage> RemoteQuery::Get() {
  std::string uri;
  {
    const std::lock_guard lock(mutex_);
    uri = known_.next_uri;
  }
  const auto until = std::chrono::steady_clock::now() + server_.patience;
  for (milliseconds pause{100};; pause = std::min(2 * pause, kPauseMax)) {
    if (is_cancelled_) {
      Abandon();
      return Cancelled();
    }
    const auto answer = http_.Send({.url = AtServer(server_.url, uri),
                                    .headers = SignIn(),
                                    .timeout = kPageTimeout});
    if (answer.ok() && !IsBusy(answer->status)) {
      return ReadAnswer(*answer);
    }
    if (std::chrono::steady_clock::now() > until) {
      return Unreachable(server_.url,
                         answer.ok() ? "HTTP status " + std::to_string(answer->status)
                                     : answer.status().message());
    }
    std::this_thread::sleep_for(pause);
  }
}

Result<RemotePage> RemoteQuery::ReadAnswer(const net::HttpClientResponse& answer) {
  if (answer.status == 401 || answer.status == 403) {
    return MakeError(ErrorCode::kForbidden,
                     "Trino at " + net::UrlToShow(server_.url) +
                         " refuses the user of sql.route: HTTP status " +
                         std::to_string(answer.status));
  }
  if (answer.status != 200) {
    return Unreachable(server_.url, "HTTP status " + std::to_string(answer.status));
  }
  ARROW_ASSIGN_OR_RAISE(RemotePage page, ReadRemotePage(answer.body));
  Keep(page, answer.headers);
  if (page.error) {
    return RemoteError(*page.error);
  }
  return page;
}

void RemoteQuery::Keep(const RemotePage& page, const net::HttpHeaders& headers) {
  percent_ = page.percent;
  rows_read_ = page.rows_read;
  const std::lock_guard lock(mutex_);
  asked_at_ = std::chrono::steady_clock::now();
  known_.id = page.id;
  known_.next_uri = page.next_uri;
  known_.stats_json = page.stats_json;
  const auto keep = [](const std::string& text, std::string* kept) {
    if (!text.empty()) {
      *kept = text;
    }
  };
  keep(page.columns_json, &known_.columns_json);
  keep(page.warnings_json, &known_.warnings_json);
  keep(page.update_type, &known_.update_type);
  known_.update_count = page.update_count ? page.update_count : known_.update_count;
  for (const std::string_view name : kPassedOn) {
    const std::string* const value = headers.Find("X-Trino-" + std::string(name));
    if (value == nullptr) {
      continue;
    }
    std::string told = *value;
    for (const auto& [ours, theirs] : server_.catalogs) {
      if (name == "Set-Catalog" && theirs == told) {
        told = ours;
        break;
      }
    }
    const std::pair<std::string, std::string> header(name, told);
    if (std::ranges::find(headers_, header) == headers_.end()) {
      headers_.push_back(header);
    }
  }
}

void RemoteQuery::Heartbeat(SteadyTime now) {
  std::string uri;
  {
    const std::lock_guard lock(mutex_);
    if (known_.next_uri.empty() || now - asked_at_ < kSilenceMax) {
      return;
    }
    asked_at_ = now;
    uri = known_.next_uri;
  }
  const auto told = http_.Send({.method = "HEAD",
                                .url = AtServer(server_.url, uri),
                                .headers = SignIn(),
                                .timeout = kGoodbyeTimeout});
  static_cast<void>(told);  // it may not know the call
}

std::string RemoteQuery::id() const {
  const std::lock_guard lock(mutex_);
  return known_.id;
}

std::string RemoteQuery::columns_json() const {
  const std::lock_guard lock(mutex_);
  return known_.columns_json.empty() ? "[]" : known_.columns_json;
}

std::string RemoteQuery::stats_json(QueryState state) const {
  const std::lock_guard lock(mutex_);
  const bool is_over = state == QueryState::kFinished || state == QueryState::kFailed;
  return is_over ? WithState(known_.stats_json, StateName(state)) : known_.stats_json;
}

std::string RemoteQuery::warnings_json() const {
  const std::lock_guard lock(mutex_);
  return known_.warnings_json;
}

std::string RemoteQuery::update_type() const {
  const std::lock_guard lock(mutex_);
  return known_.update_type;
}

std::optional<int64_t> RemoteQuery::update_count() const {
  const std::lock_guard lock(mutex_);
  return known_.update_count;
}

RemoteQuery::Headers RemoteQuery::headers() const {
  const std::lock_guard lock(mutex_);
  return headers_;
}

}  // namespace tarn::gateway::trino
