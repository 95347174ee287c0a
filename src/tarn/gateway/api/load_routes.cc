#include "tarn/gateway/api/load_routes.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/gateway/api/database_load_routes.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/gateway/api/load_request.h"
#include "tarn/ingest/format.h"
#include "tarn/io/file_io.h"
#include "tarn/net/http_get.h"
#include "tarn/service/uploads.h"
#include "tarn/service/work/load_work.h"

namespace tarn::gateway {
namespace {

using service::LoadOrder;

/// Options of files that are members of their own too.
constexpr std::array<const char*, 5> kFileOptions = {"row_element", "json_path",
                                                     "encoding", "sheet", "range"};

Status ReadFormat(const Json& body, LoadOrder* order) {
  for (const char* name : kFileOptions) {
    ARROW_ASSIGN_OR_RAISE(const std::string value, TextMember(body, name));
    if (!value.empty()) {
      order->options.emplace_back(name, value);
    }
  }
  ARROW_ASSIGN_OR_RAISE(std::string format, TextMember(body, "format"));
  std::ranges::transform(format, format.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (!format.empty() && format != "auto") {
    ARROW_ASSIGN_OR_RAISE(order->format, ingest::FormatFromName(format));
  }
  return Status::OK();
}

/// What follows the name of an http(s) URL's host, and who signs in, may be a secret.
void HideSecrets(LoadOrder* order, Json* secrets) {
  const bool is_web =
      order->location.starts_with("http://") || order->location.starts_with("https://");
  if (is_web && order->location != net::UrlToShow(order->location)) {
    (*secrets)[service::kUrlSecret] = order->location;
    order->location = net::UrlToShow(order->location);
  }
}

Result<JobOrder> OrderFile(const DataRequest& request) {
  LoadOrder order;
  Json secrets = Json::object();
  RETURN_NOT_OK(ReadLoadTarget(request, &order));
  RETURN_NOT_OK(ReadFormat(request.body(), &order));
  ARROW_ASSIGN_OR_RAISE(std::string path,
                        TextMember(request.body(), "file_path", "path"));
  if (path.empty()) {
    ARROW_ASSIGN_OR_RAISE(path, TextMember(request.body(), "url", "location"));
  }
  if (path.empty()) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "What shall be loaded? Give file_path: a path of the server, a URL, "
                     "or what POST /api/v1/upload answered");
  }
  if (path.find('\0') != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument, "The path has a NUL character");
  }
  order.location = service::IsUpload(path) ? path : io::AbsoluteLocation(path);
  RETURN_NOT_OK(ReadStore(request, order.location, &order, &secrets));
  RETURN_NOT_OK(CheckMayRead(request, order));
  HideSecrets(&order, &secrets);
  return JobOrderOf(order, std::move(secrets));
}

Result<JobOrder> OrderStore(const DataRequest& request) {
  LoadOrder order;
  Json secrets = Json::object();
  RETURN_NOT_OK(ReadLoadTarget(request, &order));
  RETURN_NOT_OK(ReadFormat(request.body(), &order));
  ARROW_ASSIGN_OR_RAISE(order.location, StoreLocation(request.body()));
  RETURN_NOT_OK(ReadStore(request, order.location, &order, &secrets));
  RETURN_NOT_OK(CheckMayRead(request, order));
  ARROW_ASSIGN_OR_RAISE(const std::string asked, TextMember(request.body(), "s3_path"));
  JobOrder job = JobOrderOf(order, std::move(secrets));
  job.request["s3_path"] = asked.empty() ? order.location : asked;
  return job;
}

Json StoreAnswer(const service::JobRecord& job) {
  Json answer = LoadAnswerOf(job, "Data loaded from S3");
  answer["s3_path"] = job.request.value("s3_path", "");
  answer["s3_source"] = job.request.value("location", "");
  return answer;
}

std::vector<ApiMember> FileMembers() {
  std::vector<ApiMember> members = LoadTargetMembers();
  members.insert(
      members.end(),
      {{"format", ApiChoice({"auto", "csv", "json", "parquet", "orc", "avro", "arrow",
                             "xml", "excel"},
                            "By name and content unless given")},
       {"row_element", ApiText("Of XML: the element that is a row: catalog/book")},
       {"json_path", ApiText("Of JSON: where the records are: data.items")},
       {"encoding", ApiText("Of CSV and JSON: windows-1252, utf-16, …; UTF-8 unless "
                            "given or marked")},
       {"sheet", ApiText("Of Excel: the first one unless given")},
       {"range", ApiText("Of a sheet: A3:F200")},
       {"rejects", ApiChoice({"fail", "table"},
                             "What becomes of rows of CSV that do not parse: they fail "
                             "the load, or go to the table NAME__rejects")},
       {"register",
        ApiFlag("Parquet files become the table's as they are, without a copy")}});
  return members;
}

std::vector<ApiMember> StoreMembers() {
  return {{"endpoint", ApiText("Of the store; the server's own (s3.endpoint) if unset")},
          {"access_key", ApiText("Kept in memory only, as secret_key is")},
          {"secret_key", ApiText("")},
          {"session_token", ApiText("")},
          {"account_name", ApiText("Of Azure, where the location names none")},
          {"account_key", ApiText("Of Azure; kept in memory only")},
          {"sas_token", ApiText("In the place of account_key")},
          {"gcs_token", ApiText("Of Google: an access token; kept in memory only")},
          {"region", ApiText("")},
          {"path_style", ApiFlag("Buckets in the path and not in the host's name")},
          {"connection", ApiText("A stored connection in place of these")}};
}

/// Other names that members of loads of files have.
std::vector<std::string> AlsoOfFiles(std::vector<std::string> names) {
  for (const char* name :
       {"table", "schema", "branch", "access_key_id", "secret_access_key"}) {
    names.emplace_back(name);
  }
  return names;
}

JobRoute FileRoute() {
  std::vector<ApiMember> members = FileMembers();
  members.insert(members.begin(),
                 {"file_path",
                  ApiText("A path of the server, a URL, or what POST /upload answered; "
                          "patterns and directories too"),
                  ApiNeed::kRequired});
  return {.path = "/load/file",
          .kind = service::kLoadKind,
          .order = &OrderFile,
          .answer =
              [](const service::JobRecord& job) {
                return LoadAnswerOf(job, "Data loaded from file");
              },
          .about = {.tag = "Loads",
                    .summary = "Load files into a table",
                    .request = ApiObject(std::move(members)),
                    .example = {{"file_path", "/data/customers.csv"},
                                {"format", "csv"},
                                {"table_name", "customers"},
                                {"namespace", "raw"}},
                    .answer = LoadAnswerSchema({}),
                    .also = AlsoOfFiles({"path", "url", "location"})}};
}

JobRoute StoreRoute() {
  std::vector<ApiMember> members = FileMembers();
  for (ApiMember& member : StoreMembers()) {
    members.push_back(std::move(member));
  }
  members.insert(members.begin(),
                 {{"s3_path", ApiText("s3://bucket/key, s3a:// too, patterns too")},
                  {"bucket", ApiText("With key in the place of s3_path")},
                  {"key", ApiText("")}});
  return {.path = "/load/s3",
          .kind = service::kLoadKind,
          .order = &OrderStore,
          .answer = &StoreAnswer,
          .about = {.tag = "Loads",
                    .summary = "Load objects of a store into a table",
                    .request = ApiObject(std::move(members)),
                    .example = {{"bucket", "datalake"},
                                {"key", "input/sales.csv"},
                                {"format", "csv"},
                                {"table_name", "sales"},
                                {"namespace", "raw"}},
                    .answer = LoadAnswerSchema(
                        {{"s3_path", ApiText("")}, {"s3_source", ApiText("")}}),
                    .also = AlsoOfFiles({"path"})}};
}

}  // namespace

std::vector<JobRoute> MakeLoadRoutes() {
  std::vector<JobRoute> routes = {FileRoute(), StoreRoute()};
  for (JobRoute& route : MakeDatabaseLoadRoutes()) {
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace tarn::gateway
