#include "tarn/cli/serve/operations_routes.h"

#include <gtest/gtest.h>

#include "tarn/base/metrics.h"
#include "tarn/cli/serve/request_report.h"
#include "tarn/cli/serve/serve_settings.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::cli {
namespace {

/// Answers as it is told.
class FakeStore : public catalog::KeyValueStore {
 public:
  Result<std::optional<std::string>> Get(const std::string& /*key*/) override {
    ++num_gets;
    ARROW_RETURN_NOT_OK(status);
    return std::nullopt;
  }
  Status Set(const std::string& /*key*/, const std::string& /*value*/) override {
    return status;
  }
  Result<std::string> SetIfAbsent(const std::string& /*key*/,
                                  const std::string& value) override {
    return value;
  }
  Status Remove(const std::string& /*key*/) override { return status; }
  Result<std::map<std::string, std::string>> List(
      const std::string& /*prefix*/) override {
    return std::map<std::string, std::string>();
  }

  Status status;
  int num_gets = 0;
};

class OperationsRoutesTest : public ::testing::Test {
 protected:
  OperationsRoutesTest() { AddOperationsRoutes(readiness_, nullptr, &router_); }

  net::HttpResponse Get(const std::string& path) {
    net::HttpRequest request;
    request.method = "GET";
    request.raw_path = path;
    int status = 0;
    const net::Router::Route* route = router_.Match(&request, &status);
    return route == nullptr ? router_.Refuse(request, status) : route->handler(request);
  }

  testing::FakeClock clock_;
  FakeStore store_;
  Readiness readiness_{store_, clock_};
  net::Router router_;
};

TEST_F(OperationsRoutesTest, ReadinessAsksTheStoreOnceASecond) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Get("/health/ready").status, 200);
  }
  EXPECT_EQ(store_.num_gets, 1);
  store_.status = MakeError(ErrorCode::kUnavailable, "The store is away");
  EXPECT_EQ(Get("/health/ready").status, 200);
  clock_.Advance(std::chrono::seconds(1));
  const net::HttpResponse away = Get("/health/ready");
  EXPECT_EQ(away.status, 503);
  EXPECT_NE(away.body.find("The store is away"), std::string::npos);
  EXPECT_NE(away.headers.Find("Retry-After"), nullptr);
  EXPECT_EQ(Get("/api/v1/health").status, 503);
  EXPECT_EQ(Get("/health/live").status, 200) << "a restart would not help";
  store_.status = Status::OK();
  clock_.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Get("/health/ready").status, 200);
}

TEST_F(OperationsRoutesTest, AServerThatEndsIsNotReady) {
  readiness_.Drain();
  EXPECT_EQ(Get("/health/ready").status, 503);
  EXPECT_EQ(Get("/health/live").status, 200);
}

TEST_F(OperationsRoutesTest, RequestsAreCounted) {
  const RequestReport report({.has_access_log = false});
  report({.request_id = "r",
          .remote_address = "127.0.0.1",
          .method = "BREW",
          .path = "/x",
          .route = "/x/{test}",
          .status = 418,
          .response_bytes = 7,
          .duration = std::chrono::microseconds(1500)});
  const net::HttpResponse metrics = Get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_NE(metrics.body.find("tarn_http_requests_total{route=\"/x/{test}\","
                              "method=\"other\",status=\"418\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.body.find("tarn_http_request_seconds_sum{route=\"/x/{test}\","
                              "method=\"other\"} 0.0015\n"),
            std::string::npos);
}

Result<ServeSettings> SettingsOf(
    std::initializer_list<std::pair<const char*, const char*>> values) {
  Config config;
  for (const auto& [key, value] : values) {
    ARROW_RETURN_NOT_OK(config.Set(key, value, "tarn.yaml"));
  }
  return ServeSettingsFrom(config);
}

TEST(ServeSettings, AreRead) {
  ASSERT_OK_AND_ASSIGN(const auto settings,
                       SettingsOf({{"serve.listen", "[::1]:0"},
                                   {"serve.extra_ports", "5000, 8181"},
                                   {"serve.body_timeout", "2s"},
                                   {"serve.public_url", "https://lake.example.org/"}}));
  EXPECT_EQ(settings.http.address, "::1");
  EXPECT_EQ(settings.UrlOf(80), "http://[::1]:80");
  EXPECT_EQ(settings.http.extra_ports, (std::vector<uint16_t>{5000, 8181}));
  EXPECT_EQ(settings.http.body_timeout, std::chrono::seconds(2));
  EXPECT_EQ(settings.public_url, "https://lake.example.org");
  ASSERT_OK_AND_ASSIGN(const auto open, SettingsOf({{"serve.listen", "0.0.0.0:8080"},
                                                    {"auth.enabled", "true"}}));
  EXPECT_TRUE(open.needs_sign_in);
  EXPECT_FALSE(open.IsLoopback());
}

TEST(ServeSettings, AreChecked) {
  const struct {
    std::initializer_list<std::pair<const char*, const char*>> values;
    const char* message;
  } cases[] = {
      {{{"serve.listen", "8080"}}, "tarn.yaml: serve.listen is an address and a port"},
      {{{"serve.listen", "127.0.0.1:99999"}}, "not 127.0.0.1:99999"},
      {{{"serve.listen", ":80"}}, "not :80"},
      {{{"serve.listen", "0.0.0.0:80"}}, "loopback only"},
      {{{"serve.listen", "128.0.0.1:80"}}, "loopback only"},
      {{{"serve.extra_ports", "1,x"}}, "list of at most 64 ports"},
      {{{"serve.public_url", "lake.example.org"}}, "is a URL like"},
      {{{"serve.public_url", "https://u:p@lake"}}, "is a URL like"},
      {{{"tls.certificate", "a.pem"}}, "what is missing is the key"},
      {{{"tls.key", "a.pem"}}, "what is missing is the certificate"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.message);
    EXPECT_ERROR(SettingsOf(one.values), ErrorCode::kUsage, one.message);
  }
}

}  // namespace
}  // namespace tarn::cli
