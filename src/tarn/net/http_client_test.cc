#include "tarn/net/http_client.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tarn/net/raw_client_test.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;

/// Sends `answer` to each connection's first bytes and closes it.
class CrudeServer {
 public:
  explicit CrudeServer(std::string answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd_, 16);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~CrudeServer() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  int requests() const { return requests_; }

 private:
  void Serve() {
    for (;;) {
      const int client = ::accept(fd_, nullptr, nullptr);
      if (client < 0) {
        return;
      }
      char bytes[4096];
      requests_ += ::recv(client, bytes, sizeof(bytes), 0) > 0;
      ::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::close(client);
    }
  }

  std::string answer_;
  int fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  uint16_t port_ = 0;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

class HttpClientTest : public HttpServerFixture {
 protected:
  void SetUp() override {
    for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
      router_.Add(method, "/echo", [](const HttpRequest& request) {
        HttpResponse response = Text(request.method + ':' + request.body);
        for (const char* name : {"Content-Type", "X-Own", "Expect", "User-Agent"}) {
          const std::string* const value = request.headers.Find(name);
          response.headers.Add(std::string("Got-") + name,
                               value == nullptr ? "none" : '<' + *value + '>');
        }
        return response;
      });
    }
    router_.Add("GET", "/status/{status}", [](const HttpRequest& request) {
      HttpResponse response = Text("status");
      response.status = std::stoi(*request.PathParameter("status"));
      return response;
    });
    for (const char* method : {"GET", "POST"}) {
      router_.Add(method, "/moved/{status}", [](const HttpRequest& request) {
        HttpResponse response{.status = std::stoi(*request.PathParameter("status"))};
        response.headers.Add("Location", "/echo");
        response.headers.Add("X-Of-Redirect", "yes");
        return response;
      });
    }
    router_.Add("GET", "/set", [](const HttpRequest&) {
      HttpResponse response = Text("set");
      response.headers.Add("Set-Cookie", "session=abc; Path=/");
      return response;
    });
    router_.Add("GET", "/get", [](const HttpRequest& request) {
      const std::string* cookie = request.headers.Find("Cookie");
      return Text(cookie == nullptr ? "none" : *cookie);
    });
    router_.Add("GET", "/large",
                [](const HttpRequest&) { return Text(std::string(100'000, 'l')); });
    router_.Add("GET", "/slow", [](const HttpRequest&) {
      std::this_thread::sleep_for(milliseconds(300));
      return Text("slow");
    });
    Start();
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }
};

TEST_F(HttpClientTest, MethodsHeadersAndBodies) {
  HttpClient client({.user_agent = "tarn/test", .proxy = ""});
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    for (const char* body : {"", "some body"}) {
      SCOPED_TRACE(std::string(method) + body);
      HttpClientRequest request{.method = method, .url = Url("/echo"), .body = body};
      request.headers.Add("X-Own", "value");
      ASSERT_OK_AND_ASSIGN(const HttpClientResponse answer, client.Send(request));
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(answer.body, std::string(method) + ':' + body);
      EXPECT_EQ(*answer.headers.Find("got-x-own"), "<value>");
      EXPECT_EQ(*answer.headers.Find("got-expect"), "none");
      EXPECT_EQ(*answer.headers.Find("got-content-type"), "none");
      EXPECT_EQ(*answer.headers.Find("got-user-agent"), "<tarn/test>");
    }
  }
  HttpClientRequest typed{.method = "POST", .url = Url("/echo"), .body = "{}"};
  typed.headers.Add("Content-Type", "application/json");
  ASSERT_OK_AND_ASSIGN(const HttpClientResponse answer, client.Send(typed));
  EXPECT_EQ(*answer.headers.Find("got-content-type"), "<application/json>");
  EXPECT_EQ(server_->counts().connections, 1);  // all on one
}

TEST_F(HttpClientTest, HeadHasNoBody) {
  HttpClient client({.proxy = ""});
  ASSERT_OK_AND_ASSIGN(const HttpClientResponse answer,
                       client.Send({.method = "HEAD", .url = Url("/large")}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(*answer.headers.Find("Content-Length"), "100000");
}

TEST_F(HttpClientTest, EveryStatusIsAnAnswer) {
  HttpClient client({.proxy = ""});
  for (const int status : {201, 304, 400, 401, 404, 409, 419, 429, 500, 503}) {
    ASSERT_OK_AND_ASSIGN(const HttpClientResponse answer,
                         client.Send({.url = Url("/status/" + std::to_string(status))}));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body, status == 304 ? "" : "status");
  }
}

TEST_F(HttpClientTest, Redirects) {
  HttpClient stays({.proxy = ""});
  ASSERT_OK_AND_ASSIGN(HttpClientResponse answer, stays.Send({.url = Url("/moved/302")}));
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(*answer.headers.Find("Location"), "/echo");
  HttpClient follows({.redirects = HttpRedirects::kFollow, .proxy = ""});
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"GET", "302", "GET:"},       {"GET", "308", "GET:"},       {"POST", "303", "GET:"},
      {"POST", "307", "POST:data"}, {"POST", "308", "POST:data"},
  };
  for (const auto& [method, status, body] : cases) {
    SCOPED_TRACE(std::string(method) + status);
    HttpClientRequest request{.method = method,
                              .url = Url(std::string("/moved/") + status)};
    request.body = std::string(method) == "POST" ? "data" : "";
    ASSERT_OK_AND_ASSIGN(answer, follows.Send(request));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.url, Url("/echo"));
    EXPECT_EQ(answer.headers.Find("X-Of-Redirect"), nullptr);
  }
}

TEST_F(HttpClientTest, LimitsAndTimeouts) {
  HttpClient client({.body_bytes_max = 99'999, .proxy = ""});
  EXPECT_ERROR(client.Send({.url = Url("/large?token=geheim")}),
               ErrorCode::kResourceLimit, "/large: the answer is larger than 99999");
  HttpClient larger({.body_bytes_max = 100'000, .proxy = ""});
  EXPECT_OK(larger.Send({.url = Url("/large")}));
  // The server may have seen it.
  EXPECT_ERROR(larger.Send({.url = Url("/slow"), .timeout = milliseconds(50)}),
               ErrorCode::kTimeout, "GET http://127.0.0.1");
  ASSERT_OK_AND_ASSIGN(const auto answer, larger.Send({.url = Url("/slow")}));
  EXPECT_EQ(answer.body, "slow");
}

TEST_F(HttpClientTest, CallsAtTheSameTime) {
  HttpClient client({.idle_handles_max = 2, .proxy = ""});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(t) + '-' + std::to_string(i);
        const auto answer =
            client.Send({.method = "POST", .url = Url("/echo"), .body = body});
        wrong += !answer.ok() || answer->body != "POST:" + body;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(HttpClientTest, AConnectionThatWasClosedMeanwhile) {
  HttpClient client({.proxy = ""});
  const HttpClientRequest request{.method = "POST", .url = Url("/echo"), .body = "x"};
  EXPECT_OK(client.Send(request));
  server_->Shutdown(milliseconds(100));
  EXPECT_ERROR(client.Send(request), ErrorCode::kUnavailable, "POST http://127.0.0.1");
}

TEST(HttpClientErrors, TellWhetherTheServerMayHaveSeenIt) {
  HttpClient client({.proxy = ""});
  EXPECT_ERROR(client.Send({.url = "http://127.0.0.1:1/"}), ErrorCode::kUnavailable,
               "GET http://127.0.0.1:1/");
  const CrudeServer silent("");
  EXPECT_ERROR(client.Send({.method = "POST", .url = silent.Url(), .body = "x"}),
               ErrorCode::kIoFailed, "");
  EXPECT_EQ(silent.requests(), 1);
  const CrudeServer cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_ERROR(client.Send({.url = cut.Url()}), ErrorCode::kInvalidData, "");
  const CrudeServer nonsense("SSH-2.0-OpenSSH\r\n");
  EXPECT_ERROR(client.Send({.url = nonsense.Url()}), ErrorCode::kInvalidArgument, "");
}

TEST(HttpClientErrors, RequestsThatAreNone) {
  HttpClient client({.proxy = ""});
  for (const char* url : {"", "file:///etc/passwd", "ftp://h/", "http://h/a b", "h/x"}) {
    EXPECT_ERROR(client.Send({.url = url}), ErrorCode::kInvalidArgument, "") << url;
  }
  EXPECT_ERROR(client.Send({.method = "GE T", .url = "http://h/"}),
               ErrorCode::kInvalidArgument, "GE T");
  HttpClientRequest request{.url = "http://h/"};
  request.headers.Add("X", "a\r\nY: b");
  EXPECT_ERROR(client.Send(request), ErrorCode::kInvalidArgument, "header: X");
}

TEST_F(HttpClientTest, GuardRefusesAddresses) {
  HttpClient guarded({.guard = std::make_shared<AddressGuard>(*AddressGuard::Make(""))});
  EXPECT_ERROR(guarded.Send({.url = Url("/echo")}), ErrorCode::kForbidden, "127.0.0.1");
  const auto named = "http://localhost:" + std::to_string(port()) + "/echo";
  EXPECT_ERROR(guarded.Send({.url = named}), ErrorCode::kForbidden, "not public");
  HttpClient allowed(
      {.guard = std::make_shared<AddressGuard>(*AddressGuard::Make("localhost"))});
  EXPECT_OK(allowed.Send({.url = named}));
  EXPECT_ERROR(allowed.Send({.url = Url("/echo")}), ErrorCode::kForbidden, "127.0.0.1");
}

TEST_F(HttpClientTest, CookiesAreKeptIfAskedFor) {
  HttpClient keeper({.keeps_cookies = true});
  ASSERT_OK(keeper.Send({.url = Url("/set")}));
  EXPECT_EQ(keeper.Send({.url = Url("/get")})->body, "session=abc");
  HttpClient other;
  ASSERT_OK(other.Send({.url = Url("/set")}));
  EXPECT_EQ(other.Send({.url = Url("/get")})->body, "none");
}

TEST_F(HttpClientTest, CookiesGoFromOneClientToAnother) {
  HttpClient keeper({.keeps_cookies = true});
  HttpClient other({.keeps_cookies = true});
  ASSERT_OK(keeper.Send({.url = Url("/set")}));
  const std::vector<HttpCookie> cookies = keeper.Cookies();
  ASSERT_EQ(cookies.size(), 1);
  EXPECT_EQ(cookies[0].name, "session");
  EXPECT_EQ(cookies[0].value, "abc");
  EXPECT_EQ(cookies[0].domain, "127.0.0.1");
  EXPECT_FALSE(cookies[0].for_subdomains);
  other.KeepCookies(cookies);
  other.KeepCookies({{.name = "bad", .value = "a\r\nX: y", .domain = "127.0.0.1"}});
  ASSERT_OK_AND_ASSIGN(const HttpClientResponse seen, other.Send({.url = Url("/get")}));
  EXPECT_EQ(seen.body, "session=abc");
  HttpClient forgetful;
  forgetful.KeepCookies(cookies);
  EXPECT_TRUE(forgetful.Cookies().empty());
}

TEST_F(HttpClientTest, CanBeCancelled) {
  HttpClient client;
  EXPECT_ERROR(client.Send({.url = Url("/slow"), .cancelled = [] { return true; }}),
               ErrorCode::kCancelled, "cancelled");
}

}  // namespace
}  // namespace tarn::net
