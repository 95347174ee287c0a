#include "tarn/net/filter_proxy.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/net/http_client.h"
#include "tarn/net/raw_client_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

class FilterProxyTest : public HttpServerFixture {
 protected:
  void Open(const std::string& allowed, int64_t bytes_max = 1 << 20) {
    auto guard = std::make_shared<const AddressGuard>(*AddressGuard::Make(allowed));
    proxy_ = *FilterProxy::Start({.guard = guard, .bytes_max = bytes_max});
    client_ = std::make_unique<HttpClient>(
        HttpClientOptions{.proxy = "http://127.0.0.1:" + std::to_string(proxy_->port())});
  }

  std::unique_ptr<FilterProxy> proxy_;
  std::unique_ptr<HttpClient> client_;
};

TEST_F(FilterProxyTest, LeadsWhereItMay) {
  router_.Add("GET", "/x", [](const HttpRequest& request) {
    return HttpResponse{.body = "seen " + request.raw_query};
  });
  Start();
  Open("127.0.0.1");
  const std::string url = "http://127.0.0.1:" + std::to_string(port());
  ASSERT_OK_AND_ASSIGN(const HttpClientResponse answer,
                       client_->Send({.url = url + "/x?a=b"}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "seen a=b");
}

TEST_F(FilterProxyTest, RefusesOthers) {
  router_.Add("GET", "/x", [](const HttpRequest&) { return HttpResponse{.body = "x"}; });
  Start();
  Open("10.0.0.0/8");
  const std::string number = std::to_string(port());
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"}) {
    const auto answer =
        client_->Send({.url = "http://" + std::string(host) + ":" + number + "/x"});
    ASSERT_TRUE(answer.ok()) << host << answer.status().ToString();
    EXPECT_EQ(answer->status, 403) << host;
  }
  EXPECT_FALSE(client_->Send({.url = "https://127.0.0.1:" + number + "/x"}).ok());
}

TEST_F(FilterProxyTest, StopsWhatIsTooMuch) {
  router_.Add("GET", "/x", [](const HttpRequest&) {
    return HttpResponse{.body = std::string(100'000, 'x')};
  });
  Start();
  Open("all", 10'000);
  const std::string url = "http://127.0.0.1:" + std::to_string(port()) + "/x";
  EXPECT_EQ(proxy_->bytes(), 0);
  EXPECT_FALSE(client_->Send({.url = url}).ok());
  EXPECT_GT(proxy_->bytes(), 10'000);
}

}  // namespace
}  // namespace tarn::net
