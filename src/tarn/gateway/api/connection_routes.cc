#include "tarn/gateway/api/connection_routes.h"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/api/api_response.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/gateway/api/load_places.h"
#include "tarn/service/connections.h"
#include "tarn/service/http_connection.h"
#include "tarn/service/try_connection.h"

namespace tarn::gateway {
namespace {

using service::Connection;
using service::ConnectionOrder;
using service::Connections;

constexpr char kTag[] = "Connections";

Json Shown(const Connection& connection) {
  return {{"name", connection.name},
          {"owner", connection.owner},
          {"type", connection.type},
          {"description", connection.description},
          {"shared", connection.is_shared},
          {"settings", connection.settings},
          {"secrets", connection.secrets},
          {"created_at", ApiTime(connection.created_at)},
          {"updated_at", ApiTime(connection.updated_at)}};
}

Json Succeeded(Json answer) {
  answer["status"] = "success";
  return answer;
}

service::ConnectionCaller CallerOf(const DataRequest& request) {
  return {.principal = request.principal(), .reaches_server = request.reaches_server()};
}

/// Names that other places of the API have for members.
std::string MemberName(const std::string& name) {
  constexpr std::array<std::pair<const char*, const char*>, 7> kOtherNames = {
      {{"ssl_mode", "sslmode"},
       {"tls_mode", "sslmode"},
       {"dbname", "database"},
       {"username", "user"},
       {"access_key_id", "access_key"},
       {"secret_access_key", "secret_key"},
       {"base_url", "url"}}};
  for (const auto& [other, ours] : kOtherNames) {
    if (name == other) {
      return ours;
    }
  }
  return name;
}

/// Members stand beside name and type, or in an object `members` (or `settings`).
Result<ConnectionOrder> OrderOf(const DataRequest& request, std::string name) {
  const Json& body = request.body();
  ConnectionOrder order{.name = std::move(name)};
  ARROW_ASSIGN_OR_RAISE(order.type, TextMember(body, "type"));
  order.type = order.type == "postgresql" ? "postgres" : order.type;
  order.type = order.type == "mariadb" ? "mysql" : order.type;
  ARROW_ASSIGN_OR_RAISE(order.description, TextMember(body, "description"));
  ARROW_ASSIGN_OR_RAISE(const auto shared, FlagMember(body, "shared"));
  order.is_shared = shared.value_or(false);
  for (const auto& [key, value] : body.items()) {
    const bool is_nested = (key == "settings" || key == "members") && value.is_object();
    if (is_nested) {
      for (const auto& [inner, inner_value] : value.items()) {
        order.members[MemberName(inner)] = inner_value;
      }
    } else if (key != "name" && key != "type" && key != "description" &&
               key != "shared") {
      order.members[MemberName(key)] = value;
    }
  }
  // Kept sealed as one text.
  const auto headers = order.members.find("headers");
  if (headers != order.members.end() && !headers->is_null()) {
    ARROW_ASSIGN_OR_RAISE(*headers, service::HttpHeadersText(*headers));
  }
  return order;
}

std::string NameOf(const DataRequest& request) {
  return *request.http().PathParameter("name");
}

Result<net::HttpResponse> ListConnections(Connections& connections,
                                          const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const auto found, connections.List(request.principal()));
  Json list = Json::array();
  for (const Connection& connection : found) {
    list.push_back(Shown(connection));
  }
  return ApiAnswer(Succeeded({{"count", list.size()}, {"connections", std::move(list)}}));
}

Result<net::HttpResponse> CreateConnection(Connections& connections,
                                           const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, TextMember(request.body(), "name"));
  ARROW_ASSIGN_OR_RAISE(const ConnectionOrder order, OrderOf(request, name));
  ARROW_ASSIGN_OR_RAISE(const Connection made,
                        connections.Create(order, CallerOf(request)));
  net::HttpResponse response = ApiAnswer(Succeeded(Shown(made)), 201);
  response.headers.Set("Location", "/api/v1/connections/" + made.name);
  return response;
}

Result<net::HttpResponse> ShowConnection(Connections& connections,
                                         const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const Connection found,
                        connections.Find(NameOf(request), request.principal()));
  return ApiAnswer(Succeeded(Shown(found)));
}

Result<net::HttpResponse> ReplaceConnection(Connections& connections,
                                            const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(const ConnectionOrder order, OrderOf(request, NameOf(request)));
  ARROW_ASSIGN_OR_RAISE(const Connection kept,
                        connections.Replace(order, CallerOf(request)));
  return ApiAnswer(Succeeded(Shown(kept)));
}

Result<net::HttpResponse> RemoveConnection(Connections& connections,
                                           const DataRequest& request) {
  RETURN_NOT_OK(connections.Remove(NameOf(request), request.principal()));
  return ApiAnswer(Succeeded({{"name", NameOf(request)}, {"removed", true}}));
}

Result<net::HttpResponse> TestConnection(Connections& connections,
                                         const DataRequest& request) {
  ARROW_ASSIGN_OR_RAISE(Json members,
                        connections.SecretsOf(NameOf(request), request.principal()));
  ARROW_ASSIGN_OR_RAISE(const std::string bucket, TextMember(request.body(), "bucket"));
  if (!bucket.empty()) {
    members["bucket"] = bucket;
  }
  const auto begin = std::chrono::steady_clock::now();
  ARROW_ASSIGN_OR_RAISE(const std::string said,
                        service::TryConnection(request.services().lake, members));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  return ApiAnswer(Succeeded({{"name", NameOf(request)},
                              {"reachable", true},
                              {"message", said},
                              {"duration_seconds", took.count()}}));
}

Json OrderSchema(ApiNeed need) {
  return ApiObject(
      {{"name", ApiText("Letters, digits, '.', '_', '-'"), need},
       {"type", ApiChoice({"postgres", "mysql", "odbc", "s3", "http"}, ""),
        ApiNeed::kRequired},
       {"shared", ApiFlag("Others may use it; they do not see it")},
       {"description", ApiText("")},
       {"host", ApiText("postgres, mysql: with port, database, user, password, sslmode")},
       {"dsn", ApiText("odbc: with user and password, or connection_string alone")},
       {"endpoint", ApiText("s3: with region, access_key, secret_key, session_token, "
                            "path_style, bucket")},
       {"url", ApiText("http: with user and password, or token, and headers")},
       {"headers", ApiTextMap("http: sent with each request; kept as a secret")},
       {"password", ApiText("Secrets are kept encrypted, and never shown; "
                            "${env:NAME} and ${file:PATH} stay where they are")}});
}

Json ConnectionSchema() {
  return ApiObject({{"name", ApiText("")},
                    {"type", ApiText("")},
                    {"shared", ApiFlag("")},
                    {"settings", ApiAny("What is no secret")},
                    {"secrets", ApiList(ApiText(""), "Names of the secrets it has")}});
}

using Handler = Result<net::HttpResponse> (*)(Connections&, const DataRequest&);

}  // namespace

std::vector<DataRoute> MakeConnectionRoutes(Connections& connections) {
  std::vector<DataRoute> routes;
  const auto add = [&](const char* method, const char* path, Handler handler,
                       ApiOperation about) {
    about.tag = kTag;
    routes.push_back({.method = method,
                      .path = path,
                      .handler =
                          [&connections, handler](const DataRequest& request) {
                            return handler(connections, request);
                          },
                      .about = std::move(about)});
  };
  const Json one = ConnectionSchema();
  add("GET", "/connections", &ListConnections,
      {.summary = "Stored connections that the caller may use",
       .answer =
           ApiObject({{"connections", ApiList(one, "")}, {"count", ApiInteger("")}})});
  add("POST", "/connections", &CreateConnection,
      {.summary = "Store a connection",
       .request = OrderSchema(ApiNeed::kRequired),
       .example = {{"name", "shop"},
                   {"type", "postgres"},
                   {"host", "db.example.com"},
                   {"database", "shop"},
                   {"user", "reader"},
                   {"password", "${env:SHOP_PASSWORD}"}},
       .answer = one});
  add("GET", "/connections/{name}", &ShowConnection,
      {.summary = "A stored connection, without its secrets", .answer = one});
  add("PUT", "/connections/{name}", &ReplaceConnection,
      {.summary = "Replace a stored connection",
       .description = "Secrets that are left out stay, unless it is for another place.",
       .request = OrderSchema(ApiNeed::kOptional),
       .answer = one});
  add("DELETE", "/connections/{name}", &RemoveConnection,
      {.summary = "Remove a stored connection"});
  add("POST", "/connections/{name}/test", &TestConnection,
      {.summary = "Connect once",
       .answer = ApiObject({{"reachable", ApiFlag("")}, {"message", ApiText("")}})});
  routes.back().options.lane = net::Lane::kLong;
  return routes;
}

}  // namespace tarn::gateway
