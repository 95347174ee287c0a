// A server's data service as commands with --server use it.
//
//   ARROW_ASSIGN_OR_RAISE(auto api, ApiClient::Make(invocation));
//   ARROW_ASSIGN_OR_RAISE(Json tables, api->Get("/tables/sales"));
//   ARROW_ASSIGN_OR_RAISE(Json job, api->Start("/load/file", {{"path", "/data/a.csv"},
//   …})); ARROW_ASSIGN_OR_RAISE(job, FollowJob(*api, std::move(job), {}));
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/cli/command.h"
#include "tarn/net/http_client.h"

namespace tarn::cli {

/// Thread-safe.
class ApiClient {
 public:
  /// Of `invocation.server`, the URL of a server with or without /catalog; who asks is in
  /// the settings client.credential and client.token. Errors: kUsage, those of the
  /// configuration.
  static Result<std::unique_ptr<ApiClient>> Make(const Invocation& invocation);
  /// `authorization`: the header's value; empty: none.
  ApiClient(std::string url, std::string authorization)
      : url_(std::move(url)), authorization_(std::move(authorization)) {}

  /// "http://127.0.0.1:8080".
  const std::string& url() const { return url_; }
  /// The value of Authorization; empty: none. A secret.
  const std::string& authorization() const { return authorization_; }

  /// `path` is below /api/v1. Gives the answer's object, {} for an empty one. Errors:
  /// what the server answered, under its code and with its message; kUnavailable,
  /// kTimeout, … of the call.
  Result<Json> Call(const std::string& method, const std::string& path,
                    const Json& body = nullptr);
  Result<Json> Get(const std::string& path) { return Call("GET", path); }
  /// POST of what becomes a job; gives the job, which runs on.
  Result<Json> Start(const std::string& path, Json body);

 private:
  const std::string url_;
  const std::string authorization_;
  net::HttpClient http_;
};

/// An answer of the data service as a Status of ours; OK below 400.
Status StatusOfAnswer(int http_status, const std::string& body);

/// Until the job has ended, as the API shows it (job_json.h). On Ctrl-C the job is
/// cancelled and its end waited for. `on_change` (may be empty) is called with the job
/// whenever it was asked for. Errors: those of the calls; what became of the job is in
/// it.
Result<Json> FollowJob(ApiClient& api, Json job,
                       const std::function<void(const Json& job)>& on_change);

/// The error that a job ended with; OK if it succeeded.
Status StatusOfJob(const Json& job);

/// A line on stderr that shows how far a job is; nothing without a terminal, or if not
/// `is_shown`. Taken away in the end.
class JobLine {
 public:
  explicit JobLine(bool is_shown);
  ~JobLine() { Clear(); }
  JobLine(const JobLine&) = delete;
  JobLine& operator=(const JobLine&) = delete;

  void Show(const Json& job);
  void Clear();

 private:
  const bool is_shown_;
  bool is_drawn_ = false;
};

}  // namespace tarn::cli
