#include "tarn/gateway/api/data_api.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/gateway/api/api_description.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/job_events.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/gateway/api/job_routes.h"
#include "tarn/gateway/api/json_dialect.h"
#include "tarn/gateway/api/known_members.h"
#include "tarn/gateway/api/lake_table_routes.h"
#include "tarn/governance/authenticator.h"

namespace tarn::gateway {
namespace {

using service::JobRecord;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr char kPath[] = "/api/v1";
/// How often a call that waits looks whether the server is about to end.
constexpr milliseconds kWaitSlice(500);

bool HoldsWord(const std::string& text, std::string_view word) {
  return text.find(word) != std::string::npos;
}

/// A body that says it is JSON: what a page of another origin may send without asking
/// the server first cannot say so.
bool IsJsonBody(const net::HttpRequest& http) {
  if (http.body.empty()) {
    return true;
  }
  const std::string* type = http.headers.Find("Content-Type");
  return type != nullptr &&
         (HoldsWord(*type, "application/json") || HoldsWord(*type, "+json"));
}

/// Browsers say where a request comes from; only pages of this server may change things.
bool IsOfAnotherSite(const net::HttpRequest& http) {
  const std::string* site = http.headers.Find("Sec-Fetch-Site");
  return site != nullptr && *site == "cross-site" && http.method != "GET" &&
         http.method != "HEAD";
}

/// RFC 7240: "respond-async, wait=10".
struct Preference {
  bool is_async = false;
  milliseconds wait_max{0};
};

Result<Preference> PreferenceOf(const net::HttpRequest& http, Json* body,
                                milliseconds wait_max) {
  Preference preference{.is_async = false, .wait_max = wait_max};
  if (const std::string* prefer = http.headers.Find("Prefer")) {
    preference.is_async = HoldsWord(*prefer, "respond-async");
    if (const size_t at = prefer->find("wait="); at != std::string::npos) {
      int64_t seconds = 0;
      const char* begin = prefer->data() + at + 5;
      const auto parsed =
          std::from_chars(begin, prefer->data() + prefer->size(), seconds);
      if (parsed.ec == std::errc() && seconds >= 0) {
        const auto wished = std::chrono::seconds(std::min<int64_t>(seconds, 86'400));
        preference.wait_max = std::min<milliseconds>(wait_max, wished);
        preference.is_async = false;  // it waits a little
      }
    }
  }
  const auto given = body->find("async");
  if (given != body->end()) {
    if (!given->is_boolean()) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "async must be true or false: " + DumpJson(*given));
    }
    preference.is_async = given->get<bool>();
    body->erase(given);
  }
  return preference;
}

}  // namespace

class DataApi::Impl {
 public:
  explicit Impl(DataApiOptions options)
      : options_(std::move(options)),
        view_(std::make_shared<const JobView>(options_.job_routes)),
        events_(std::make_shared<JobEvents>(
            JobEventsOptions{.jobs = options_.services.jobs,
                             .view = view_,
                             .clock = options_.services.lake.clock,
                             .watchers_max = options_.watchers_max})) {
    for (auto routes : {MakeJobRoutes(events_, view_), MakeLakeTableRoutes()}) {
      std::ranges::move(routes, std::back_inserter(options_.routes));
    }
  }

  void AddRoutes(net::Router* router) {
    for (const DataRoute& route : options_.routes) {
      router->Add(
          route.method, kPath + route.path,
          [this, &route](const net::HttpRequest& http) {
            return Answer(http, route.body, [&](const DataRequest& request) {
              return route.handler(request);
            });
          },
          route.options);
    }
    for (const JobRoute& route : options_.job_routes) {
      router->Add(
          "POST", kPath + route.path,
          [this, &route](const net::HttpRequest& http) { return Do(route, http); },
          {.lane = net::Lane::kJob});
    }
    router->SetFallback(kPath, &ApiRefusal);
  }

  Json Describe(Json document) const {
    return DescribeDataApi(std::move(document), options_.routes, options_.job_routes);
  }

  void Drain(milliseconds grace) {
    events_->Stop();
    waits_until_ = (Steady::now() + grace).time_since_epoch().count();
  }

 private:
  Result<governance::Principal> PrincipalOf(const net::HttpRequest& http) const {
    if (options_.authenticator == nullptr) {
      return governance::AnonymousPrincipal();
    }
    return options_.authenticator->Authenticate(http);
  }

  /// `call` takes a DataRequest.
  template <typename Call>
  net::HttpResponse Answer(const net::HttpRequest& http, RequestBody kind,
                           const Call& call) const {
    const Result<governance::Principal> principal = PrincipalOf(http);
    if (!principal.ok()) {
      return ApiError(principal.status(), http);
    }
    if (IsOfAnotherSite(http)) {
      return ApiError(MakeError(ErrorCode::kForbidden,
                                "Pages of other sites may not change anything here"),
                      http);
    }
    Json body = Json::object();
    if (kind == RequestBody::kJson) {
      if (!IsJsonBody(http)) {
        return ApiRefusal(http, 415);
      }
      Result<Json> parsed = ParseApiBody(http.body);
      if (!parsed.ok()) {
        return ApiError(parsed.status(), http);
      }
      body = *std::move(parsed);
    }
    const bool reaches_server = options_.services.access.ReachesServer(
        options_.authenticator == nullptr ? nullptr : &*principal);
    const DataRequest request(http, options_.services, *principal, reaches_server,
                              std::move(body));
    Result<net::HttpResponse> answered = call(request);
    net::HttpResponse response =
        answered.ok() ? *std::move(answered) : ApiError(answered.status(), http);
    response.principal = principal->name;
    return response;
  }

  net::HttpResponse Do(const JobRoute& route, const net::HttpRequest& http) const {
    return Answer(http, RequestBody::kJson,
                  [&](const DataRequest& given) { return DoFor(route, given); });
  }

  Result<net::HttpResponse> DoFor(const JobRoute& route, const DataRequest& given) const {
    Json body = given.body();
    ARROW_ASSIGN_OR_RAISE(const Preference preference,
                          PreferenceOf(given.http(), &body, options_.wait_max));
    const DataRequest request(given.http(), options_.services, given.principal(),
                              given.reaches_server(), std::move(body));
    RETURN_NOT_OK(CheckMembers(route.path, route.about, request.body()));
    if (route.stream) {
      ARROW_ASSIGN_OR_RAISE(auto streamed, route.stream(request));
      if (streamed) {
        return *std::move(streamed);
      }
    }
    ARROW_ASSIGN_OR_RAISE(JobOrder order, route.order(request));
    service::JobManager& jobs = options_.services.jobs;
    ARROW_ASSIGN_OR_RAISE(JobRecord job,
                          jobs.Submit({.kind = route.kind,
                                       .owner = request.principal().name,
                                       .request = std::move(order.request),
                                       .secrets = std::move(order.secrets),
                                       .reaches_server = request.reaches_server(),
                                       .call = route.path,
                                       .request_id = request.http().request_id}));
    if (!preference.is_async) {
      ARROW_ASSIGN_OR_RAISE(job, WaitFor(job, preference.wait_max));
    }
    return Outcome(job, request.http());
  }

  /// Until it has ended, `wait_max` is over, or the server ends.
  Result<JobRecord> WaitFor(JobRecord job, milliseconds wait_max) const {
    const auto until = Steady::now() + wait_max;
    while (!service::HasEnded(job.state)) {
      const auto now = Steady::now();
      const Steady::time_point ends{Steady::duration(waits_until_.load())};
      if (now >= until || now >= ends) {
        break;
      }
      const auto left =
          std::chrono::duration_cast<milliseconds>(std::min(until, ends) - now);
      ARROW_ASSIGN_OR_RAISE(
          job, options_.services.jobs.Wait(job.id,
                                           std::min(left + milliseconds(1), kWaitSlice)));
    }
    return job;
  }

  net::HttpResponse Outcome(const JobRecord& job, const net::HttpRequest& http) const {
    if (!service::HasEnded(job.state)) {
      net::HttpResponse accepted =
          ApiAnswer(view_->Show(job, options_.services.lake.clock.Now()), 202);
      accepted.headers.Set("Location", JobPath(job.id));
      return accepted;
    }
    if (job.state == service::JobState::kSucceeded) {
      return ApiAnswer(view_->Result(job));
    }
    net::HttpResponse response = ApiError(StatusOf(job), http);
    response.body = DumpJson(JobErrorToApi(job));
    return response;
  }

  DataApiOptions options_;
  const std::shared_ptr<const JobView> view_;
  const std::shared_ptr<JobEvents> events_;
  /// Of the steady clock: calls stop waiting then.
  std::atomic<Steady::rep> waits_until_ =
      Steady::time_point::max().time_since_epoch().count();
};

DataApi::DataApi(DataApiOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
DataApi::~DataApi() = default;

void DataApi::AddRoutes(net::Router* router) { impl_->AddRoutes(router); }
Json DataApi::Describe(Json document) const {
  return impl_->Describe(std::move(document));
}
void DataApi::Drain(milliseconds grace) { impl_->Drain(grace); }

}  // namespace tarn::gateway
