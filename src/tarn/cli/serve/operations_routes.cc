#include "tarn/cli/serve/operations_routes.h"

#include <nlohmann/json.hpp>

#include "tarn/base/error.h"
#include "tarn/base/json_fields.h"
#include "tarn/base/metrics.h"
#include "tarn/gateway/iceberg_rest/token_routes.h"

namespace tarn::cli {
namespace {

constexpr std::chrono::milliseconds kCheckEvery{1'000};
/// A key that nobody sets: looking for it needs the store to answer.
constexpr char kProbeKey[] = "health";
constexpr char kPrometheusType[] = "text/plain; version=0.0.4; charset=utf-8";

net::HttpResponse JsonAnswer(int status, const Json& body) {
  net::HttpResponse response{.status = status, .body = DumpJson(body)};
  response.headers.Set("Content-Type", "application/json");
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

net::HttpResponse ReadyAnswer(Readiness& readiness) {
  const Status status = readiness.Check();
  if (status.ok()) {
    return JsonAnswer(200, {{"status", "ok"}});
  }
  net::HttpResponse response = JsonAnswer(
      503, {{"status", "unavailable"}, {"reason", std::string(status.message())}});
  response.headers.Set("Retry-After", "1");
  return response;
}

net::HttpResponse MetricsAnswer() {
  net::HttpResponse response{.status = 200, .body = ProcessMetrics().PrometheusText()};
  response.headers.Set("Content-Type", kPrometheusType);
  return response;
}

}  // namespace

Status Readiness::Check() {
  if (is_draining_) {
    return MakeError(ErrorCode::kUnavailable, "The server is about to end");
  }
  const std::lock_guard lock(mutex_);
  const std::chrono::milliseconds now = clock_.Now();
  if (checked_at_.count() < 0 || now - checked_at_ >= kCheckEvery || now < checked_at_) {
    last_ = store_.Get(kProbeKey).status();
    checked_at_ = clock_.Now();
  }
  return last_;
}

void AddOperationsRoutes(Readiness& readiness, governance::Authenticator* metrics_for,
                         net::Router* router) {
  const net::RouteOptions quiet{.is_logged = false, .lane = net::Lane::kWatch};
  router->Add(
      "GET", "/health/live",
      [](const net::HttpRequest&) { return JsonAnswer(200, {{"status", "ok"}}); }, quiet);
  for (const char* path : {"/health/ready", "/api/v1/health"}) {
    router->Add(
        "GET", path,
        [&readiness](const net::HttpRequest&) { return ReadyAnswer(readiness); }, quiet);
  }
  router->Add(
      "GET", "/metrics",
      [metrics_for](const net::HttpRequest& request) {
        if (metrics_for != nullptr) {
          const auto principal = metrics_for->Authenticate(request);
          if (!principal.ok()) {
            return gateway::NotAuthenticatedResponse(principal.status());
          }
        }
        return MetricsAnswer();
      },
      quiet);
}

}  // namespace tarn::cli
