#include "tarn/gateway/trino/trino_gateway.h"

#include <atomic>
#include <charconv>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/token_routes.h"
#include "tarn/gateway/trino/client_context.h"
#include "tarn/gateway/trino/external_sign_in.h"
#include "tarn/gateway/trino/query_listing.h"
#include "tarn/governance/authenticator.h"
#include "tarn/net/http_message.h"

namespace tarn::gateway {
namespace {

using trino::ClientContext;
using trino::Query;

constexpr char kStatementPath[] = "/v1/statement";
/// The version of Trino whose protocol this is: clients decide by it.
constexpr char kVersion[] = "476";
constexpr size_t kStatementBytesMax = size_t{16} << 20;
/// Answers of quick queries come with the first call.
constexpr std::chrono::milliseconds kFirstWait{150};
constexpr std::chrono::milliseconds kLongWait{1'000};
/// More callers than this who wait would leave too few threads to the others.
constexpr int kLongWaitersMax = 20;
constexpr std::chrono::milliseconds kShortWait{50};

net::HttpResponse PlainResponse(int status, std::string text) {
  net::HttpResponse response{.status = status, .body = std::move(text)};
  response.headers.Set("Content-Type", "text/plain; charset=utf-8");
  return response;
}

net::HttpResponse JsonOf(std::string json) {
  net::HttpResponse response{.body = std::move(json)};
  response.headers.Set("Content-Type", "application/json");
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  return response;
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

class TrinoGateway::Impl {
 public:
  explicit Impl(TrinoGatewayOptions options)
      : options_(std::move(options)),
        route_(options_.route ? std::make_unique<trino::RemoteRoute>(*options_.route)
                              : nullptr),
        sign_in_(
            options_.authenticator == nullptr
                ? nullptr
                : std::make_unique<trino::ExternalSignIn>(
                      *options_.authenticator, SystemClock(), SystemRandom(),
                      trino::ExternalSignInOptions{.public_url = options_.public_url})),
        manager_(options_.open_engine, options_.limits, route_.get()),
        started_(std::chrono::steady_clock::now()) {}

  void AddRoutes(net::Router* router) {
    constexpr net::RouteOptions kWaits{.body_bytes_max = kStatementBytesMax,
                                       .lane = net::Lane::kLong};
    Add(router, "POST", kStatementPath, &Impl::Submit, kWaits);
    Add(router, "HEAD", kStatementPath, &Impl::IsThere);
    for (const char* phase : {"queued", "executing"}) {
      const std::string path =
          std::string(kStatementPath) + "/" + phase + "/{id}/{slug}/{token}";
      Add(router, "GET", path, &Impl::NextPage, kWaits);
      Add(router, "HEAD", path, &Impl::Heartbeat);
      Add(router, "DELETE", path, &Impl::CancelPage);
    }
    Add(router, "GET", "/v1/query", &Impl::ListQueries);
    Add(router, "GET", "/v1/query/{id}", &Impl::ShowQuery);
    Add(router, "DELETE", "/v1/query/{id}", &Impl::KillQuery);
    router->Add("GET", "/v1/info",
                [this](const net::HttpRequest&) { return JsonOf(InfoJson()); },
                {.is_logged = false, .lane = net::Lane::kWatch});
    router->Add("GET", "/v1/info/state",
                [](const net::HttpRequest&) { return JsonOf("\"ACTIVE\""); },
                {.is_logged = false, .lane = net::Lane::kWatch});
    if (sign_in_ != nullptr) {
      sign_in_->AddRoutes(router);
    }
    router->SetFallback("/v1", [](const net::HttpRequest& request, int status) {
      return PlainResponse(status, "Error " + std::to_string(status) + " " +
                                       std::string(net::ReasonPhrase(status)) + ": " +
                                       request.method + " " + request.raw_path);
    });
  }

 private:
  /// Who calls: what was proved, and who they say they are.
  struct Caller {
    std::string user;
    bool is_admin = true;
    bool reaches_server = false;
    std::function<Status(std::string_view)> check_may_be = nullptr;
  };
  using Handler = net::HttpResponse (Impl::*)(const net::HttpRequest&, const Caller&);

  void Add(net::Router* router, const char* method, const std::string& path,
           Handler handler, net::RouteOptions options = {}) {
    router->Add(
        method, path,
        [this, handler](const net::HttpRequest& request) {
          return ForCaller(request, handler);
        },
        options);
  }

  net::HttpResponse ForCaller(const net::HttpRequest& request, Handler handler) {
    Caller caller{.user = trino::UserOf(request)};
    if (options_.authenticator == nullptr) {
      caller.reaches_server = options_.access.ReachesServer(nullptr);
      return (this->*handler)(request, caller);
    }
    const auto principal = options_.authenticator->Authenticate(request);
    if (!principal.ok()) {
      return Refusal(request, principal.status());
    }
    if (const Status may = options_.access.CheckMayRunSql(*principal); !may.ok()) {
      return Refusal(request, may);
    }
    if (caller.user.empty()) {
      caller.user = principal->name;
    }
    if (const Status may = options_.access.CheckMayBe(*principal, caller.user);
        !may.ok()) {
      return Refusal(request, may);
    }
    caller.check_may_be = [this, principal = *principal](std::string_view user) {
      return options_.access.CheckMayBe(principal, user);
    };
    caller.reaches_server = options_.access.ReachesServer(&*principal);
    caller.is_admin = principal->is_admin;
    net::HttpResponse response = (this->*handler)(request, caller);
    response.principal = principal->name;
    return response;
  }

  net::HttpResponse Refusal(const net::HttpRequest& request, const Status& status) {
    const ErrorInfo& info = InfoOf(CodeOf(status));
    net::HttpResponse response = PlainResponse(info.http_status, status.message());
    if (info.http_status == 401) {
      response.headers.Add("WWW-Authenticate", "Basic realm=\"Trino\"");
      response.headers.Add("WWW-Authenticate", sign_in_ == nullptr
                                                   ? "Bearer realm=\"Trino\""
                                                   : sign_in_->Challenge(request));
    }
    return response;
  }

  net::HttpResponse Submit(const net::HttpRequest& request, const Caller& caller) {
    if (caller.user.empty()) {
      return Refusal(request, MakeError(ErrorCode::kUnauthenticated, "User must be set"));
    }
    if (IsBlank(request.body)) {
      return PlainResponse(400, "SQL statement is empty");
    }
    auto client = trino::ClientContextOf(request);
    if (!client.ok()) {
      return PlainResponse(400, client.status().message());
    }
    client->user = caller.user;
    client->check_may_be = caller.check_may_be;
    manager_.SetAddress(PublicUrlOf(request, options_.public_url));
    client->reaches_server = caller.reaches_server;
    client->is_admin = caller.is_admin;
    const auto query = manager_.Submit(*std::move(client), request.body);
    return Page(request, *query, 0, kFirstWait);
  }

  net::HttpResponse IsThere(const net::HttpRequest& /*request*/,
                            const Caller& /*caller*/) {
    return JsonOf("");
  }

  net::HttpResponse NextPage(const net::HttpRequest& request, const Caller& /*caller*/) {
    const auto query = FindQuery(request);
    const std::string& text = *request.PathParameter("token");
    int64_t token = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), token);
    if (query == nullptr || read.ec != std::errc() || token < 0) {
      return PlainResponse(404, "Query not found");
    }
    return Page(request, *query, token, kLongWait);
  }

  net::HttpResponse Page(const net::HttpRequest& request, Query& query, int64_t token,
                         std::chrono::milliseconds wait) {
    const bool is_crowded = ++num_waiting_ > kLongWaitersMax;
    trino::PageAnswer answer =
        query.Answer(token, {.base_url = PublicUrlOf(request, options_.public_url)},
                     is_crowded ? kShortWait : wait);
    --num_waiting_;
    if (answer.http_status != 200) {
      return PlainResponse(answer.http_status, answer.http_status == 410
                                                   ? "The page is gone"
                                                   : "Query not found");
    }
    net::HttpResponse response = JsonOf(std::move(answer.json));
    for (auto& [name, value] : answer.headers) {
      response.headers.Add(std::move(name), std::move(value));
    }
    return response;
  }

  net::HttpResponse Heartbeat(const net::HttpRequest& request, const Caller& /*caller*/) {
    const auto query = FindQuery(request);
    if (query == nullptr) {
      return PlainResponse(404, "");
    }
    query->Touch();
    return JsonOf("");
  }

  net::HttpResponse CancelPage(const net::HttpRequest& request, const Caller& caller) {
    const auto query = FindQuery(request);
    return query == nullptr ? PlainResponse(404, "Query not found")
                            : Cancelled(*query, caller);
  }

  net::HttpResponse KillQuery(const net::HttpRequest& request, const Caller& caller) {
    const auto query = manager_.Find(*request.PathParameter("id"));
    if (query == nullptr || !MaySee(caller, query->user())) {
      return PlainResponse(404, "Query not found");
    }
    return Cancelled(*query, caller);
  }

  /// Of queries and their texts.
  static bool MaySee(const Caller& caller, const std::string& user) {
    return !caller.user.empty() && (caller.is_admin || caller.user == user);
  }

  static net::HttpResponse Cancelled(Query& query, const Caller& /*caller*/) {
    query.Cancel(trino::NamedError("USER_CANCELED", "Query was canceled"));
    return {.status = 204};
  }

  net::HttpResponse ListQueries(const net::HttpRequest& request, const Caller& caller) {
    if (caller.user.empty()) {
      return Refusal(request, MakeError(ErrorCode::kUnauthenticated, "User must be set"));
    }
    auto summaries = manager_.Summaries();
    std::erase_if(summaries, [&](const trino::QuerySummary& summary) {
      return !MaySee(caller, summary.user);
    });
    return JsonOf(trino::ListingJson(summaries));
  }

  net::HttpResponse ShowQuery(const net::HttpRequest& request, const Caller& caller) {
    const auto query = manager_.Find(*request.PathParameter("id"));
    if (query == nullptr || !MaySee(caller, query->user())) {
      return PlainResponse(404, "Query not found");
    }
    return JsonOf(trino::SummaryJson(query->Summary()));
  }

  std::shared_ptr<Query> FindQuery(const net::HttpRequest& request) const {
    return manager_.Find(*request.PathParameter("id"), *request.PathParameter("slug"));
  }

  std::string InfoJson() const {
    const std::chrono::duration<double, std::ratio<60>> uptime =
        std::chrono::steady_clock::now() - started_;
    return fmt::format(
        R"({{"nodeVersion":{{"version":"{}"}},"environment":"tarn","coordinator":true,)"
        R"("starting":false,"uptime":"{:.2f}m"}})",
        kVersion, uptime.count());
  }

  const TrinoGatewayOptions options_;
  const std::unique_ptr<trino::RemoteRoute> route_;
  const std::unique_ptr<trino::ExternalSignIn> sign_in_;  // nullptr: nobody signs in
  trino::QueryManager manager_;
  const std::chrono::steady_clock::time_point started_;
  std::atomic<int> num_waiting_ = 0;
};

TrinoGateway::TrinoGateway(TrinoGatewayOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
TrinoGateway::~TrinoGateway() = default;

void TrinoGateway::AddRoutes(net::Router* router) { impl_->AddRoutes(router); }

}  // namespace tarn::gateway
