// Bodies that their handlers read while they arrive.
#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/net/raw_client_test.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;

HttpResponse Said(int status, std::string body) {
  return {.status = status, .body = std::move(body)};
}

class HttpBodyStreamTest : public HttpServerFixture {
 protected:
  HttpBodyStreamTest() {
    const RouteOptions streams{.body_bytes_max = 1'000'000, .streams_body = true};
    router_.Add(
        "POST", "/count",
        [this](const HttpRequest& request) {
          int64_t bytes = 0;
          for (;;) {
            const auto piece = request.body_reader->Read();
            if (!piece.ok()) {
              ended_with_ = static_cast<int>(CodeOf(piece.status()));
              return Said(200, "never seen");
            }
            if (!*piece) {
              return Said(200, std::to_string(bytes));
            }
            bytes += static_cast<int64_t>((*piece)->size());
            bytes_ = bytes;
          }
        },
        streams);
    router_.Add(
        "POST", "/refuse", [](const HttpRequest&) { return Said(403, "no"); }, streams);
    router_.Add("GET", "/hello", [](const HttpRequest&) { return Said(200, "hello"); });
  }

  std::atomic<int> ended_with_{-1};
  std::atomic<int64_t> bytes_{-1};
};

TEST_F(HttpBodyStreamTest, WholePlainChunkedAndEmptyBodies) {
  Start();
  RawClient client(port());
  const std::string head = "POST /count HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(client.Ask(head + "Content-Length: 5\r\n\r\n12345").body, "5");
  EXPECT_EQ(client.Ask(head + "Content-Length: 0\r\n\r\n").body, "0");
  EXPECT_EQ(client.Ask(head + "\r\n").body, "0");
  EXPECT_EQ(client
                .Ask(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n"
                            "0\r\n\r\n")
                .body,
            "7");
  const std::string large(900'000, 'x');
  EXPECT_EQ(client.Ask(head + "Content-Length: 900000\r\n\r\n" + large).body, "900000");
  // The connection is as good as after any other request.
  EXPECT_EQ(client.Get("/hello").body, "hello");
}

TEST_F(HttpBodyStreamTest, PipelinedRequestsAreKeptApart) {
  Start();
  RawClient client(port());
  const std::string one =
      "POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  client.Send(one + one + "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.Read().body, "3");
  EXPECT_EQ(client.Read().body, "3");
  EXPECT_EQ(client.Read().body, "hello");
}

TEST_F(HttpBodyStreamTest, IsReadBeforeItHasEnded) {
  Start();
  RawClient client(port());
  client.Send("POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n0123456789");
  ASSERT_TRUE(Eventually([&] { return bytes_ == 10; }));
  client.Send("0123456789");
  EXPECT_EQ(client.Read().body, "20");
}

TEST_F(HttpBodyStreamTest, IsAskedForOnlyByWhoReadsIt) {
  Start();
  const std::string head = "Host: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  RawClient client(port());
  EXPECT_EQ(client.Ask("POST /count HTTP/1.1\r\n" + head).status, 100);
  EXPECT_EQ(client.Ask("12345").body, "5");
  RawClient refused(port());
  const auto answer = refused.Ask("POST /refuse HTTP/1.1\r\n" + head);
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.Header("Connection"), "close");
}

TEST_F(HttpBodyStreamTest, LimitsAreTheServers) {
  Start();
  const std::string head = "POST /count HTTP/1.1\r\nHost: h\r\n";
  RawClient told(port());
  EXPECT_EQ(told.Ask(head + "Content-Length: 1000001\r\n\r\n").status, 413);
  RawClient chunked(port());
  const std::string piece = "186a0\r\n" + std::string(100'000, 'z') + "\r\n";
  chunked.Send(head + "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 11 && chunked.Send(piece); ++i) {
  }
  EXPECT_EQ(chunked.Read().status, 413);
  EXPECT_EQ(ended_with_, static_cast<int>(ErrorCode::kResourceLimit));
  RawClient broken(port());
  EXPECT_EQ(broken.Ask(head + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n").status,
            400);
}

TEST_F(HttpBodyStreamTest, ClientsThatAreSlowOrGone) {
  Start({.body_timeout = milliseconds(100)});
  const std::string head =
      "POST /count HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n0123456789";
  RawClient slow(port());
  EXPECT_EQ(slow.Ask(head).status, 408);
  EXPECT_EQ(ended_with_, static_cast<int>(ErrorCode::kTimeout));
  RawClient gone(port());
  gone.Send(head);
  gone.Close();
  EXPECT_TRUE(
      Eventually([&] { return ended_with_ == static_cast<int>(ErrorCode::kCancelled); }));
  EXPECT_TRUE(Eventually([&] { return server_->counts().in_progress == 0; }));
}

}  // namespace
}  // namespace tarn::net
