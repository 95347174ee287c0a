#include "tarn/cli/api_client/api_client.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/shell/query_watch.h"
#include "tarn/cli/sql_client/remote_sign_in.h"

namespace tarn::cli {
namespace {

using std::chrono::milliseconds;

constexpr char kPath[] = "/api/v1";
constexpr milliseconds kFirstLook(50);
constexpr milliseconds kLook(500);

ErrorCode CodeFromName(const std::string& name) {
  const auto all = AllErrors();
  const auto found = std::ranges::find(all, name, &ErrorInfo::name);
  return found == all.end() ? ErrorCode::kIoFailed : found->code;
}

std::string TextOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool HasEnded(const Json& job) {
  const std::string state = TextOf(job, "state");
  return state == "succeeded" || state == "failed" || state == "cancelled";
}

}  // namespace

Result<std::unique_ptr<ApiClient>> ApiClient::Make(const Invocation& invocation) {
  std::string url = invocation.server;
  for (const std::string end : {"/", "/catalog"}) {
    if (url.ends_with(end)) {
      url.resize(url.size() - end.size());
    }
  }
  if (!IsSqlServer(url)) {
    return MakeError(ErrorCode::kUsage,
                     "--server takes the URL of a Tarn server here, such as "
                     "http://127.0.0.1:8080, not: " +
                         invocation.server);
  }
  ARROW_ASSIGN_OR_RAISE(const RemoteOptions remote, SignIn(invocation.home, url, {}));
  std::string authorization;
  if (!remote.token.empty()) {
    authorization = "Bearer " + remote.token;
  } else if (!remote.password.empty()) {
    authorization = "Basic " + Base64Encode(remote.user + ":" + remote.password);
  }
  return std::make_unique<ApiClient>(std::move(url), std::move(authorization));
}

Status StatusOfAnswer(int http_status, const std::string& body) {
  if (http_status < 400) {
    return Status::OK();
  }
  const Json json = ParseJson(body, "answer").ValueOr(Json::object());
  const std::string message = json.is_object() ? TextOf(json, "message") : "";
  if (message.empty()) {
    return MakeError(ErrorCode::kIoFailed, "The server answered with status " +
                                               std::to_string(http_status) +
                                               " and no reason; is it a Tarn server?");
  }
  return MakeError(CodeFromName(TextOf(json, "code")), message);
}

Result<Json> ApiClient::Call(const std::string& method, const std::string& path,
                             const Json& body) {
  net::HttpClientRequest request{
      .method = method, .url = url_ + kPath + path, .may_be_sent_twice = method == "GET"};
  if (!authorization_.empty()) {
    request.headers.Add("Authorization", authorization_);
  }
  if (!body.is_null()) {
    request.headers.Add("Content-Type", "application/json");
    request.body = DumpJson(body);
  }
  ARROW_ASSIGN_OR_RAISE(const net::HttpClientResponse answer, http_.Send(request));
  RETURN_NOT_OK(StatusOfAnswer(answer.status, answer.body));
  if (answer.body.empty()) {
    return Json::object();
  }
  return ParseJson(answer.body, "the server's answer");
}

Result<Json> ApiClient::Start(const std::string& path, Json body) {
  body["async"] = true;
  return Call("POST", path, body);
}

Result<Json> FollowJob(ApiClient& api, Json job,
                       const std::function<void(const Json& job)>& on_change) {
  const std::string path = "/jobs/" + TextOf(job, "id");
  bool is_cancelled = false;
  for (milliseconds pause = kFirstLook;; pause = std::min(pause * 2, kLook)) {
    if (on_change) {
      on_change(job);
    }
    if (HasEnded(job)) {
      return job;
    }
    if (Interrupted() && !is_cancelled) {
      is_cancelled = true;
      RETURN_NOT_OK(api.Call("POST", path + "/cancel").status());
    }
    std::this_thread::sleep_for(pause);
    ARROW_ASSIGN_OR_RAISE(job, api.Get(path));
  }
}

Status StatusOfJob(const Json& job) {
  const std::string state = TextOf(job, "state");
  if (state == "succeeded") {
    return Status::OK();
  }
  const Json error = job.value("error", Json());
  if (error.is_object()) {
    return MakeError(CodeFromName(TextOf(error, "code")), TextOf(error, "message"));
  }
  return MakeError(ErrorCode::kCancelled, "The job was cancelled: " + TextOf(job, "id"));
}

JobLine::JobLine(bool is_shown) : is_shown_(is_shown && IsTerminal(2)) {}

void JobLine::Show(const Json& job) {
  if (!is_shown_ || HasEnded(job)) {
    return;
  }
  const Json part = job.value("part", Json());
  const Json seconds = job.value("duration_seconds", Json());
  std::string detail = TextOf(job, "state") == "queued"
                           ? "waiting"
                           : GroupedText(job.value("rows", int64_t{0})) + " rows, " +
                                 BytesText(job.value("bytes", int64_t{0}));
  if (const std::string step = TextOf(job, "step"); !step.empty()) {
    detail += ", " + step;
  }
  PrintToStderr("\r" +
                ProgressLine(part.is_number() ? part.get<double>() : -1,
                             seconds.is_number() ? seconds.get<double>() : 0, detail) +
                "\x1b[K");
  is_drawn_ = true;
}

void JobLine::Clear() {
  if (is_drawn_) {
    PrintToStderr("\r\x1b[K");
  }
  is_drawn_ = false;
}

}  // namespace tarn::cli
