// Scans planned by the server: submit, fetch, cancel, and the tasks of large ones.
#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/iceberg_rest/internal/client_scan.h"
#include "tarn/gateway/iceberg_rest/internal/scan_tasks_json.h"
#include "tarn/gateway/iceberg_rest/plan_store.h"
#include "tarn/gateway/iceberg_rest/rest_response.h"
#include "tarn/gateway/iceberg_rest/routes.h"
#include "tarn/gateway/iceberg_rest/table_access.h"

namespace tarn::gateway {
namespace {

using internal::PinnedScan;
using internal::PlannedScan;

/// Files in one answer. Clients fetch the others in parallel.
constexpr size_t kTasksPerPage = 1000;
/// How long a poll, or a task, waits for a plan that is being made.
constexpr std::chrono::milliseconds kPollWait(1'000);

Status NoSuchTask(const std::string& task) {
  return MakeError(ErrorCode::kNoSuchPlanTask,
                   "Plan task does not exist (any more): " + task);
}

Result<PlanStore*> PlansOf(const RestRequest& request) {
  PlanStore* plans = request.services().plans;
  return plans != nullptr
             ? Result<PlanStore*>(plans)
             : MakeError(ErrorCode::kNotSupported, "This server does not plan scans");
}

Result<PlanOwner> OwnerOf(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(iceberg::TableIdent ident, request.PathIdent());
  return PlanOwner{.catalog = request.catalog().name(),
                   .table = std::move(ident),
                   .principal = request.principal().name};
}

/// What the context refers to outlives the server, and so the plan.
PlanStore::Planner PlannerOf(const table::Context& context, PinnedScan scan) {
  return [context, scan = std::move(scan)](std::stop_token stop) {
    return internal::PlanClientScan(context, scan, std::move(stop));
  };
}

size_t PagesOf(const PlannedScan& planned) {
  const size_t tasks = planned.plan.tasks.size();
  return std::max<size_t>(1, (tasks + kTasksPerPage - 1) / kTasksPerPage);
}

std::string PageJson(const PlannedScan& planned, size_t page) {
  return internal::ScanTasksJson(planned, page * kTasksPerPage,
                                 (page + 1) * kTasksPerPage);
}

std::string TaskName(const std::string& id, size_t page) {
  return id + "." + std::to_string(page);
}

struct TaskParts {
  std::string id;
  size_t page = 0;
};

Result<TaskParts> PartsOf(const std::string& task) {
  const size_t point = task.rfind('.');
  TaskParts parts;
  if (point == std::string::npos) {
    return NoSuchTask(task);
  }
  parts.id = task.substr(0, point);
  const char* end = task.data() + task.size();
  const auto [read, error] = std::from_chars(task.data() + point + 1, end, parts.page);
  return error == std::errc() && read == end ? Result<TaskParts>(parts)
                                             : NoSuchTask(task);
}

/// The first page is in the answer itself; tasks stand for the others.
std::string CompletedJson(const PlanStore::Plan& plan, const std::string& credentials) {
  std::string body =
      R"({"status":"completed","plan-id":")" + plan.id + "\"," + credentials;
  const size_t pages = PagesOf(*plan.result);
  if (pages > 1) {
    body += "\"plan-tasks\":[";
    for (size_t page = 1; page < pages; ++page) {
      body += "\"" + TaskName(plan.id, page) + "\",";
    }
    body.back() = ']';
    body += ",";
  }
  return body + PageJson(*plan.result, 0) + "}";
}

/// The files of a plan come with what opens them, if the client asks for it.
net::HttpResponse Completed(const RestRequest& request, const PlanStore::Plan& plan,
                            const catalog::LoadedTable& table) {
  const std::string credentials =
      PlanCredentialsOf(request, table.ident, *table.metadata);
  net::HttpResponse response = JsonResponse(200, CompletedJson(plan, credentials));
  if (!credentials.empty()) {
    response.headers.Set("Cache-Control", "no-store");
  }
  return response;
}

Result<net::HttpResponse> PlanResponse(const RestRequest& request, PlanStore& plans,
                                       const PlanStore::Plan& plan,
                                       const catalog::LoadedTable& table) {
  switch (plan.state) {
    case PlanStore::State::kCompleted:
      if (PagesOf(*plan.result) > 1) {
        ARROW_RETURN_NOT_OK(plans.Share(plan.id));
      } else {
        plans.Release(plan.id);
      }
      return Completed(request, plan, table);
    case PlanStore::State::kPlanning:
      ARROW_RETURN_NOT_OK(plans.Share(plan.id));
      return JsonResponse(200, Json{{"status", "submitted"}, {"plan-id", plan.id}});
    case PlanStore::State::kCancelled:
      return JsonResponse(200, Json{{"status", "cancelled"}});
    case PlanStore::State::kFailed:
      break;
  }
  net::HttpResponse error = ErrorResponse(plan.failure);
  const Result<Json> body = ParseJson(error.body, "error");
  Json failed = body.ok() ? *body : Json::object();
  failed["status"] = "failed";
  return JsonResponse(200, failed);
}

Result<net::HttpResponse> Submit(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(PlanStore * plans, PlansOf(request));
  ARROW_ASSIGN_OR_RAISE(const PlanOwner owner, OwnerOf(request));
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  ARROW_ASSIGN_OR_RAISE(auto wanted, internal::ClientScanRequestFromJson(body));
  ARROW_ASSIGN_OR_RAISE(const catalog::LoadedTable table,
                        request.catalog().LoadTable(owner.table));
  ARROW_ASSIGN_OR_RAISE(PinnedScan scan,
                        internal::PinScan(table.metadata, std::move(wanted)));
  Json record = internal::PinnedScanToJson(scan);
  ARROW_ASSIGN_OR_RAISE(const PlanStore::Plan plan,
                        plans->Begin(owner, std::move(record),
                                     PlannerOf(request.context(), std::move(scan))));
  if (plan.state == PlanStore::State::kFailed) {
    return plan.failure;  // as an error at once, which every client understands
  }
  return PlanResponse(request, *plans, plan, table);
}

struct Resumed {
  PlanStore::Plan plan;
  catalog::LoadedTable table;
};

/// The plan as it is now; one whose result is not here is made from the table as it is
/// now, which must still have the snapshot.
Result<Resumed> Resume(const RestRequest& request, PlanStore& plans,
                       const std::string& id, std::chrono::milliseconds wait) {
  ARROW_ASSIGN_OR_RAISE(const PlanOwner owner, OwnerOf(request));
  ARROW_ASSIGN_OR_RAISE(const Json record, plans.RequestOf(owner, id));
  Resumed resumed;
  ARROW_ASSIGN_OR_RAISE(resumed.table, request.catalog().LoadTable(owner.table));
  ARROW_ASSIGN_OR_RAISE(PinnedScan scan,
                        internal::PinnedScanFromJson(record, resumed.table.metadata));
  ARROW_ASSIGN_OR_RAISE(
      resumed.plan,
      plans.Continue(owner, id, PlannerOf(request.context(), std::move(scan)), wait));
  return resumed;
}

Result<net::HttpResponse> Fetch(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(PlanStore * plans, PlansOf(request));
  const std::string& id = *request.http().PathParameter("plan-id");
  ARROW_ASSIGN_OR_RAISE(const Resumed resumed, Resume(request, *plans, id, kPollWait));
  return PlanResponse(request, *plans, resumed.plan, resumed.table);
}

Result<net::HttpResponse> Cancel(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(PlanStore * plans, PlansOf(request));
  ARROW_ASSIGN_OR_RAISE(const PlanOwner owner, OwnerOf(request));
  ARROW_RETURN_NOT_OK(plans->Cancel(owner, *request.http().PathParameter("plan-id")));
  return NoContent();
}

Result<net::HttpResponse> Tasks(const RestRequest& request) {
  ARROW_ASSIGN_OR_RAISE(PlanStore * plans, PlansOf(request));
  ARROW_ASSIGN_OR_RAISE(const Json body, request.Body());
  const auto task = body.find("plan-task");
  if (task == body.end() || !task->is_string()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The request needs a string \"plan-task\"");
  }
  const auto& name = task->get_ref<const std::string&>();
  ARROW_ASSIGN_OR_RAISE(const TaskParts parts, PartsOf(name));
  const Result<Resumed> resumed =
      Resume(request, *plans, parts.id, plans->options().wait_max);
  if (!resumed.ok() && CodeOf(resumed.status()) == ErrorCode::kNoSuchPlan) {
    return NoSuchTask(name);
  }
  ARROW_RETURN_NOT_OK(resumed.status());
  const PlanStore::Plan& plan = resumed->plan;
  switch (plan.state) {
    case PlanStore::State::kPlanning:
      return MakeError(ErrorCode::kUnavailable,
                       "The plan is being made again; ask for the task again");
    case PlanStore::State::kCancelled:
      return NoSuchTask(name);
    case PlanStore::State::kFailed:
      return plan.failure;
    case PlanStore::State::kCompleted:
      break;
  }
  if (parts.page == 0 || parts.page >= PagesOf(*plan.result)) {
    return NoSuchTask(name);
  }
  return JsonResponse(200, "{" + PageJson(*plan.result, parts.page) + "}");
}

}  // namespace

std::vector<RestRoute> PlanRoutes() {
  constexpr net::Lane kLane = net::Lane::kLong;  // they wait for the plan
  return {{"POST", "/namespaces/{namespace}/tables/{table}/plan", &Submit, kLane},
          {"GET", "/namespaces/{namespace}/tables/{table}/plan/{plan-id}", &Fetch, kLane},
          {"DELETE", "/namespaces/{namespace}/tables/{table}/plan/{plan-id}", &Cancel},
          {"POST", "/namespaces/{namespace}/tables/{table}/tasks", &Tasks, kLane}};
}

}  // namespace tarn::gateway
