#include "tarn/gateway/api/preview_routes.h"

#include <memory>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/service/connections.h"
#include "tarn/service/work/preview.h"

namespace tarn::gateway {
namespace {

constexpr char kTag[] = "Loads";
/// Nothing is made of it: a look needs no table.
constexpr char kAnyTable[] = "preview.preview";

std::vector<JobRoute> WithPreview(std::vector<JobRoute> routes) {
  std::erase_if(routes,
                [](const JobRoute& route) { return !service::HasPreview(route.kind); });
  return routes;
}

Result<const JobRoute*> FindCall(const std::vector<JobRoute>& routes, std::string call) {
  constexpr std::string_view kApiPath = "/api/v1";
  if (call.starts_with(kApiPath)) {
    call.erase(0, kApiPath.size());
  }
  if (!call.starts_with('/')) {
    call.insert(0, 1, '/');
  }
  std::string known;
  for (const JobRoute& route : routes) {
    if (route.path == call) {
      return &route;
    }
    known += (known.empty() ? "" : ", ") + route.path;
  }
  return MakeError(ErrorCode::kInvalidArgument,
                   "A preview is of a call that brings rows: " + known + "; not " + call);
}

Result<net::HttpResponse> ShowFirstRows(const std::vector<JobRoute>& routes,
                                        service::Connections& connections,
                                        service::SharedWeb& web,
                                        const DataRequest& request) {
  const Json& body = request.body();
  ARROW_ASSIGN_OR_RAISE(const std::string call, TextMember(body, "call", "path"));
  ARROW_ASSIGN_OR_RAISE(const JobRoute* const route, FindCall(routes, call));
  const auto given = body.find("request");
  if (given == body.end() || !given->is_object()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "request is the object that POST " + route->path + " takes");
  }
  ARROW_ASSIGN_OR_RAISE(const auto rows_max,
                        IntegerMember(body, "rows", 1, service::kPreviewRowsMax));
  Json inner = *given;
  if (!inner.contains("table") && !inner.contains("table_name")) {
    inner["table"] = kAnyTable;
    inner.erase("namespace");
  }
  // Checked as the call itself does: who may read what, and all of its members.
  const DataRequest checked(request.http(), request.services(), request.principal(),
                            request.reaches_server(), std::move(inner));
  ARROW_ASSIGN_OR_RAISE(JobOrder order, route->order(checked));
  const service::ConnectionGiver giver = [&](const std::string& name,
                                             const std::string&) {
    return connections.SecretsOf(name, request.principal());
  };
  service::PreviewOrder preview{.kind = route->kind,
                                .request = std::move(order.request),
                                .secrets = std::move(order.secrets),
                                .owner = request.principal().name};
  preview.rows_max = rows_max.value_or(static_cast<int32_t>(preview.rows_max));
  ARROW_ASSIGN_OR_RAISE(Json answer,
                        service::Preview(request.services().lake, giver, web, preview));
  answer["status"] = "success";
  return ApiAnswer(answer);
}

Json PreviewAnswer() {
  return ApiObject(
      {{"columns",
        ApiList(ApiObject({{"name", ApiText("")},
                           {"type", ApiText("Of Iceberg, as a new table would have it")},
                           {"required", ApiFlag("")}}),
                "")},
       {"rows", ApiList(ApiAny("A list of values, in the order of the columns"), "")},
       {"is_whole", ApiFlag("There are no more rows")},
       {"rejects", ApiList(ApiText(""), "Why rows did not parse, the first few")},
       {"format", ApiText("")},
       {"note", ApiText("What a person should know of how it was read")}});
}

}  // namespace

std::vector<DataRoute> MakePreviewRoutes(service::Connections& connections,
                                         std::shared_ptr<service::SharedWeb> web,
                                         std::vector<JobRoute> job_routes) {
  const auto routes =
      std::make_shared<const std::vector<JobRoute>>(WithPreview(std::move(job_routes)));
  std::vector<DataRoute> made;
  made.push_back(
      {.method = "POST",
       .path = "/preview",
       .handler =
           [routes, web = std::move(web), &connections](const DataRequest& request) {
             return ShowFirstRows(*routes, connections, *web, request);
           },
       .options = {.lane = net::Lane::kLong},
       .about = {.tag = kTag,
                 .summary = "The first rows that a load would take",
                 .description = "Reads, within 30 seconds, and writes "
                                "nothing; of web pages the first one.",
                 .request = ApiObject(
                     {{"call",
                       ApiText("/load/file, /load/postgres, /scrape, "
                               "…"),
                       ApiNeed::kRequired},
                      {"request", ApiAny("The body of that call; it needs no table"),
                       ApiNeed::kRequired},
                      {"rows", ApiInteger("At most so many [50]")}}),
                 .example = {{"call", "/load/file"},
                             {"request", {{"file_path", "/data/customers.csv"}}}},
                 .answer = PreviewAnswer()}});
  made.push_back({.method = "GET",
                  .path = "/preview",
                  .handler = [routes](const DataRequest&) -> Result<net::HttpResponse> {
                    Json calls = Json::array();
                    for (const JobRoute& route : *routes) {
                      calls.push_back(route.path);
                    }
                    return ApiAnswer(
                        {{"status", "success"}, {"calls", std::move(calls)}});
                  },
                  .about = {.tag = kTag,
                            .summary = "Calls that have previews",
                            .answer = ApiObject({{"calls", ApiList(ApiText(""), "")}})}});
  return made;
}

}  // namespace tarn::gateway
