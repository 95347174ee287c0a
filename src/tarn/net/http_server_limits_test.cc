// Limits, time-outs, clients that go away, and the end of a server.
#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "tarn/net/raw_client_test.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Handlers that wait until they are let go.
class Gate {
 public:
  void Wait() {
    ++waiting_;
    opened_.wait();
  }
  void Open() {
    if (!is_open_.exchange(true)) {
      open_.set_value();
    }
  }
  int waiting() const { return waiting_; }

 private:
  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
  std::atomic<bool> is_open_{false};
  std::atomic<int> waiting_{0};
};

class HttpServerLimitsTest : public HttpServerFixture {
 protected:
  HttpServerLimitsTest() {
    router_.Add("GET", "/hello", [](const HttpRequest&) { return Text("hello"); });
    router_.Add("GET", "/wait", [this](const HttpRequest&) {
      gate_.Wait();
      return Text("waited");
    });
    const auto wait = [this](const HttpRequest&) {
      gate_.Wait();
      return Text("waited");
    };
    router_.Add("GET", "/line/{name}", wait, {.lane = Lane::kInLine});
    router_.Add("GET", "/long", wait, {.lane = Lane::kLong});
    router_.Add("GET", "/watch", [](const HttpRequest&) { return Text("alive"); },
                {.lane = Lane::kWatch});
    router_.Add("POST", "/small",
                [](const HttpRequest& request) { return Text(request.body); },
                {.body_bytes_max = 10});
    router_.Add("GET", "/large",
                [](const HttpRequest&) { return Text(std::string(30'000'000, 'x')); });
    router_.Add("GET", "/endless", [this](const HttpRequest&) {
      return HttpResponse{.stream = [this](HttpBodyWriter& writer) {
        const std::string piece(100'000, 'y');
        for (;;) {
          const Status status = writer.Write(piece);
          if (!status.ok()) {
            stream_ended_with_ = static_cast<int>(CodeOf(status));
            return status;
          }
          ++pieces_;
        }
      }};
    });
  }
  ~HttpServerLimitsTest() override { gate_.Open(); }

  Gate gate_;
  std::atomic<int> pieces_{0};
  std::atomic<int> stream_ended_with_{-1};
};

TEST_F(HttpServerLimitsTest, Headers) {
  Start({.header_bytes_max = 1'000});
  const std::string padding(990, 'a');
  const std::string requests[] = {
      "GET /" + padding + padding,  // never ends
      "GET /hello HTTP/1.1\r\nHost: h\r\nX: " + padding + "\r\n\r\n",
      "GET /hello HTTP/1.1\r\nHost: h\r\nA: " + padding.substr(0, 600) +
          "\r\nB: " + padding.substr(0, 600) + "\r\n\r\n",
  };
  for (const std::string& request : requests) {
    RawClient client(port());
    EXPECT_EQ(client.Ask(request).status, 431);
    EXPECT_TRUE(client.IsEnded());
  }
  RawClient client(port());
  EXPECT_EQ(client.Get("/hello", "X: " + padding.substr(0, 900) + "\r\n").status, 200);
  EXPECT_EQ(server_->counts().refused, 3);
}

TEST_F(HttpServerLimitsTest, HeadersThatComeInPiecesAreCountedTogether) {
  Start({.header_bytes_max = 1'000});
  RawClient client(port());
  client.Send("GET /hello HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 30 && client.Send("X: " + std::string(100, 'x') + "\r\n"); ++i) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(client.Read().status, 431);
}

TEST_F(HttpServerLimitsTest, BodiesByRoute) {
  Start();
  const std::string head = "POST /small HTTP/1.1\r\nHost: h\r\n";
  RawClient client(port());
  EXPECT_EQ(client.Ask(head + "Content-Length: 10\r\n\r\n0123456789").status, 200);
  EXPECT_EQ(client.Ask(head + "Content-Length: 11\r\n\r\n01234567890").status, 413);
  EXPECT_TRUE(client.IsEnded());
  RawClient chunked(port());
  EXPECT_EQ(chunked
                .Ask(head + "Transfer-Encoding: chunked\r\n\r\n"
                            "8\r\n01234567\r\n8\r\n01234567\r\n")
                .status,
            413);
  // Without having to send it.
  RawClient asking(port());
  EXPECT_EQ(
      asking.Ask(head + "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n").status,
      413);
}

TEST_F(HttpServerLimitsTest, ARefusedUploadStillGetsItsAnswer) {
  Start();
  RawClient client(port());
  client.Send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n");
  const std::string piece(100'000, 'z');
  for (int i = 0; i < 50 && client.Send(piece); ++i) {
  }
  EXPECT_EQ(client.Read().status, 413);
}

TEST_F(HttpServerLimitsTest, ConnectionsBeyondTheLimitAreTold) {
  Start({.connections_max = 2});
  RawClient first(port());
  RawClient second(port());
  EXPECT_EQ(first.Get("/hello").status, 200);
  EXPECT_EQ(second.Get("/hello").status, 200);
  RawClient third(port());
  const auto answer = third.Get("/hello");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Header("Retry-After"), "1");
  EXPECT_TRUE(third.IsEnded());
  third.Close();
  first.Close();
  EXPECT_TRUE(Eventually([&] { return server_->counts().connections == 1; }));
  RawClient fourth(port());
  EXPECT_EQ(fourth.Get("/hello").status, 200);
  EXPECT_EQ(server_->counts().refused, 1);
}

TEST_F(HttpServerLimitsTest, AFullQueueIsA503AndTheConnectionStays) {
  Start({.worker_threads = 1, .queue_max = 1});
  RawClient running(port());
  running.Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 1; }));
  RawClient queued(port());
  queued.Send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return server_->counts().in_progress == 2; }));
  RawClient refused(port());
  const auto answer = refused.Get("/hello");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Header("Retry-After"), "1");
  EXPECT_EQ(answer.Header("Connection"), "");
  gate_.Open();
  EXPECT_EQ(running.Read().body, "waited");
  EXPECT_EQ(queued.Read().body, "hello");
  EXPECT_EQ(refused.Get("/hello").status, 200);
}

TEST_F(HttpServerLimitsTest, BlockedHandlersDoNotHoldOthersUp) {
  Start({.worker_threads = 8});
  std::vector<std::unique_ptr<RawClient>> blocked;
  for (int i = 0; i < 7; ++i) {
    blocked.push_back(std::make_unique<RawClient>(port()));
    blocked.back()->Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 7; }));
  RawClient client(port());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(client.Get("/hello").status, 200);
  }
  gate_.Open();
  for (const auto& one : blocked) {
    EXPECT_EQ(one->Read().body, "waited");
  }
}

/// Clients that have asked for something each and wait for it.
class Crowd {
 public:
  Crowd(uint16_t port, int count, const std::string& path) {
    for (int i = 0; i < count; ++i) {
      clients_.push_back(std::make_unique<RawClient>(port));
      clients_.back()->Send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }
  }
  void ExpectAnswers(const std::string& body) {
    for (const auto& client : clients_) {
      EXPECT_EQ(client->Read().body, body);
    }
  }

 private:
  std::vector<std::unique_ptr<RawClient>> clients_;
};

TEST_F(HttpServerLimitsTest, ALaneThatIsFullHoldsUpNobodyElse) {
  Start({.worker_threads = 4});
  Crowd of_a(port(), 20, "/line/a");
  ASSERT_TRUE(Eventually([&] { return server_->counts().in_progress == 20; }));
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 3; }));
  // A line has three of four workers; the last one is for the others.
  Crowd of_b(port(), 5, "/line/b");
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 4; }));
  Crowd of_long(port(), 10, "/long");
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 8; }));
  Crowd ordinary(port(), 4, "/wait");
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 12; }));
  RawClient watching(port());
  EXPECT_EQ(watching.Get("/watch").body, "alive");
  RawClient late(port());
  late.Send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(gate_.waiting(), 12);
  gate_.Open();
  for (Crowd* crowd : {&of_a, &of_b, &of_long, &ordinary}) {
    crowd->ExpectAnswers("waited");
  }
  EXPECT_EQ(late.Read().body, "hello");
  EXPECT_EQ(gate_.waiting(), 39);
}

TEST_F(HttpServerLimitsTest, AQueueIsFullForItsLaneOnly) {
  Start({.worker_threads = 1, .queue_max = 3});
  Crowd running(port(), 1, "/line/a");
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 1; }));
  Crowd waiting(port(), 3, "/line/a");
  ASSERT_TRUE(Eventually([&] { return server_->counts().in_progress == 4; }));
  RawClient client(port());
  EXPECT_EQ(client.Get("/line/b").status, 503);
  EXPECT_EQ(client.Get("/hello").body, "hello");
  EXPECT_EQ(client.Get("/watch").body, "alive");
  gate_.Open();
  running.ExpectAnswers("waited");
  waiting.ExpectAnswers("waited");
  EXPECT_EQ(client.Get("/line/b").body, "waited");
}

TEST_F(HttpServerLimitsTest, SlowHeads) {
  Start({.header_timeout = milliseconds(60)});
  RawClient client(port());
  client.Send("GET /hello HTTP/1.1\r\nHo");
  const auto answer = client.Read();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(client.IsEnded());
  // Dripping does not help.
  RawClient dripping(port());
  std::atomic<bool> stop{false};
  std::thread drip([&] {
    while (!stop && dripping.Send("X")) {
      std::this_thread::sleep_for(milliseconds(5));
    }
  });
  EXPECT_EQ(dripping.Read().status, 408);
  stop = true;
  drip.join();
  // One that says nothing at all is told nothing.
  RawClient silent(port());
  EXPECT_TRUE(silent.IsEnded());
}

TEST_F(HttpServerLimitsTest, SlowBodies) {
  Start({.body_timeout = milliseconds(60)});
  RawClient client(port());
  client.Send("POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(client.Read().status, 408);
  EXPECT_TRUE(client.IsEnded());
}

TEST_F(HttpServerLimitsTest, IdleConnections) {
  Start({.idle_timeout = milliseconds(60)});
  RawClient client(port());
  EXPECT_EQ(client.Get("/hello").status, 200);
  EXPECT_TRUE(client.IsEnded());
  EXPECT_TRUE(Eventually([&] { return server_->counts().connections == 0; }));
}

TEST_F(HttpServerLimitsTest, ClientsThatDoNotRead) {
  Start({.write_timeout = milliseconds(100)});
  RawClient plain(port(), /*receive_buffer=*/4'096);
  plain.Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  RawClient streaming(port(), /*receive_buffer=*/4'096);
  streaming.Send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return server_->counts().connections == 2; }));
  ASSERT_TRUE(Eventually([&] { return server_->counts().connections == 0; }));
  EXPECT_EQ(stream_ended_with_, static_cast<int>(ErrorCode::kTimeout));
  EXPECT_FALSE(plain.Read().is_whole);
}

TEST_F(HttpServerLimitsTest, BackPressureOnStreams) {
  Start();
  RawClient client(port(), /*receive_buffer=*/4'096);
  client.Send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return pieces_ > 0; }));
  std::this_thread::sleep_for(milliseconds(100));
  const int before = pieces_;
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(pieces_, before);  // stopped: what the sockets hold is all
  EXPECT_LT(pieces_, 200);
  client.Abort();
  EXPECT_TRUE(Eventually(
      [&] { return stream_ended_with_ == static_cast<int>(ErrorCode::kCancelled); }));
}

TEST_F(HttpServerLimitsTest, ClientsThatDisappear) {
  Start();
  for (const char* request :
       {"", "GET /he", "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na",
        "GET /large HTTP/1.1\r\nHost: h\r\n\r\n", "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /endless HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    for (const bool resets : {false, true}) {
      RawClient client(port());
      client.Send(request);
      std::this_thread::sleep_for(milliseconds(5));
      resets ? client.Abort() : client.Close();
    }
  }
  EXPECT_TRUE(Eventually([&] { return gate_.waiting() == 2; }));
  gate_.Open();
  EXPECT_TRUE(Eventually([&] { return server_->counts().connections == 0; }));
  EXPECT_EQ(server_->counts().in_progress, 0);
  RawClient client(port());
  EXPECT_EQ(client.Get("/hello").status, 200);
}

TEST_F(HttpServerLimitsTest, ShutdownLetsRequestsFinish) {
  Start();
  RawClient idle(port());
  EXPECT_EQ(idle.Get("/hello").status, 200);
  RawClient fresh(port());
  RawClient running(port());
  running.Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 1; }));
  const uint16_t port_before = port();
  std::thread shutdown([&] { server_->Shutdown(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.IsEnded());
  EXPECT_TRUE(fresh.IsEnded());
  EXPECT_FALSE(RawClient(port_before).is_connected());
  gate_.Open();
  const auto answer = running.Read();
  EXPECT_EQ(answer.body, "waited");
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(running.IsEnded());
  running.Close();
  shutdown.join();
  EXPECT_EQ(server_->counts().connections, 0);
  server_->Shutdown(milliseconds(0));  // once more is fine
}

TEST_F(HttpServerLimitsTest, ShutdownEndsWhatTakesTooLong) {
  Start();
  RawClient streaming(port());
  streaming.Send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return pieces_ > 0; }));
  RawClient running(port());
  running.Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return gate_.waiting() == 1; }));
  const auto begin = steady_clock::now();
  server_->Shutdown(milliseconds(50));
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_FALSE(streaming.Read().is_whole);
  EXPECT_EQ(running.Read().status, 0);
  gate_.Open();
  server_.reset();
  EXPECT_EQ(stream_ended_with_, static_cast<int>(ErrorCode::kCancelled));
}

}  // namespace
}  // namespace tarn::net
