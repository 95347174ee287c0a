#include "tarn/cli/serve/request_report.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "tarn/base/logging.h"

namespace tarn::cli {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET",    "HEAD",  "POST",   "PUT",
                                                      "DELETE", "PATCH", "OPTIONS"};

/// Clients may send any word as a method.
std::string_view MethodLabel(const std::string& method) {
  return std::ranges::count(kMethods, method) > 0 ? std::string_view(method) : "other";
}

void LogRequest(LogLevel level, std::string_view message, const net::HttpAccess& access) {
  if (!IsLogged(level)) {
    return;
  }
  Log(level, message,
      {{"id", access.request_id},
       {"from", access.remote_address},
       {"principal", access.principal.empty() ? "-" : access.principal},
       {"method", access.method},
       {"path", access.path},
       {"status", std::to_string(access.status)},
       {"request_bytes", std::to_string(access.request_bytes)},
       {"bytes", std::to_string(access.response_bytes)},
       {"us", std::to_string(access.duration.count())},
       {"agent", access.user_agent}});
}

}  // namespace

RequestReport::RequestReport(const RequestReportOptions& options)
    : options_(options),
      requests_(ProcessMetrics().MakeCounters(
          "tarn_http_requests_total",
          "Requests answered; route is empty for paths that have none.",
          {"route", "method", "status"})),
      seconds_(ProcessMetrics().MakeHistograms(
          "tarn_http_request_seconds",
          "From a request's first byte to the last one of its answer.",
          {"route", "method"})),
      request_bytes_(ProcessMetrics().MakeCounter("tarn_http_request_bytes_total",
                                                  "Bytes of requests' bodies.")),
      response_bytes_(
          ProcessMetrics().MakeCounter("tarn_http_response_bytes_total",
                                       "Bytes of answers' bodies as they were sent.")) {}

void RequestReport::operator()(const net::HttpAccess& access) const {
  Count(access);
  if (options_.has_access_log) {
    LogRequest(LogLevel::kInfo, "request", access);
  }
  if (options_.slow.count() > 0 && access.duration >= options_.slow) {
    LogRequest(LogLevel::kWarn, "slow request", access);
  }
}

void RequestReport::Count(const net::HttpAccess& access) const {
  const std::string_view method = MethodLabel(access.method);
  requests_.With({access.route, method, std::to_string(access.status)}).Add();
  constexpr double kMicros = 1e6;
  seconds_.With({access.route, method})
      .Observe(static_cast<double>(access.duration.count()) / kMicros);
  request_bytes_.Add(access.request_bytes);
  response_bytes_.Add(access.response_bytes);
}

}  // namespace tarn::cli
