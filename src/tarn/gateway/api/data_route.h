// The calls of the data service below /api/v1 that change something or take long: loads,
// scrapes, migrations, schedules, jobs. Each file of routes gives a list of them; DataApi
// puts them on the router.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/gateway/api/api_schema.h"
#include "tarn/gateway/sql_access.h"
#include "tarn/governance/principal.h"
#include "tarn/net/http_message.h"
#include "tarn/net/router.h"
#include "tarn/service/job.h"
#include "tarn/service/job_manager.h"
#include "tarn/service/lake.h"

namespace tarn::gateway {

/// What handlers work with. All outlive the server; thread-safe.
struct DataServices {
  service::Lake& lake;
  service::JobManager& jobs;
  /// Who may run SQL (CheckMayRunSql).
  SqlAccess access = {};
};

/// A call whose caller is known and whose body was read. Not shared.
class DataRequest {
 public:
  DataRequest(const net::HttpRequest& http, const DataServices& services,
              const governance::Principal& principal, bool reaches_server, Json body)
      : http_(http),
        services_(services),
        principal_(principal),
        reaches_server_(reaches_server),
        body_(std::move(body)) {}

  const net::HttpRequest& http() const { return http_; }
  const DataServices& services() const { return services_; }
  const governance::Principal& principal() const { return principal_; }
  /// Whether the caller may name files and private addresses of the server
  /// (SqlAccess::ReachesServer).
  bool reaches_server() const { return reaches_server_; }
  /// The body, an object; {} if the call has none. The names of its members are in
  /// snake_case, whichever of the two dialects they came in, at all depths but below
  /// members whose names are data (json_dialect.h): `params`, `headers`, `options`, ….
  /// "async" is not among them.
  const Json& body() const { return body_; }
  /// Sees everybody's jobs, schedules and connections: an administrator, or anybody where
  /// nobody signs in.
  bool is_admin() const { return principal_.is_admin; }

 private:
  const net::HttpRequest& http_;
  const DataServices& services_;
  const governance::Principal& principal_;
  bool reaches_server_;
  Json body_;
};

enum class RequestBody : uint8_t {
  kJson,  // parsed, names in snake_case
  kRaw,   // the handler reads it from http(); body() is {}
};

/// A call that is answered at once: by ApiAnswer() of api_response.h, mostly.
struct DataRoute {
  std::string method;
  std::string path;  // below /api/v1: "/jobs/{id}"
  std::function<Result<net::HttpResponse>(const DataRequest&)> handler;
  net::RouteOptions options = {};
  RequestBody body = RequestBody::kJson;
  ApiOperation about = {};
};

/// What a caller asks of a job: the request that is written down, and beside it what must
/// never be (passwords, keys, tokens): it is in memory only, while the job waits and
/// runs.
struct JobOrder {
  Json request;
  Json secrets = nullptr;
};

/// A POST that is done as a job: answered with what came of it, or with 202 and the job's
/// Location for callers who asked so ("async": true, Prefer: respond-async).
struct JobRoute {
  std::string path;  // below /api/v1: "/load/file"
  std::string kind;  // of the job: "load"
  /// Checks all that can be checked before it runs. Errors: kInvalidArgument, kForbidden,
  /// …
  std::function<Result<JobOrder>(const DataRequest&)> order;
  /// The answer's body, an object, from the record of a job that succeeded; `status` and
  /// `job_id` are added where it has none.
  std::function<Json(const service::JobRecord&)> answer;
  /// Answers at once, without a job, who accepts another form of the answer; unset if the
  /// caller does not. May be empty.
  std::function<Result<std::optional<net::HttpResponse>>(const DataRequest&)> stream = {};
  ApiOperation about = {};
};

}  // namespace tarn::gateway
