#include "tarn/gateway/api/schedule_routes.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/gateway/api/known_members.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/gateway/api/schedule_json.h"
#include "tarn/service/scheduler.h"

namespace tarn::gateway {
namespace {

using service::Schedule;
using service::Scheduler;
using service::ScheduleRules;

constexpr char kTag[] = "Schedules";
constexpr char kApiPath[] = "/api/v1";

/// What all handlers work with.
struct Parts {
  Scheduler& scheduler;
  std::vector<JobRoute> job_routes;
};
using SharedParts = std::shared_ptr<const Parts>;

Json Shown(const DataRequest& request, const Schedule& schedule) {
  Json json = ScheduleToApi(schedule, request.services().lake.clock.Now());
  json["status"] = "success";
  return json;
}

/// Of others' schedules nobody is told that they are there.
Result<Schedule> FindOwn(const Parts& parts, const DataRequest& request) {
  const std::string& name = *request.http().PathParameter("name");
  ARROW_ASSIGN_OR_RAISE(Schedule schedule, parts.scheduler.Find(name));
  if (!request.is_admin() && schedule.owner != request.principal().name) {
    return MakeError(ErrorCode::kNoSuchSchedule, "There is no such schedule: " + name);
  }
  return schedule;
}

/// "/load/file", "load/file" or "/api/v1/load/file"; or the only call of a kind. Errors:
/// kInvalidArgument.
Result<const JobRoute*> FindCall(const Parts& parts, std::string call,
                                 const std::string& kind) {
  if (call.starts_with(kApiPath)) {
    call.erase(0, std::string_view(kApiPath).size());
  }
  if (!call.empty() && !call.starts_with('/')) {
    call.insert(0, 1, '/');
  }
  std::string known;
  const JobRoute* found = nullptr;
  for (const JobRoute& route : parts.job_routes) {
    known += (known.empty() ? "" : ", ") + route.path;
    if (call.empty() ? route.kind == kind : route.path == call) {
      if (found != nullptr) {
        return MakeError(ErrorCode::kInvalidArgument,
                         "Several calls are of the kind " + kind +
                             "; name one as call: " + found->path + ", " + route.path);
      }
      found = &route;
    }
  }
  if (found == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument, "What shall be done? call is one of " +
                                                      known + "; not " +
                                                      (call.empty() ? kind : call));
  }
  return found;
}

/// The body's call and request, checked as the call itself does.
Status ReadCall(const Parts& parts, const DataRequest& request, ScheduleRules* rules) {
  const Json& body = request.body();
  ARROW_ASSIGN_OR_RAISE(const std::string call, TextMember(body, "call", "path"));
  ARROW_ASSIGN_OR_RAISE(const std::string kind, TextMember(body, "kind"));
  ARROW_ASSIGN_OR_RAISE(const JobRoute* const route, FindCall(parts, call, kind));
  const auto given = body.find("request");
  if (given == body.end() || !given->is_object()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "request is the object that POST " + route->path + " takes");
  }
  const DataRequest inner(request.http(), request.services(), request.principal(),
                          request.reaches_server(), *given);
  RETURN_NOT_OK(CheckMembers(route->path, route->about, inner.body()));
  ARROW_ASSIGN_OR_RAISE(JobOrder order, route->order(inner));
  if (!order.secrets.is_null() && !order.secrets.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A schedule keeps no passwords and keys: store them with POST "
                     "/connections, and give that name as connection in request");
  }
  rules->call = route->path;
  rules->kind = route->kind;
  rules->request = std::move(order.request);
  return Status::OK();
}

Result<net::HttpResponse> ListSchedules(const Parts& parts, const DataRequest& request) {
  const std::string owner = request.is_admin()
                                ? request.http().QueryParameter("owner").value_or("")
                                : request.principal().name;
  ARROW_ASSIGN_OR_RAISE(const auto schedules, parts.scheduler.List(owner));
  const auto now = request.services().lake.clock.Now();
  Json list = Json::array();
  for (const Schedule& schedule : schedules) {
    list.push_back(ScheduleToApi(schedule, now));
  }
  return ApiAnswer(
      {{"status", "success"}, {"count", list.size()}, {"schedules", std::move(list)}});
}

Result<net::HttpResponse> CreateSchedule(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, TextMember(request.body(), "name", "id"));
  RETURN_NOT_OK(service::CheckScheduleName(name));
  ScheduleRules rules;
  RETURN_NOT_OK(ReadScheduleRules(request.body(), &rules));
  RETURN_NOT_OK(ReadCall(parts, request, &rules));
  ARROW_ASSIGN_OR_RAISE(
      const Schedule schedule,
      parts.scheduler.Create(name, request.principal().name, request.reaches_server(),
                             std::move(rules)));
  net::HttpResponse response = ApiAnswer(Shown(request, schedule), 201);
  response.headers.Set("Location", std::string(kApiPath) + "/schedules/" + name);
  return response;
}

Result<net::HttpResponse> ShowSchedule(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Schedule schedule, FindOwn(parts, request));
  return ApiAnswer(Shown(request, schedule));
}

Result<net::HttpResponse> ChangeSchedule(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Schedule schedule, FindOwn(parts, request));
  RETURN_NOT_OK(ReadScheduleRules(request.body(), &schedule.rules));
  bool reaches_server = schedule.reaches_server;
  if (request.body().contains("request") || request.body().contains("call")) {
    RETURN_NOT_OK(ReadCall(parts, request, &schedule.rules));
    reaches_server = request.reaches_server();
  }
  ARROW_ASSIGN_OR_RAISE(
      schedule, parts.scheduler.Change(schedule.name, reaches_server, schedule.rules));
  return ApiAnswer(Shown(request, schedule));
}

Result<net::HttpResponse> RemoveSchedule(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Schedule schedule, FindOwn(parts, request));
  RETURN_NOT_OK(parts.scheduler.Remove(schedule.name));
  return ApiAnswer({{"status", "success"}, {"name", schedule.name}, {"removed", true}});
}

Result<net::HttpResponse> PauseSchedule(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Schedule schedule, FindOwn(parts, request));
  ARROW_ASSIGN_OR_RAISE(
      schedule,
      parts.scheduler.Pause(schedule.name, "Paused by " + request.principal().name));
  return ApiAnswer(Shown(request, schedule));
}

Result<net::HttpResponse> ResumeSchedule(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Schedule schedule, FindOwn(parts, request));
  ARROW_ASSIGN_OR_RAISE(schedule, parts.scheduler.Resume(schedule.name));
  return ApiAnswer(Shown(request, schedule));
}

Result<net::HttpResponse> RunSchedule(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Schedule schedule, FindOwn(parts, request));
  const auto asked_at = request.services().lake.clock.Now();
  ARROW_ASSIGN_OR_RAISE(schedule, parts.scheduler.RunNow(schedule.name));
  // What was started at once; null if it waits for the run before.
  const auto run =
      std::ranges::find_if(schedule.history, [&](const service::ScheduleRun& one) {
        return one.is_by_hand && one.due >= asked_at && !one.job_id.empty();
      });
  const bool is_started = run != schedule.history.end();
  Json json = Shown(request, schedule);
  json["job_id"] = is_started ? Json(run->job_id) : Json(nullptr);
  net::HttpResponse response = ApiAnswer(json, 202);
  if (is_started) {
    response.headers.Set("Location", JobPath(run->job_id));
  }
  return response;
}

Result<net::HttpResponse> ShowHistory(const Parts& parts, const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Schedule schedule, FindOwn(parts, request));
  Json runs = Json::array();
  for (const service::ScheduleRun& run : schedule.history) {
    runs.push_back(ScheduleRunToApi(run));
  }
  return ApiAnswer({{"status", "success"},
                    {"name", schedule.name},
                    {"count", runs.size()},
                    {"runs", std::move(runs)}});
}

Result<net::HttpResponse> PreviewSchedule(const Parts& /*parts*/,
                                          const DataRequest& request) {
  ScheduleRules rules;
  RETURN_NOT_OK(ReadScheduleRules(request.body(), &rules));
  ARROW_ASSIGN_OR_RAISE(const auto count, IntegerMember(request.body(), "count", 1, 100));
  auto at = request.services().lake.clock.Now();
  rules.timing.anchor = at;
  ARROW_ASSIGN_OR_RAISE(const auto timing, service::Timing::Make(rules.timing));
  Json next = Json::array();
  for (auto run = timing.Next(at);
       run && next.size() < static_cast<size_t>(count.value_or(5));
       run = timing.Next(*run)) {
    next.push_back(ApiTime(*run));
  }
  return ApiAnswer({{"status", "success"}, {"next_runs", std::move(next)}});
}

std::vector<ApiMember> TimingMembers() {
  return {{"cron", ApiText("minute hour day-of-month month day-of-week, six fields with "
                           "the second first, or like @daily; or every")},
          {"every", ApiText("An interval: 15m, 1h30m")},
          {"time_zone", ApiText("Of the cron expression: Europe/Berlin [UTC]")},
          {"start", ApiText("Nothing runs before: 2026-01-31T12:00:00Z")},
          {"end", ApiText("Nor after")}};
}

Json RulesSchema(ApiNeed need) {
  std::vector<ApiMember> members = TimingMembers();
  members.insert(
      members.end(),
      {{"name", ApiText("Letters, digits, '.', '_', '-'"), need},
       {"call", ApiText("What is done: /load/postgres, /sql, /maintain, …"), need},
       {"request", ApiAny("The body of that call, without passwords and keys"), need},
       {"description", ApiText("For people")},
       {"overlap", ApiChoice({"skip", "queue", "cancel"},
                             "What becomes of a run while the one before goes on")},
       {"catch_up", ApiChoice({"none", "last", "all"},
                              "What becomes of runs while no server was there")},
       {"catch_up_max", ApiInteger("Of all, the latest so many [10]")},
       {"jitter_seconds", ApiInteger("Runs are put off by up to so much [0]")},
       {"pause_after_failures",
        ApiInteger("So many failures one after the other pause it [0: never]")}});
  return ApiObject(std::move(members));
}

Json ScheduleSchema() {
  return ApiObject({{"name", ApiText("")},
                    {"state", ApiChoice({"active", "paused", "ended"}, "")},
                    {"next_runs", ApiList(ApiText(""), "When it runs next")},
                    {"last_run", ApiAny("due_at, outcome, job_id, message")},
                    {"current_job_id", ApiAny("Of the run under way, or null")},
                    {"failures_in_a_row", ApiInteger("")}});
}

using Handler = Result<net::HttpResponse> (*)(const Parts&, const DataRequest&);

}  // namespace

std::vector<DataRoute> MakeScheduleRoutes(Scheduler& scheduler,
                                          std::vector<JobRoute> job_routes) {
  const SharedParts parts =
      std::make_shared<const Parts>(Parts{scheduler, std::move(job_routes)});
  std::vector<DataRoute> routes;
  const auto add = [&](const char* method, const char* path, Handler handler,
                       ApiOperation about) {
    about.tag = kTag;
    routes.push_back(
        {.method = method,
         .path = path,
         .handler = [parts, handler](
                        const DataRequest& request) { return handler(*parts, request); },
         .about = std::move(about)});
  };
  const Json one = ScheduleSchema();
  add("GET", "/schedules", &ListSchedules,
      {.summary = "Schedules, by name",
       .answer = ApiObject({{"schedules", ApiList(one, "")}, {"count", ApiInteger("")}}),
       .queries = {{"owner", ApiText("Only those of this principal")}}});
  add("POST", "/schedules", &CreateSchedule,
      {.summary = "Do a call again and again",
       .request = RulesSchema(ApiNeed::kRequired),
       .example = {{"name", "nightly-orders"},
                   {"cron", "30 2 * * *"},
                   {"time_zone", "Europe/Berlin"},
                   {"call", "/sql"},
                   {"request",
                    {{"statements",
                      "CALL iceberg.system.expire_snapshots("
                      "'sales.orders')"}}}},
       .answer = one});
  add("POST", "/schedules/preview", &PreviewSchedule,
      {.summary = "When it would run",
       .request = ApiObject(TimingMembers()),
       .answer = ApiObject({{"next_runs", ApiList(ApiText(""), "")}})});
  add("GET", "/schedules/{name}", &ShowSchedule,
      {.summary = "One schedule", .answer = one});
  add("PUT", "/schedules/{name}", &ChangeSchedule,
      {.summary = "Change a schedule; what is left out stays",
       .request = RulesSchema(ApiNeed::kOptional),
       .answer = one});
  add("DELETE", "/schedules/{name}", &RemoveSchedule,
      {.summary = "Remove a schedule; a run under way goes on"});
  add("POST", "/schedules/{name}/pause", &PauseSchedule,
      {.summary = "Run it no more for now", .answer = one});
  add("POST", "/schedules/{name}/resume", &ResumeSchedule,
      {.summary = "Run it again; what was due meanwhile is left out", .answer = one});
  add("POST", "/schedules/{name}/run", &RunSchedule,
      {.summary = "Run it now, or when the run before has ended", .answer = one});
  add("GET", "/schedules/{name}/history", &ShowHistory,
      {.summary = "Its last runs, the newest first",
       .answer = ApiObject({{"runs", ApiList(ApiAny("due_at, at, job_id, outcome, "
                                                    "message, by_hand"),
                                             "")}})});
  return routes;
}

}  // namespace tarn::gateway
