#include "tarn/net/stream_server.h"

#include <array>
#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "tarn/net/raw_client_test.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;

/// Answers each byte with the next one in the alphabet.
void Shift(Stream& stream) {
  std::array<char, 16> bytes;
  for (;;) {
    const auto count = stream.Read(bytes.data(), bytes.size(),
                                   ReadPoint::kBetweenRequests, milliseconds(10'000));
    if (!count.ok() || *count == 0) {
      return;
    }
    std::string answer(bytes.data(), *count);
    for (char& c : answer) {
      ++c;
    }
    if (!stream.Write(answer, milliseconds(10'000)).ok()) {
      return;
    }
  }
}

TEST(StreamServer, ServesConnectionsAtOnce) {
  ASSERT_OK_AND_ASSIGN(const auto server, StreamServer::Start({}, &Shift));
  RawClient first(server->port());
  RawClient second(server->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(first.Send("abc"));
    ASSERT_TRUE(second.Send("x"));
    EXPECT_EQ(second.ReadBytes(1), "y");
    EXPECT_EQ(first.ReadBytes(3), "bcd");
  }
  EXPECT_EQ(server->counts().connections, 2);
  EXPECT_EQ(server->counts().accepted, 2);
}

TEST(StreamServer, ClosesWhatIsTooMany) {
  ASSERT_OK_AND_ASSIGN(const auto server,
                       StreamServer::Start({.connections_max = 1}, &Shift));
  auto first = std::make_unique<RawClient>(server->port());
  ASSERT_TRUE(first->Send("a"));
  EXPECT_EQ(first->ReadBytes(1), "b");
  RawClient second(server->port());
  EXPECT_EQ(second.ReadBytes(1), "");
  EXPECT_EQ(server->counts().refused, 1);
  first->Close();
  while (server->counts().connections > 0) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  RawClient third(server->port());
  ASSERT_TRUE(third.Send("a"));
  EXPECT_EQ(third.ReadBytes(1), "b");
}

TEST(StreamServer, ReadsTimeOut) {
  std::promise<Status> seen;
  ASSERT_OK_AND_ASSIGN(
      const auto server, StreamServer::Start({}, [&](Stream& stream) {
        char byte = 0;
        seen.set_value(
            stream.Read(&byte, 1, ReadPoint::kWithinRequest, milliseconds(20)).status());
      }));
  RawClient client(server->port());
  EXPECT_ERROR(seen.get_future().get(), ErrorCode::kTimeout, "20 ms");
}

TEST(StreamServer, WritesToAClientThatTakesNothingTimeOut) {
  std::promise<Status> seen;
  ASSERT_OK_AND_ASSIGN(
      const auto server, StreamServer::Start({}, [&](Stream& stream) {
        seen.set_value(stream.Write(std::string(64 << 20, 'x'), milliseconds(50)));
      }));
  RawClient client(server->port(), 4096);
  EXPECT_ERROR(seen.get_future().get(), ErrorCode::kTimeout, "No byte moved");
}

TEST(StreamServer, ShutdownEndsIdleConnectionsAndLetsOthersFinish) {
  std::promise<void> is_inside;
  std::atomic<bool> is_finished = false;
  ASSERT_OK_AND_ASSIGN(
      const auto server, StreamServer::Start({}, [&](Stream& stream) {
        char byte = 0;
        const auto first =
            stream.Read(&byte, 1, ReadPoint::kBetweenRequests, milliseconds(10'000));
        if (!first.ok()) {
          return;  // the idle one
        }
        is_inside.set_value();
        const auto rest =
            stream.Read(&byte, 1, ReadPoint::kWithinRequest, milliseconds(10'000));
        is_finished = rest.ok() && stream.Write("done", milliseconds(1'000)).ok();
      }));
  RawClient idle(server->port());
  RawClient busy(server->port());
  ASSERT_TRUE(busy.Send("a"));
  is_inside.get_future().wait();
  std::thread stopper([&] { server->Shutdown(milliseconds(10'000)); });
  EXPECT_EQ(idle.ReadBytes(1), "");
  ASSERT_TRUE(busy.Send("b"));
  EXPECT_EQ(busy.ReadBytes(4), "done");
  stopper.join();
  EXPECT_TRUE(is_finished);
  EXPECT_FALSE(RawClient(server->port()).is_connected());
}

TEST(StreamServer, ShutdownCutsWhatTakesTooLong) {
  ASSERT_OK_AND_ASSIGN(const auto server, StreamServer::Start({}, [&](Stream& stream) {
                         char byte = 0;
                         EXPECT_ERROR(stream.Read(&byte, 1, ReadPoint::kWithinRequest,
                                                  milliseconds(60'000)),
                                      ErrorCode::kCancelled, "shutting down");
                       }));
  RawClient client(server->port());
  while (server->counts().connections == 0) {
    std::this_thread::sleep_for(milliseconds(1));
  }
  server->Shutdown(milliseconds(10));
  EXPECT_EQ(server->counts().connections, 0);
}

TEST(StreamServer, AnExceptionEndsItsConnectionOnly) {
  ASSERT_OK_AND_ASSIGN(
      const auto server, StreamServer::Start({}, [](Stream& stream) {
        char byte = 0;
        ASSERT_TRUE(
            stream.Read(&byte, 1, ReadPoint::kWithinRequest, milliseconds(10'000)).ok());
        if (byte == 't') {
          throw std::runtime_error("thrown by a test");
        }
        ASSERT_TRUE(stream.Write("ok", milliseconds(1'000)).ok());
      }));
  RawClient bad(server->port());
  ASSERT_TRUE(bad.Send("t"));
  EXPECT_EQ(bad.ReadBytes(1), "");
  RawClient good(server->port());
  ASSERT_TRUE(good.Send("g"));
  EXPECT_EQ(good.ReadBytes(2), "ok");
}

TEST(StreamServer, APortThatIsTakenIsSaid) {
  ASSERT_OK_AND_ASSIGN(const auto server, StreamServer::Start({}, &Shift));
  EXPECT_ERROR(StreamServer::Start({.port = server->port()}, &Shift),
               ErrorCode::kAlreadyExists, "another program has the port");
  EXPECT_ERROR(StreamServer::Start({.address = "nowhere"}, &Shift),
               ErrorCode::kInvalidArgument, "nowhere");
}

}  // namespace
}  // namespace tarn::net
