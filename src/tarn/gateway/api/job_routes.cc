#include "tarn/gateway/api/job_routes.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/gateway/api/api_response.h"

namespace tarn::gateway {
namespace {

using service::JobRecord;

constexpr size_t kPageSize = 100;  // where the client does not say
constexpr size_t kPageSizeMax = 1'000;
constexpr char kTag[] = "Jobs";

Json ShownJob(const DataRequest& request, const JobView& view, const JobRecord& job) {
  return view.Show(job, request.services().lake.clock.Now());
}

/// Of others' jobs nobody is told that they are there.
Result<JobRecord> FindOwn(const DataRequest& request) {
  const std::string& id = *request.http().PathParameter("id");
  ARROW_ASSIGN_OR_RAISE(auto job, request.services().jobs.Find(id));
  if (!job || (!request.is_admin() && job->owner != request.principal().name)) {
    return MakeError(ErrorCode::kNoSuchJob, "There is no such job: " + id);
  }
  return *std::move(job);
}

Result<size_t> LimitOf(const net::HttpRequest& http) {
  const auto text = http.QueryParameter("limit");
  if (!text) {
    return kPageSize;
  }
  size_t limit = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() ||
      limit == 0 || limit > kPageSizeMax) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("limit must be a number from 1 to {}, got: {}", kPageSizeMax, *text));
  }
  return limit;
}

/// Whose jobs are shown; empty: everybody's. Errors: kForbidden.
Result<std::string> OwnerOf(const DataRequest& request) {
  const std::string owner = request.http().QueryParameter("owner").value_or("");
  if (request.is_admin()) {
    return owner;
  }
  if (!owner.empty() && owner != request.principal().name) {
    return MakeError(ErrorCode::kForbidden,
                     "Only administrators see the jobs of others: " + owner);
  }
  return request.principal().name;
}

/// A page of those of `kind`; `*before` is where the next one begins, empty at the end.
Result<std::vector<JobRecord>> PageOfKind(service::JobManager& jobs,
                                          service::JobQuery query,
                                          const std::string& kind, std::string* next) {
  constexpr int kPagesMax = 50;  // looked through for one answer
  std::vector<JobRecord> found;
  next->clear();
  for (int i = 0; i < kPagesMax; ++i) {
    ARROW_ASSIGN_OR_RAISE(auto page, jobs.List(query));
    for (JobRecord& job : page) {
      query.before = job.id;
      if (kind.empty() || job.kind == kind) {
        found.push_back(std::move(job));
        if (found.size() == query.limit) {
          *next = query.before;
          return found;
        }
      }
    }
    if (page.size() < query.limit) {
      return found;
    }
  }
  *next = query.before;
  return found;
}

Result<net::HttpResponse> ListJobs(const DataRequest& request, const JobView& view) {
  const net::HttpRequest& http = request.http();
  service::JobQuery query{.before = http.QueryParameter("before").value_or("")};
  ARROW_ASSIGN_OR_RAISE(query.limit, LimitOf(http));
  ARROW_ASSIGN_OR_RAISE(query.owner, OwnerOf(request));
  if (const auto state = http.QueryParameter("state"); state && !state->empty()) {
    ARROW_ASSIGN_OR_RAISE(query.state, service::JobStateFromName(*state));
  }
  const std::string kind = http.QueryParameter("kind").value_or("");
  std::string next;
  service::JobManager& jobs = request.services().jobs;
  ARROW_ASSIGN_OR_RAISE(const auto page, PageOfKind(jobs, query, kind, &next));
  Json shown = Json::array();
  for (const JobRecord& job : page) {
    shown.push_back(ShownJob(request, view, job));
  }
  const auto counts = jobs.counts();
  return ApiAnswer({{"status", "success"},
                    {"count", shown.size()},
                    {"jobs", std::move(shown)},
                    {"next_before", next.empty() ? Json(nullptr) : Json(next)},
                    {"running", counts.running},
                    {"queued", counts.queued}});
}

Result<net::HttpResponse> ShowJob(const DataRequest& request, const JobView& view) {
  ARROW_ASSIGN_OR_RAISE(const JobRecord job, FindOwn(request));
  return ApiAnswer(ShownJob(request, view, job));
}

Result<net::HttpResponse> CancelJob(const DataRequest& request, const JobView& view) {
  ARROW_ASSIGN_OR_RAISE(JobRecord job, FindOwn(request));
  ARROW_ASSIGN_OR_RAISE(job, request.services().jobs.Cancel(job.id));
  return ApiAnswer(ShownJob(request, view, job),
                   service::HasEnded(job.state) ? 200 : 202);
}

Result<net::HttpResponse> RetryJob(const DataRequest& request, const JobView& view) {
  ARROW_ASSIGN_OR_RAISE(JobRecord job, FindOwn(request));
  if (job.reaches_server && !request.reaches_server()) {
    return MakeError(ErrorCode::kForbidden,
                     "The job was asked for by somebody who could reach the server's "
                     "files and network, which you cannot: ask an administrator");
  }
  Json secrets = request.body().empty() ? Json(nullptr) : request.body();
  ARROW_ASSIGN_OR_RAISE(job, request.services().jobs.Retry(job.id, std::move(secrets)));
  net::HttpResponse response = ApiAnswer(ShownJob(request, view, job), 202);
  response.headers.Set("Location", JobPath(job.id));
  return response;
}

std::string LastEventOf(const net::HttpRequest& http) {
  const std::string* id = http.headers.Find("Last-Event-ID");
  return id != nullptr ? *id : http.QueryParameter("last_event_id").value_or("");
}

/// As DescribeDataApi() has it.
Json JobSchema() { return {{"$ref", "#/components/schemas/Job"}}; }

ApiOperation AboutList() {
  return {.tag = kTag,
          .summary = "Jobs, the newest first",
          .description = "Principals see their own jobs, administrators all.",
          .answer = ApiObject(
              {{"jobs", ApiList(JobSchema(), "The page")},
               {"count", ApiInteger("Of the page")},
               {"next_before", ApiAny("before of the next page; null after the last")},
               {"running", ApiInteger("Of this server")},
               {"queued", ApiInteger("Of this server")}}),
          .queries = {{"state", ApiText("Only those of this state")},
                      {"owner", ApiText("Only those of this principal")},
                      {"kind", ApiText("Only those of this kind")},
                      {"limit", ApiInteger("At most so many, up to 1000")},
                      {"before", ApiText("Only jobs older than this id")}}};
}

std::vector<DataRoute> EventRoutes(const std::shared_ptr<JobEvents>& events) {
  const net::RouteOptions watch{.lane = net::Lane::kEvents};
  const auto of_job = [events](const DataRequest& request) -> Result<net::HttpResponse> {
    ARROW_ASSIGN_OR_RAISE(const JobRecord job, FindOwn(request));
    return events->OfJob(job, LastEventOf(request.http()));
  };
  const auto of_all = [events](const DataRequest& request) -> Result<net::HttpResponse> {
    ARROW_ASSIGN_OR_RAISE(const std::string owner, OwnerOf(request));
    return events->OfAll(owner, LastEventOf(request.http()));
  };
  return {{.method = "GET",
           .path = "/jobs/{id}/events",
           .handler = of_job,
           .options = watch,
           .about = {.tag = kTag,
                     .summary = "A job as server-sent events, until it ends",
                     .description = "Events are progress and ended; data is the job. "
                                    "Last-Event-ID is respected."}},
          {.method = "GET",
           .path = "/jobs/events",
           .handler = of_all,
           .options = watch,
           .about = {.tag = kTag,
                     .summary = "All jobs as server-sent events",
                     .queries = {{"owner", ApiText("Only this principal's")}}}}};
}

}  // namespace

std::vector<DataRoute> MakeJobRoutes(const std::shared_ptr<JobEvents>& events,
                                     const std::shared_ptr<const JobView>& view) {
  const auto with_view = [view](auto handler) {
    return
        [view, handler](const DataRequest& request) { return handler(request, *view); };
  };
  std::vector<DataRoute> routes = {
      {.method = "GET",
       .path = "/jobs",
       .handler = with_view(&ListJobs),
       .about = AboutList()},
      {.method = "GET",
       .path = "/jobs/{id}",
       .handler = with_view(&ShowJob),
       .about = {.tag = kTag,
                 .summary = "One job: state, rows, bytes, rate, time left, error, result",
                 .answer = JobSchema()}},
      {.method = "POST",
       .path = "/jobs/{id}/cancel",
       .handler = with_view(&CancelJob),
       .about = {.tag = kTag,
                 .summary = "Cancel a job",
                 .description = "A job that waits ends at once (200), one that runs soon "
                                "after (202). Nothing for one that has ended.",
                 .answer = JobSchema()}},
      {.method = "DELETE",
       .path = "/jobs/{id}",
       .handler = with_view(&CancelJob),
       .about = {.tag = kTag,
                 .summary = "Cancel a job, as POST /jobs/{id}/cancel",
                 .answer = JobSchema()}},
      {.method = "POST",
       .path = "/jobs/{id}/retry",
       .handler = with_view(&RetryJob),
       .about =
           {.tag = kTag,
            .summary = "Do the same again, as a new job",
            .description =
                "Of a job that has ended. Passwords and keys are not kept: where the "
                "request had some, `secrets` of the job names them, and the body "
                "brings them anew.",
            .request =
                ApiObject({{"password", ApiText("As in the request that is done again")},
                           {"access_key", ApiText("The same")},
                           {"secret_key", ApiText("The same")},
                           {"session_token", ApiText("The same")},
                           {"account_key", ApiText("The same")},
                           {"sas_token", ApiText("The same")},
                           {"gcs_token", ApiText("The same")},
                           {"url", ApiText("The same")},
                           {"source_token", ApiText("The same")},
                           {"source_credential", ApiText("The same")},
                           {"headers", ApiAny("The same, an object")},
                           {"login", ApiAny("The same, an object")},
                           {"secret_params", ApiAny("The same, an object")}}),
            .answer = JobSchema()}},
  };
  std::ranges::move(EventRoutes(events), std::back_inserter(routes));
  return routes;
}

}  // namespace tarn::gateway
