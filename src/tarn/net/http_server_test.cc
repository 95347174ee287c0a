#include "tarn/net/http_server.h"

#include <atomic>
#include <mutex>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/net/raw_client_test.h"

namespace tarn::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HttpServerTest : public HttpServerFixture {
 protected:
  HttpServerTest() {
    router_.Add("GET", "/hello", [](const HttpRequest&) { return Text("hello"); });
    router_.Add("GET", "/path/{name}", [](const HttpRequest& request) {
      return Text(*request.PathParameter("name") + '|' +
                  request.QueryParameter("q").value_or("-") + '|' +
                  request.remote_address);
    });
    router_.Add("POST", "/echo",
                [](const HttpRequest& request) { return Text(request.body); });
    router_.Add("GET", "/large",
                [](const HttpRequest&) { return Text(std::string(3'000'000, 'x')); });
    router_.Add("GET", "/empty", [](const HttpRequest&) {
      return HttpResponse{.status = 204, .body = "must not be sent"};
    });
    router_.Add("GET", "/throws", [](const HttpRequest&) -> HttpResponse {
      throw std::runtime_error("handler");
    });
    router_.Add("GET", "/throws-int",
                [](const HttpRequest&) -> HttpResponse { throw 7; });
    router_.Add("GET", "/quiet", [](const HttpRequest&) { return Text("ok"); },
                {.is_logged = false});
    router_.Add("GET", "/stream/{pieces}", [](const HttpRequest& request) {
      const int pieces = std::stoi(*request.PathParameter("pieces"));
      return HttpResponse{.stream = [pieces](HttpBodyWriter& writer) {
        for (int i = 0; i < pieces; ++i) {
          ARROW_RETURN_NOT_OK(writer.Write(std::string(10'000, 'a')));
          ARROW_RETURN_NOT_OK(writer.Write(""));
        }
        return Status::OK();
      }};
    });
    router_.Add("GET", "/stream-fails", [](const HttpRequest&) {
      return HttpResponse{.stream = [](HttpBodyWriter& writer) {
        ARROW_RETURN_NOT_OK(writer.Write("half"));
        return MakeError(ErrorCode::kIoFailed, "no more");
      }};
    });
    router_.Add("GET", "/stream-throws", [](const HttpRequest&) {
      return HttpResponse{.stream = [](HttpBodyWriter&) -> Status {
        throw std::runtime_error("stream");
      }};
    });
    router_.SetFallback("/", [](const HttpRequest&, int status) {
      HttpResponse response{.status = status};
      response.body = "refused " + std::to_string(status);
      return response;
    });
  }
};

TEST_F(HttpServerTest, OneConnectionManyRequests) {
  Start();
  RawClient client(port());
  for (int i = 0; i < 20; ++i) {
    const auto answer = client.Get("/hello");
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_NE(answer.Header("Date"), "");
    EXPECT_EQ(answer.Header("X-Request-Id").size(), 36U);
  }
  EXPECT_EQ(server_->counts().connections, 1);
  EXPECT_EQ(server_->counts().requests, 20);
  client.Close();
  EXPECT_TRUE(Eventually([&] { return server_->counts().connections == 0; }));
}

TEST_F(HttpServerTest, PathsAndQueriesAreDecoded) {
  Start();
  RawClient client(port());
  EXPECT_EQ(client.Get("/path/a%2Fb%1Fc?q=x%26y+z").body,
            "a/b\x1f"
            "c|x&y z|127.0.0.1");
  EXPECT_EQ(client.Get("http://other/path/abs?x").body, "abs|-|127.0.0.1");
  EXPECT_EQ(client.Get("/path/%zz").status, 400);
  EXPECT_EQ(client.Get("/path/%00").status, 400);
  EXPECT_EQ(client.Get("/path/ok").status, 200);  // the connection has stayed
}

TEST_F(HttpServerTest, WhatNoRouteMatches) {
  Start();
  RawClient client(port());
  auto answer = client.Get("/nowhere");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "refused 404");
  answer = client.Ask("DELETE /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.Header("Allow"), "OPTIONS, POST");
  answer = client.Ask("OPTIONS /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.Header("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST_F(HttpServerTest, HeadHasTheLengthAndNoBody) {
  Start();
  RawClient client(port());
  for (const char* path : {"/hello", "/stream/3", "/empty"}) {
    client.Send(std::string("HEAD ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = client.Read(/*has_body=*/false);
    EXPECT_TRUE(answer.status == 200 || answer.status == 204) << path;
    EXPECT_EQ(answer.Header("Content-Length"), std::string(path) == "/hello" ? "5" : "");
  }
  EXPECT_EQ(client.Get("/hello").body, "hello");  // nothing was left in between
}

TEST_F(HttpServerTest, NoBodyWhereThereIsNone) {
  Start();
  RawClient client(port());
  const auto answer = client.Get("/empty");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.Header("Content-Length"), "");
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST_F(HttpServerTest, BodiesPlainAndChunked) {
  Start();
  RawClient client(port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(client.Ask(head + "Content-Length: 5\r\n\r\nabcde").body, "abcde");
  EXPECT_EQ(client.Ask(head + "Content-Length: 0\r\n\r\n").body, "");
  EXPECT_EQ(client.Ask(head + "\r\n").body, "");
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(client
                .Ask(chunked + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n"
                               "Trailer: x\r\n\r\n")
                .body,
            "abc0123456789");
  // Byte by byte.
  for (const char c : chunked + "2\r\nxy\r\n0\r\n\r\n") {
    client.Send(std::string(1, c));
  }
  EXPECT_EQ(client.Read().body, "xy");
  const std::string large(2'000'000, 'b');
  EXPECT_EQ(client
                .Ask(head + "Content-Length: " + std::to_string(large.size()) +
                     "\r\n\r\n" + large)
                .body,
            large);
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Start();
  RawClient client(port());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += i % 7 == 3
                    ? "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n"
                    : "GET /path/" + std::to_string(i) +
                          " HTTP/1.1\r\nHost: h\r\n\r\n\r\n";  // an empty line more
  }
  client.Send(requests);
  for (int i = 0; i < 200; ++i) {
    const auto answer = client.Read();
    if (i % 7 == 3) {
      ASSERT_EQ(answer.status, 404);
    } else {
      ASSERT_EQ(answer.body, std::to_string(i) + "|-|127.0.0.1");
    }
  }
}

TEST_F(HttpServerTest, ManyRefusalsInOneBufferDoNotNest) {
  Start();
  RawClient client(port());
  std::string requests;
  for (int i = 0; i < 5'000; ++i) {
    requests += "GET /n HTTP/1.1\r\nHost:h\r\n\r\n";
  }
  std::thread sender([&] { client.Send(requests); });
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_EQ(client.Read().status, 404);
  }
  sender.join();
}

TEST_F(HttpServerTest, ExpectContinue) {
  Start();
  RawClient client(port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n";
  EXPECT_EQ(client.Ask(head + "Expect: 100-continue\r\n\r\n").status, 100);
  EXPECT_EQ(client.Ask("hi").body, "hi");
  // The final answer comes at once where the body is of no use.
  const auto refused = client.Ask(
      "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(refused.Header("Connection"), "close");
  RawClient other(port());
  EXPECT_EQ(other.Ask(head + "Expect: more\r\n\r\nhi").status, 417);
}

TEST_F(HttpServerTest, ConnectionsThatEnd) {
  Start();
  RawClient client(port());
  auto answer = client.Get("/hello", "Connection: close\r\n");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(client.IsEnded());
  RawClient old(port());
  answer = old.Ask("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_EQ(answer.body, "hello");
  EXPECT_TRUE(old.IsEnded());
  RawClient kept(port());
  answer = kept.Ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer.Header("Connection"), "keep-alive");
  EXPECT_EQ(kept.Get("/hello").body, "hello");
  // A client that has said all it has to say still gets its answer.
  RawClient half(port());
  half.Send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  half.EndSending();
  EXPECT_EQ(half.Read().body, "hello");
  EXPECT_TRUE(half.IsEnded());
}

TEST_F(HttpServerTest, StreamsAreChunked) {
  Start();
  RawClient client(port());
  auto answer = client.Get("/stream/5");
  EXPECT_TRUE(answer.is_whole);
  EXPECT_EQ(answer.body, std::string(50'000, 'a'));
  answer = client.Get("/stream/0");
  EXPECT_TRUE(answer.is_whole);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(client.Get("/hello").body, "hello");
  RawClient old(port());
  answer = old.Ask("GET /stream/2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(answer.is_whole);
  EXPECT_EQ(answer.Header("Transfer-Encoding"), "");
  EXPECT_EQ(answer.body.size(), 20'000U);
}

TEST_F(HttpServerTest, AStreamThatFailsIsSeenToBeCutOff) {
  Start();
  for (const char* path : {"/stream-fails", "/stream-throws"}) {
    for (const char* version : {"1.1", "1.0"}) {
      SCOPED_TRACE(std::string(path) + ' ' + version);
      RawClient client(port());
      const auto answer = client.Ask(std::string("GET ") + path + " HTTP/" + version +
                                     "\r\nHost: h\r\n\r\n");
      EXPECT_FALSE(answer.is_whole);
    }
  }
  EXPECT_TRUE(Eventually([&] { return server_->counts().in_progress == 0; }));
}

TEST_F(HttpServerTest, WhatAHandlerThrowsIsA500) {
  Start();
  RawClient client(port());
  for (const char* path : {"/throws", "/throws-int"}) {
    const auto answer = client.Get(path);
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, "refused 500");
  }
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST_F(HttpServerTest, LargeAnswersAndCompression) {
  Start();
  RawClient client(port());
  EXPECT_EQ(client.Get("/large").body.size(), 3'000'000U);
  const auto packed = client.Get("/large", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.Header("Vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), 100'000U);
  EXPECT_EQ(packed.body.substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(client.Get("/hello", "Accept-Encoding: gzip\r\n").body, "hello");
}

TEST_F(HttpServerTest, MalformedRequests) {
  struct Case {
    const char* request;
    int status;
  };
  const std::string long_chunk_line =
      "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
      std::string(100'000, 'x');
  const Case cases[] = {
      {"\x16\x03\x01\x02\x01 TLS on a plain port\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {"GET /hello\r\n\r\n", 400},
      {"GET hello HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /hel lo HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /hello HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"GET /hello HTTP/1.1\r\n\r\n", 400},  // no Host
      {"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost : h\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n", 400},
      {"GET /hello HTTP/1.1\nHost: h\n\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
       400},
      {long_chunk_line.c_str(), 400},
  };
  Start();
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.request).substr(0, 120));
    RawClient client(port());
    const auto answer = client.Ask(c.request);
    EXPECT_EQ(answer.status, c.status);
    EXPECT_EQ(answer.Header("Connection"), "close");
    EXPECT_TRUE(client.IsEnded());
  }
  RawClient client(port());
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST_F(HttpServerTest, TheAccessLog) {
  Start();
  RawClient client(port());
  client.Get("/path/a%20b?secret=1", "X-Request-Id: my-id\r\nUser-Agent: test\r\n");
  client.Get("/quiet");
  client.Ask(
      "POST /echo HTTP/1.1\r\nHost: h\r\nX-Request-Id: a b\r\n"
      "Content-Length: 3\r\n\r\nabc");
  client.Get("/nowhere");
  const std::vector<HttpAccess> log = LogOf(3);
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0].request_id, "my-id");
  EXPECT_EQ(log[0].remote_address, "127.0.0.1");
  EXPECT_EQ(log[0].method, "GET");
  EXPECT_EQ(log[0].path, "/path/a%20b");
  EXPECT_EQ(log[0].route, "/path/{name}");
  EXPECT_EQ(log[0].status, 200);
  EXPECT_EQ(log[0].user_agent, "test");
  EXPECT_EQ(log[0].response_bytes, 15);
  EXPECT_GE(log[0].duration.count(), 0);
  EXPECT_EQ(log[1].request_bytes, 3);
  EXPECT_EQ(log[1].request_id.size(), 36U);  // "a b" is not one
  EXPECT_EQ(log[2].status, 404);
  EXPECT_EQ(log[2].route, "");
}

TEST_F(HttpServerTest, TwoHundredConnectionsAtOnce) {
  std::atomic<int> wrong{0};
  Start({.io_threads = 2, .worker_threads = 8});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(std::make_unique<RawClient>(port()));
  }
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 5; ++round) {
        for (size_t i = t; i < clients.size(); i += 4) {
          clients[i]->Send("GET /path/" + std::to_string(i) +
                           " HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        for (size_t i = t; i < clients.size(); i += 4) {
          wrong += clients[i]->Read().body != std::to_string(i) + "|-|127.0.0.1";
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(server_->counts().connections, 200);
  EXPECT_EQ(server_->counts().requests, 1'000);
  EXPECT_TRUE(Eventually([&] { return server_->counts().in_progress == 0; }));
}

TEST(HttpServerStart, ExtraPortsAreServedAlike) {
  Router router;
  router.Add("GET", "/x", [](const HttpRequest&) {
    HttpResponse response{.status = 200};
    response.principal = "ada";
    return response;
  });
  std::mutex mutex;
  std::vector<std::string> principals;
  HttpServerOptions options{.extra_ports = {0, 0}};
  options.access = [&](const HttpAccess& access) {
    const std::lock_guard lock(mutex);
    principals.push_back(access.principal);
  };
  ASSERT_OK_AND_ASSIGN(const auto server, HttpServer::Start(options, router));
  ASSERT_EQ(server->extra_ports().size(), 2U);
  for (const uint16_t port :
       {server->port(), server->extra_ports()[0], server->extra_ports()[1]}) {
    RawClient client(port);
    const auto answer = client.Get("/x");
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.head, Not(HasSubstr("ada"))) << "it is for the log only";
  }
  const uint16_t taken = server->extra_ports()[1];
  EXPECT_ERROR(HttpServer::Start({.extra_ports = {taken}}, router),
               ErrorCode::kAlreadyExists, std::to_string(taken));
  server->Shutdown(std::chrono::seconds(5));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(principals, std::vector<std::string>(3, "ada"));
}

TEST(HttpServerStart, AddressesAndPorts) {
  const Router router;
  ASSERT_OK_AND_ASSIGN(const auto server, HttpServer::Start({}, router));
  EXPECT_ERROR(HttpServer::Start({.port = server->port()}, router),
               ErrorCode::kAlreadyExists, "choose another port");
  EXPECT_ERROR(HttpServer::Start({.address = "nonsense"}, router),
               ErrorCode::kInvalidArgument, "nonsense");
  EXPECT_ERROR(HttpServer::Start({.address = "192.0.2.1"}, router),
               ErrorCode::kInvalidArgument, "192.0.2.1");
  EXPECT_OK(HttpServer::Start({.address = "localhost"}, router));
  EXPECT_ERROR(
      HttpServer::Start({.tls = TlsOptions{"/nonexistent.pem", "/none"}}, router),
      ErrorCode::kInvalidArgument, "/nonexistent.pem");
}

}  // namespace
}  // namespace tarn::net
