// What is told of each request: the access log, slow requests, metrics.
#pragma once

#include <chrono>

#include "tarn/base/metrics.h"
#include "tarn/net/http_server.h"

namespace tarn::cli {

struct RequestReportOptions {
  bool has_access_log = true;
  std::chrono::milliseconds slow{0};  // 0: none is
};

/// Thread-safe.
class RequestReport {
 public:
  explicit RequestReport(const RequestReportOptions& options);

  void operator()(const net::HttpAccess& access) const;

 private:
  void Count(const net::HttpAccess& access) const;

  const RequestReportOptions options_;
  MetricFamily<Counter>& requests_;
  MetricFamily<Histogram>& seconds_;
  Counter& request_bytes_;
  Counter& response_bytes_;
};

}  // namespace tarn::cli
