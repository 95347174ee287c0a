#include "tarn/cli/api_client/api_calls.h"

#include <chrono>
#include <utility>

#include "tarn/base/clock.h"
#include "tarn/base/error.h"
#include "tarn/cli/api_client/api_client.h"
#include "tarn/cli/interrupt.h"
#include "tarn/cli/serve/data_service.h"
#include "tarn/cli/workspace.h"
#include "tarn/net/http_message.h"
#include "tarn/net/router.h"

namespace tarn::cli {
namespace {

class ServerCalls : public ApiCalls {
 public:
  explicit ServerCalls(std::unique_ptr<ApiClient> api) : api_(std::move(api)) {}

  Result<Json> Call(const std::string& method, const std::string& path,
                    const Json& body) override {
    return api_->Call(method, path, body);
  }
  Result<Json> Follow(const std::string& job_id) override {
    ARROW_ASSIGN_OR_RAISE(Json job, api_->Get("/jobs/" + net::PercentEncode(job_id)));
    return FollowJob(*api_, std::move(job), {});
  }

 private:
  const std::unique_ptr<ApiClient> api_;
};

class HomeCalls : public ApiCalls {
 public:
  HomeCalls(std::unique_ptr<Workspace> workspace, std::unique_ptr<DataService> data)
      : workspace_(std::move(workspace)), data_(std::move(data)) {
    data_->AddRoutes(nullptr, &router_);
  }

  Result<Json> Call(const std::string& method, const std::string& path,
                    const Json& body) override {
    net::HttpRequest request;
    request.method = method;
    const size_t query = path.find('?');
    request.raw_path = "/api/v1" + path.substr(0, query);
    request.raw_query = query == std::string::npos ? "" : path.substr(query + 1);
    request.remote_address = "127.0.0.1";
    request.request_id = NewUuid(SystemRandom());
    if (!body.is_null()) {
      request.headers.Set("Content-Type", "application/json");
      request.body = DumpJson(body);
    }
    int status = 0;
    const net::Router::Route* const route = router_.Match(&request, &status);
    const net::HttpResponse response =
        route == nullptr ? router_.Refuse(request, status) : route->handler(request);
    RETURN_NOT_OK(StatusOfAnswer(response.status, response.body));
    return response.body.empty() ? Result<Json>(Json::object())
                                 : ParseJson(response.body, "answer");
  }

  Result<Json> Follow(const std::string& job_id) override {
    constexpr std::chrono::milliseconds kLook(200);
    bool is_cancelled = false;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const auto job, data_->jobs().Wait(job_id, kLook));
      if (service::HasEnded(job.state)) {
        return data_->Show(job);
      }
      if (Interrupted() && !std::exchange(is_cancelled, true)) {
        RETURN_NOT_OK(data_->jobs().Cancel(job_id).status());
      }
    }
  }

 private:
  const std::unique_ptr<Workspace> workspace_;
  const std::unique_ptr<DataService> data_;
  net::Router router_;
};

}  // namespace

Result<std::unique_ptr<ApiCalls>> ApiCalls::Make(const Invocation& invocation,
                                                 HomeMode mode) {
  if (!invocation.server.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto api, ApiClient::Make(invocation));
    return std::unique_ptr<ApiCalls>(std::make_unique<ServerCalls>(std::move(api)));
  }
  ARROW_ASSIGN_OR_RAISE(auto workspace,
                        Workspace::Open(WorkspaceOptionsOf(invocation, mode)));
  ARROW_ASSIGN_OR_RAISE(auto data, DataService::MakeForCommand(*workspace));
  RETURN_NOT_OK(data->Start());
  return std::unique_ptr<ApiCalls>(
      std::make_unique<HomeCalls>(std::move(workspace), std::move(data)));
}

}  // namespace tarn::cli
