#include "tarn/gateway/api/api_description.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tarn/gateway/api/json_dialect.h"

namespace tarn::gateway {
namespace {

constexpr char kPath[] = "/api/v1";

Json Ref(std::string_view kind, std::string_view name) {
  return {{"$ref", fmt::format("#/components/{}/{}", kind, name)}};
}

/// {"required": [name]} in either dialect.
Json NeedOf(const std::string& name) {
  const std::string camel = CamelCaseName(name);
  const Json need = {{"required", Json::array({name})}};
  if (camel == name) {
    return need;
  }
  const Json other = {{"required", Json::array({camel})}};
  return {{"anyOf", Json::array({need, other})}};
}

/// The names of both dialects; an object with either is right.
Json InBothDialects(const Json& schema) {
  if (!schema.is_object() || !schema.contains("properties")) {
    return schema;
  }
  Json both = schema;
  for (const auto& [name, member] : schema["properties"].items()) {
    const Json described = HoldsData(name) ? member : InBothDialects(member);
    both["properties"][name] = described;
    const std::string camel = CamelCaseName(name);
    if (camel != name) {
      Json twin = described;
      twin["description"] = fmt::format("The same as {}", name);
      both["properties"][camel] = std::move(twin);
    }
  }
  if (schema.contains("required")) {
    both.erase("required");
    for (const Json& name : schema["required"]) {
      both["allOf"].push_back(NeedOf(name.get<std::string>()));
    }
  }
  return both;
}

Json JsonContent(Json schema, const Json& example = nullptr) {
  Json content = {{"schema", std::move(schema)}};
  if (!example.is_null()) {
    content["example"] = example;
  }
  return {{"application/json", std::move(content)}};
}

Json PathParameters(std::string_view path) {
  Json parameters = Json::array();
  for (size_t at = path.find('{'); at != std::string_view::npos; at = path.find('{')) {
    const size_t end = path.find('}');
    parameters.push_back({{"name", path.substr(at + 1, end - at - 1)},
                          {"in", "path"},
                          {"required", true},
                          {"schema", {{"type", "string"}, {"minLength", 1}}}});
    path.remove_prefix(end + 1);
  }
  return parameters;
}

/// "postLoadFile".
std::string OperationId(const std::string& method, const std::string& path) {
  std::string id;
  for (const char c : method) {
    id += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  bool begins_word = true;
  for (const char c : path) {
    const bool is_letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!is_letter) {
      begins_word = true;
    } else {
      id += begins_word && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      begins_word = false;
    }
  }
  return id;
}

Json Operation(const std::string& method, const std::string& path,
               const ApiOperation& about) {
  Json operation = {{"operationId", OperationId(method, path)},
                    {"tags", Json::array({about.tag.empty() ? "Data" : about.tag})},
                    {"summary", about.summary},
                    {"parameters", PathParameters(path)},
                    {"responses", {{"default", Ref("responses", "ApiError")}}}};
  if (!about.description.empty()) {
    operation["description"] = about.description;
  }
  for (const ApiMember& query : about.queries) {
    operation["parameters"].push_back({{"name", query.name},
                                       {"in", "query"},
                                       {"required", query.need == ApiNeed::kRequired},
                                       {"schema", query.schema}});
  }
  if (!about.request.is_null()) {
    operation["requestBody"] = {
        {"required", about.request.contains("required")},
        {"content", JsonContent(InBothDialects(about.request), about.example)}};
  }
  return operation;
}

/// What a call has.
enum class CallKind : uint8_t { kPlain, kWithBody, kJob };

/// The errors that may come; each is an ApiError.
void AddErrors(const std::string& path, CallKind kind, Json* operation) {
  std::vector<const char*> statuses = {"400", "401", "403", "429", "500", "503"};
  const auto add = [&](std::initializer_list<const char*> more) {
    statuses.insert(statuses.end(), more);
  };
  if (path.find('{') != std::string::npos || kind == CallKind::kJob) {
    add({"404", "409"});
  }
  if (kind != CallKind::kPlain) {
    add({"413", "415"});
  }
  if (kind == CallKind::kJob) {
    add({"406", "499", "504"});
  }
  for (const char* status : statuses) {
    (*operation)["responses"][status] = Ref("responses", "ApiError");
  }
}

Json AnswerSchema(const ApiOperation& about) {
  return about.answer.is_null() ? Json{{"type", "object"}} : about.answer;
}

/// `content`, and beside it bodies of other types.
Json WithMediaTypes(Json content, const ApiOperation& about) {
  for (const std::string& type : about.media_types) {
    const bool is_text = type.find("json") != std::string::npos;
    content[type]["schema"] = is_text ? Json{{"type", "string"}}
                                      : Json{{"type", "string"}, {"format", "binary"}};
  }
  return content;
}

Json Done(const ApiOperation& about) {
  return {{"description", "Done."},
          {"content", JsonContent(AnswerSchema(about), about.answer_example)}};
}

/// What all calls that are done as jobs take and give beside their own members.
ApiOperation AsJob(ApiOperation about) {
  if (about.request.is_null()) {
    about.request = ApiObject({});
  }
  about.request["properties"].emplace(
      "async", ApiFlag("Answer 202 at once with the job, and do not wait for its end"));
  about.request["properties"].emplace(
      "warehouse", ApiText("Name of the warehouse; the first one if absent"));
  if (about.answer.is_null()) {
    about.answer = ApiObject({});
  }
  about.answer["properties"].emplace("status", ApiText("success"));
  about.answer["properties"].emplace("job_id", ApiText("The job that did it"));
  return about;
}

Json Accepted() {
  return {{"description", "The job goes on; Location is where it is."},
          {"headers", {{"Location", {{"schema", {{"type", "string"}}}}}}},
          {"content", JsonContent(Ref("schemas", "Job"))}};
}

Json PreferHeader() {
  return {{"name", "Prefer"},
          {"in", "header"},
          {"required", false},
          {"description", "respond-async: answer 202 at once; wait=N: wait N seconds"},
          {"schema", {{"type", "string"}}}};
}

Json ErrorSchema() {
  return ApiObject({{"status", ApiText("error")},
                    {"code", ApiText("Stable, for programs: NO_SUCH_TABLE")},
                    {"message", ApiText("What failed, on which object, what to do")},
                    {"error", ApiText("The same as message")},
                    {"detail", ApiText("The same as message")},
                    {"hint", ApiText("What to do")},
                    {"status_code", ApiInteger("The HTTP status, of jobs too")},
                    {"request_id", ApiText("In the server's log too")},
                    {"job_id", ApiText("The job that failed")}});
}

Json JobSchema() {
  return ApiObject(
      {{"id", ApiText("Sorts by age"), ApiNeed::kRequired},
       {"kind", ApiText("What it does"), ApiNeed::kRequired},
       {"owner", ApiText("Whose it is")},
       {"state",
        ApiChoice({"queued", "running", "succeeded", "failed", "cancelled"},
                  "How far it is"),
        ApiNeed::kRequired},
       {"rows", ApiInteger("So far")},
       {"bytes", ApiInteger("So far")},
       {"part", ApiAny("Of the work, 0 to 1; null if it cannot be known")},
       {"step", ApiText("What it does now")},
       {"rows_per_second", ApiAny("A number, or null")},
       {"eta_seconds", ApiAny("How long it will take still; a number, or null")},
       {"attempts", ApiInteger("More than 1 after a server died")},
       {"error", ApiAny("Null, or what the call that waits answers: an ApiError")},
       {"snapshot_id", ApiAny("The snapshot it made, as text; or null")},
       {"request", ApiAny("What was asked for, without secrets")},
       {"result", ApiAny("What came of it: what the call that waits answers")},
       {"secrets", ApiList(ApiText(""), "Passwords and keys that a retry has to bring")},
       {"call", ApiAny("The call that it is of: /load/file; or null")},
       {"created_at", ApiText("In UTC")},
       {"started_at", ApiAny("In UTC; or null")},
       {"ended_at", ApiAny("In UTC; or null")}});
}

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

}  // namespace

Json DescribeDataApi(Json document, const std::vector<DataRoute>& routes,
                     const std::vector<JobRoute>& job_routes) {
  document["components"]["schemas"]["ApiError"] = ErrorSchema();
  document["components"]["schemas"]["Job"] = JobSchema();
  document["components"]["responses"]["ApiError"] = {
      {"description", "The request was refused, or failed: the error says why."},
      {"content", JsonContent(Ref("schemas", "ApiError"))}};
  Json& paths = document["paths"];
  for (const DataRoute& route : routes) {
    Json operation = Operation(route.method, route.path, route.about);
    const bool has_body = route.method == "POST" || route.method == "PUT";
    AddErrors(route.path, has_body ? CallKind::kWithBody : CallKind::kPlain, &operation);
    operation["responses"]["200"] = Done(route.about);
    if (!route.about.media_types.empty()) {
      operation["responses"]["200"]["content"] =
          WithMediaTypes(Json::object(), route.about);
    }
    if (route.about.answer == Ref("schemas", "Job")) {
      operation["responses"]["202"] = Accepted();
    }
    if (route.options.lane == net::Lane::kEvents) {
      operation["responses"]["200"]["content"] = {
          {"text/event-stream", {{"schema", {{"type", "string"}}}}}};
    }
    paths[kPath + route.path][Lower(route.method)] = std::move(operation);
  }
  for (const JobRoute& route : job_routes) {
    const ApiOperation about = AsJob(route.about);
    Json operation = Operation("POST", route.path, about);
    operation["parameters"].push_back(PreferHeader());
    AddErrors(route.path, CallKind::kJob, &operation);
    operation["responses"]["200"] = Done(about);
    Json& content = operation["responses"]["200"]["content"];
    content = WithMediaTypes(std::move(content), about);
    operation["responses"]["202"] = Accepted();
    paths[kPath + route.path]["post"] = std::move(operation);
  }
  return document;
}

}  // namespace tarn::gateway
