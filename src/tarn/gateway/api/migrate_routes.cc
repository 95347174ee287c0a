#include "tarn/gateway/api/migrate_routes.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/service/migration/migration_record.h"
#include "tarn/service/migration/migration_report.h"
#include "tarn/service/work/migrate_work.h"

namespace tarn::gateway {
namespace {

constexpr char kTag[] = "Migrations";
constexpr size_t kPageSize = 100;
constexpr size_t kPageSizeMax = 1'000;

bool HasAny(const Json& body, std::initializer_list<const char*> names) {
  return std::ranges::any_of(names, [&](const char* name) {
    const auto found = body.find(name);
    return found != body.end() && !found->is_null();
  });
}

/// Places other than warehouses are other servers', asked with this server's word.
Status CheckPlaces(const DataRequest& request, const Json& body) {
  const std::vector<service::LakeWarehouse>& own = request.services().lake.warehouses;
  for (const char* member :
       {"warehouse", "source_warehouse", "dest_warehouse", "destination_warehouse"}) {
    const auto found = body.find(member);
    const bool is_named = found != body.end() && found->is_string();
    const std::string name = is_named ? found->get<std::string>() : std::string();
    const bool is_own =
        name.empty() ||
        std::ranges::find(own, name, &service::LakeWarehouse::name) != own.end();
    if (!is_own) {
      RETURN_NOT_OK(request.services().access.CheckMayRunSql(request.principal()));
    }
  }
  if (HasAny(body, {"transform", "where", "columns"})) {
    RETURN_NOT_OK(request.services().access.CheckMayRunSql(request.principal()));
  }
  if (HasAny(body, {"source_uri"}) && !request.reaches_server()) {
    return MakeError(ErrorCode::kForbidden,
                     "Only who may reach the server's network names a source by its "
                     "URI; others name a catalog of the settings");
  }
  return Status::OK();
}

/// "place:ns.table" in the place of members of their own.
Status CheckNames(const Json& body) {
  for (const char* member : {"source", "destination"}) {
    const auto found = body.find(member);
    if (found != body.end() && found->is_string() &&
        found->get_ref<const std::string&>().find(':') != std::string::npos) {
      return MakeError(ErrorCode::kInvalidArgument,
                       std::string("Name the warehouse of ") + member +
                           " in source_warehouse or dest_warehouse");
    }
  }
  return Status::OK();
}

Result<JobOrder> Order(const DataRequest& request, const std::string& kind) {
  JobOrder order;
  order.request = request.body();
  Json secrets = Json::object();
  for (const char* name : {"source_token", "source_credential"}) {
    if (order.request.contains(name)) {
      secrets[name] = order.request[name];
      order.request.erase(name);
    }
  }
  if (!secrets.empty()) {
    order.secrets = std::move(secrets);
  }
  if (HasAny(order.request, {"source_uri"}) &&
      !HasAny(order.request, {"source_warehouse"})) {
    order.request["source_warehouse"] = "remote";
  }
  RETURN_NOT_OK(CheckNames(order.request));
  RETURN_NOT_OK(CheckPlaces(request, order.request));
  for (const char* list : {"tables", "migrations"}) {
    if (order.request.contains(list) && order.request[list].is_array()) {
      for (const Json& element : order.request[list]) {
        if (element.is_object()) {
          RETURN_NOT_OK(CheckNames(element));
          RETURN_NOT_OK(CheckPlaces(request, element));
        }
      }
    }
  }
  RETURN_NOT_OK(service::CheckMigrationRequest(order.request, kind));
  order.request["reaches_server"] = request.reaches_server();
  return order;
}

Result<size_t> LimitOf(const net::HttpRequest& http) {
  const auto text = http.QueryParameter("limit");
  size_t limit = kPageSize;
  if (text) {
    const char* const end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, limit);
    if (parsed.ec != std::errc() || parsed.ptr != end || limit == 0 ||
        limit > kPageSizeMax) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "limit must be a number from 1 to 1000, got: " + *text);
    }
  }
  return limit;
}

Result<net::HttpResponse> ListMigrations(const DataRequest& request,
                                         service::MigrationRecords& records) {
  const net::HttpRequest& http = request.http();
  ARROW_ASSIGN_OR_RAISE(const size_t limit, LimitOf(http));
  ARROW_ASSIGN_OR_RAISE(
      std::vector<Json> page,
      records.List(request.is_admin() ? std::string() : request.principal().name,
                   http.QueryParameter("before").value_or(""), limit));
  Json shown = Json::array();
  for (Json& record : page) {
    record.erase("tables");
    shown.push_back(std::move(record));
  }
  Json next = page.size() == limit ? shown.back()["migration_id"] : Json(nullptr);
  return ApiAnswer({{"status", "success"},
                    {"count", shown.size()},
                    {"migrations", std::move(shown)},
                    {"next_before", std::move(next)}});
}

/// Of one that runs, or that failed before it began, what its job says.
Result<Json> FromJob(const DataRequest& request, const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(const auto job, request.services().jobs.Find(id));
  const bool is_migration =
      job && (job->kind == service::kMigrateJob || job->kind == service::kMigrateBulkJob);
  const bool is_seen =
      is_migration && (request.is_admin() || job->owner == request.principal().name);
  if (!is_seen) {
    return MakeError(ErrorCode::kNoSuchJob, "There is no such migration: " + id);
  }
  Json record = {{"migration_id", id},
                 {"job_id", id},
                 {"owner", job->owner},
                 {"status", job->state == service::JobState::kFailed
                                ? std::string("error")
                                : std::string(service::JobStateName(job->state))},
                 {"started_at", job->started_at.value_or(job->created_at).count()},
                 {"request", job->request},
                 {"rows_migrated", job->progress.rows},
                 {"tables", Json::array()}};
  if (Json error = JobErrorToApi(*job); !error.is_null()) {
    record["error"] = std::move(error);
  }
  return record;
}

Result<net::HttpResponse> ShowMigration(const DataRequest& request,
                                        service::MigrationRecords& records) {
  const std::string& id = *request.http().PathParameter("id");
  ARROW_ASSIGN_OR_RAISE(std::optional<Json> record, records.Find(id));
  const bool is_seen = record && (request.is_admin() ||
                                  record->value("owner", "") == request.principal().name);
  if (!is_seen) {
    ARROW_ASSIGN_OR_RAISE(record, FromJob(request, id));
  }
  if (request.http().QueryParameter("format").value_or("json") != "html") {
    return ApiAnswer(*record);
  }
  net::HttpResponse response;
  response.status = 200;
  response.headers.Set("Content-Type", "text/html; charset=utf-8");
  response.headers.Set("Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'");
  response.body = service::MigrationReportHtml(*record);
  return response;
}

std::vector<ApiMember> OptionMembers() {
  return {
      {"mode", ApiChoice({"fail", "append", "overwrite", "replace"},
                         "What becomes of a destination that exists [fail]")},
      {"validate", ApiAny("full, sample, count or none; true is full, false none "
                          "[full]")},
      {"transform", ApiAny("A SELECT over the table source, a list of expressions, "
                           "or {columns, where}")},
      {"history", ApiAny("none, copy (all snapshots) or register (files are shared); "
                         "true is copy [none]")},
      {"incremental", ApiFlag("Only what was appended since the last migration to it")},
      {"snapshot_id", ApiInteger("Of the source [the current one]")},
      {"views", ApiFlag("Views too, in all their dialects [true]")},
      {"source_warehouse", ApiText("A warehouse, or a catalog of the settings")},
      {"dest_warehouse", ApiText("The same")},
      {"source_uri", ApiText("Another REST catalog in place of source_warehouse")}};
}

Json TableSchema() {
  std::vector<ApiMember> members = {
      {"source_namespace", ApiText("Of the source")},
      {"source_table", ApiText("Its name"), ApiNeed::kRequired},
      {"dest_namespace", ApiText("Of the destination")},
      {"dest_table", ApiText("Its name"), ApiNeed::kRequired}};
  std::ranges::move(OptionMembers(), std::back_inserter(members));
  return ApiObject(std::move(members));
}

ApiOperation AboutMigrate() {
  return {.tag = kTag,
          .summary = "Copy a table, compare, then commit",
          .description =
              "Rows are read from one snapshot, written, read back and "
              "compared; only then the destination gets its one snapshot.",
          .request = TableSchema(),
          .example = {{"source_namespace", "staging"},
                      {"source_table", "orders"},
                      {"dest_namespace", "production"},
                      {"dest_table", "orders"},
                      {"validate", true}},
          .answer = ApiObject(
              {{"source", ApiText("ns.table")},
               {"destination", ApiText("ns.table")},
               {"rows_migrated", ApiInteger("Rows")},
               {"duration_seconds", ApiNumber("Seconds")},
               {"migration_id", ApiText("For GET /migrations/{id}")},
               {"checksum_match", ApiAny("true; null where nothing was compared")}})};
}

ApiOperation AboutBulk() {
  std::vector<ApiMember> members = {
      {"tables", ApiList(ApiAny("A name, or the members of POST /migrate"),
                         "Which tables; without it all of source_namespace, or of "
                         "source_warehouse")},
      {"source_namespace", ApiText("Where they are")},
      {"dest_namespace", ApiText("Where they go")},
      {"parallel", ApiInteger("Tables at once, 1 to 10 [10]")}};
  std::ranges::move(OptionMembers(), std::back_inserter(members));
  return {.tag = kTag,
          .summary = "Copy several tables, a namespace or a warehouse",
          .description =
              "Views come last. One table's failure does not stop the others: status is "
              "success, partial or error, and tables and views have a report of each. "
              "Sent again, it goes on with the tables that are missing.",
          .request = ApiObject(std::move(members)),
          .example = {{"source_namespace", "staging"}, {"dest_namespace", "production"}},
          .also = {"migrations"}};
}

ApiOperation AboutValidate() {
  return {.tag = kTag,
          .summary = "Compare two tables, or check that tables are whole",
          .description =
              "With source and destination: counts, checksums, and rows that differ. "
              "Without: every file that metadata of the table, namespace or warehouse "
              "names is there with its size, and footers agree; with checksum, all rows "
              "are read.",
          .request = ApiObject({{"source_namespace", ApiText("To compare two tables")},
                                {"source_table", ApiText("The same")},
                                {"dest_namespace", ApiText("The same")},
                                {"dest_table", ApiText("The same")},
                                {"validate", ApiAny("full, sample or count [full]")},
                                {"warehouse", ApiText("To check tables [the first]")},
                                {"namespace", ApiText("Only these")},
                                {"table", ApiText("Only this one")},
                                {"checksum", ApiFlag("Read all rows")}}),
          .example = {{"namespace", "production"}, {"checksum", true}}};
}

}  // namespace

std::vector<JobRoute> MakeMigrateJobRoutes() {
  std::vector<JobRoute> routes;
  // One table's members say what all have in common, where there are several.
  const std::vector<std::string> also = {"source",
                                         "destination",
                                         "source_namespace",
                                         "source_table",
                                         "source_warehouse",
                                         "dest_namespace",
                                         "dest_table",
                                         "dest_warehouse",
                                         "destination_namespace",
                                         "destination_table",
                                         "destination_warehouse",
                                         "where",
                                         "columns",
                                         "source_uri",
                                         "source_catalog",
                                         "source_token",
                                         "source_credential"};
  const auto add = [&](const char* path, const char* kind, ApiOperation about) {
    about.also.insert(about.also.end(), also.begin(), also.end());
    routes.push_back(
        {.path = path,
         .kind = kind,
         .order = [kind = std::string(kind)](
                      const DataRequest& request) { return Order(request, kind); },
         .answer = [](const service::JobRecord& job) { return job.result; },
         .about = std::move(about)});
  };
  add("/migrate", service::kMigrateJob, AboutMigrate());
  add("/migrate/bulk", service::kMigrateBulkJob, AboutBulk());
  add("/validate", service::kValidateJob, AboutValidate());
  return routes;
}

std::vector<DataRoute> MakeMigrationRoutes(catalog::DocumentStore& documents) {
  const auto records = std::make_shared<service::MigrationRecords>(documents);
  return {{.method = "GET",
           .path = "/migrations",
           .handler =
               [records](const DataRequest& request) {
                 return ListMigrations(request, *records);
               },
           .about = {.tag = kTag,
                     .summary = "Migrations that have ended, the newest first",
                     .queries = {{"limit", ApiInteger("At most so many, up to 1000")},
                                 {"before", ApiText("Only those older than this id")}}}},
          {.method = "GET",
           .path = "/migrations/{id}",
           .handler =
               [records](const DataRequest& request) {
                 return ShowMigration(request, *records);
               },
           .about = {.tag = kTag,
                     .summary = "A migration's report, table by table",
                     .queries = {{"format", ApiText("json, or html for a page")}}}}};
}

}  // namespace tarn::gateway
