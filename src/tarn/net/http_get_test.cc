#include "tarn/net/http_get.h"

#include <arpa/inet.h>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {
namespace {

/// Answers one connection after the other with what `answer` makes of the request's first
/// line and the number of the request, and closes. An empty answer closes without a word.
class TinyServer {
 public:
  using Answer = std::function<std::string(const std::string& request, int number)>;

  explicit TinyServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    EXPECT_EQ(::getsockname(listener_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  TinyServer(const TinyServer&) = delete;
  TinyServer& operator=(const TinyServer&) = delete;
  ~TinyServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int requests() const { return requests_; }

 private:
  void Serve() {
    while (true) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) {
        return;
      }
      std::string request;
      char buffer[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t n = ::recv(client, buffer, sizeof(buffer), 0);
        if (n <= 0) {
          break;
        }
        request.append(buffer, static_cast<size_t>(n));
      }
      const std::string answer = answer_(request, requests_++);
      size_t sent = 0;
      while (sent < answer.size()) {
        const ssize_t n =
            ::send(client, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) {
          break;
        }
        sent += static_cast<size_t>(n);
      }
      ::close(client);
    }
  }

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

std::string Response(const std::string& status, const std::string& body,
                     const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n" + headers + "\r\n" + body;
}

class HttpGet : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("no_proxy", "127.0.0.1", 1);
    file_ = std::filesystem::temp_directory_path() /
            ("tarn-get-" + std::to_string(::getpid()));
  }
  void TearDown() override { std::filesystem::remove(file_); }

  Result<HttpGetResult> Get(const std::string& url, const HttpGetOptions& options = {}) {
    return HttpGetToFile(url, file_, options, clock_);
  }
  std::string Content() const {
    std::ostringstream content;
    content << std::ifstream(file_).rdbuf();
    return content.str();
  }
  bool FileIsThere() const { return std::filesystem::exists(file_); }

  testing::FakeClock clock_;
  std::string file_;
};

TEST_F(HttpGet, ABodyBecomesAFile) {
  std::string body = "a,b\n1,2\n";
  for (int i = 0; i < 100'000; ++i) {
    body += static_cast<char>(i % 256);
  }
  TinyServer server([&](const std::string&, int) {
    return Response("200 OK", body, "Content-Type: text/csv\r\n");
  });
  ASSERT_OK_AND_ASSIGN(const HttpGetResult result, Get(server.Url("/data.csv")));
  EXPECT_EQ(Content(), body);
  EXPECT_EQ(result.size_bytes, static_cast<int64_t>(body.size()));
  EXPECT_EQ(result.content_type, "text/csv");
  EXPECT_EQ(result.final_url, server.Url("/data.csv"));
}

TEST_F(HttpGet, RedirectsAreFollowedUpToTheLimit) {
  TinyServer server([](const std::string& request, int) {
    const int hop = std::atoi(request.c_str() + std::string("GET /").size());
    if (hop == 0) {
      return Response("200 OK", "there");
    }
    return Response("302 Found", "elsewhere",
                    "Location: /" + std::to_string(hop - 1) + "\r\n");
  });
  ASSERT_OK_AND_ASSIGN(const HttpGetResult result, Get(server.Url("/10")));
  EXPECT_EQ(Content(), "there");
  EXPECT_EQ(result.final_url, server.Url("/0"));
  EXPECT_ERROR(Get(server.Url("/11")), ErrorCode::kIoFailed, "more than 10 redirects");
  EXPECT_FALSE(FileIsThere());
}

TEST_F(HttpGet, RedirectsDoNotLeaveHttp) {
  TinyServer server([](const std::string&, int) {
    return Response("302 Found", "", "Location: file:///etc/passwd\r\n");
  });
  EXPECT_FALSE(Get(server.Url("/")).ok());
  EXPECT_FALSE(FileIsThere());
}

TEST_F(HttpGet, AnswersThatAreErrors) {
  const std::tuple<const char*, ErrorCode, int> cases[] = {
      {"404 Not Found", ErrorCode::kNoSuchFile, 1},
      {"410 Gone", ErrorCode::kNoSuchFile, 1},
      {"401 Unauthorized", ErrorCode::kUnauthenticated, 1},
      {"403 Forbidden", ErrorCode::kForbidden, 1},
      {"418 I'm a teapot", ErrorCode::kIoFailed, 1},
      {"429 Too Many Requests", ErrorCode::kUnavailable, 5},
      {"500 Internal Server Error", ErrorCode::kUnavailable, 5},
  };
  for (const auto& [status, code, requests] : cases) {
    SCOPED_TRACE(status);
    TinyServer server(
        [&](const std::string&, int) { return Response(status, "error page"); });
    EXPECT_ERROR(Get(server.Url("/x?token=geheim")), code, std::string(status, 3));
    EXPECT_EQ(server.requests(), requests);
    EXPECT_FALSE(FileIsThere());
    const auto again = Get(server.Url("/x?token=geheim"), {.retries_max = 0});
    EXPECT_EQ(again.status().message().find("geheim"), std::string::npos);
  }
}

TEST_F(HttpGet, BrokenTriesAreRepeatedFromTheStart) {
  TinyServer server([](const std::string&, int number) -> std::string {
    if (number == 0) {
      return "";
    }
    if (number == 1) {
      return Response("503 Busy", "try later");
    }
    if (number == 2) {
      return "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    }
    return Response("200 OK", "whole body");
  });
  ASSERT_OK_AND_ASSIGN(const HttpGetResult result, Get(server.Url("/x")));
  EXPECT_EQ(Content(), "whole body");
  EXPECT_EQ(result.size_bytes, 10);
  EXPECT_EQ(server.requests(), 4);
  EXPECT_EQ(clock_.slept(), std::chrono::milliseconds(200 + 400 + 800));
}

TEST_F(HttpGet, FewerBytesThanPromised) {
  TinyServer server([](const std::string&, int) {
    return std::string("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
  });
  EXPECT_ERROR(Get(server.Url("/x")), ErrorCode::kInvalidData,
               "Cannot download http://127.0.0.1");
  EXPECT_FALSE(FileIsThere());
}

TEST_F(HttpGet, CompressedTransfersAreDecoded) {
  // gzip of "hello\n"
  const unsigned char bytes[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0xe7, 0x02, 0x00,
                                 0x20, 0x30, 0x3a, 0x36, 0x06, 0x00, 0x00, 0x00};
  const std::string gzip(reinterpret_cast<const char*>(bytes), sizeof(bytes));
  std::string asked;
  TinyServer server([&](const std::string& request, int) {
    asked = request;
    return Response("200 OK", gzip, "Content-Encoding: gzip\r\n");
  });
  ASSERT_OK_AND_ASSIGN(const HttpGetResult result, Get(server.Url("/x")));
  EXPECT_EQ(Content(), "hello\n");
  EXPECT_EQ(result.size_bytes, 6);
  EXPECT_NE(asked.find("Accept-Encoding:"), std::string::npos);
}

TEST_F(HttpGet, BadEncoding) {
  TinyServer server([](const std::string&, int) {
    return Response("200 OK", "this is no gzip", "Content-Encoding: gzip\r\n");
  });
  const auto result = Get(server.Url("/x"), {.retries_max = 0});
  ASSERT_FALSE(result.ok());
  EXPECT_FALSE(FileIsThere());
}

TEST_F(HttpGet, LimitsAndCancellation) {
  TinyServer server(
      [](const std::string&, int) { return Response("200 OK", std::string(5000, 'x')); });
  EXPECT_ERROR(Get(server.Url("/x"), {.bytes_max = 4999}), ErrorCode::kResourceLimit,
               "4999 bytes");
  EXPECT_OK(Get(server.Url("/x"), {.bytes_max = 5000}));
  HttpGetOptions cancelled;
  cancelled.cancelled = [](int64_t, int64_t) { return true; };
  EXPECT_ERROR(Get(server.Url("/x"), cancelled), ErrorCode::kCancelled, "cancelled");
  EXPECT_FALSE(FileIsThere());
}

TEST_F(HttpGet, NobodyListens) {
  EXPECT_ERROR(Get("http://127.0.0.1:1/x", {.retries_max = 1}), ErrorCode::kUnavailable,
               "127.0.0.1:1");
  EXPECT_EQ(clock_.slept(), std::chrono::milliseconds(200));
}

TEST_F(HttpGet, WhatIsNoUrl) {
  for (const char* url :
       {"", "file:///etc/passwd", "ftp://host/x", "http://", "data.csv", "http:/x"}) {
    SCOPED_TRACE(url);
    EXPECT_ERROR(Get(url), ErrorCode::kInvalidArgument, "");
  }
}

TEST_F(HttpGet, AFileThatCannotBeMade) {
  EXPECT_ERROR(
      HttpGetToFile("http://127.0.0.1:1/x", "/nonexistent-directory/x", {}, clock_),
      ErrorCode::kNoSuchFile, "/nonexistent-directory/x");
}

TEST(UrlToShow, LeavesSecretsOut) {
  EXPECT_EQ(UrlToShow("https://joe:geheim@host:1/a/b?sig=geheim#x"),
            "https://host:1/a/b");
  EXPECT_EQ(UrlToShow("http://host"), "http://host");
  EXPECT_EQ(UrlToShow("http://host/a@b"), "http://host/a@b");
}

}  // namespace
}  // namespace tarn::net
