#include "tarn/net/relay_server.h"

#include <array>
#include <chrono>
#include <future>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/net/raw_client_test.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;

/// What is behind a relay: one end of a pair of sockets for each connection.
class Behind {
 public:
  ~Behind() {
    for (const int fd : ends_) {
      ::close(fd);
    }
  }

  Result<int> Connect() {
    std::array<int, 2> pair = {};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
      return MakeError(ErrorCode::kIoFailed, "no pair of sockets");
    }
    ends_.push_back(pair[0]);
    connected_.set_value(pair[0]);
    return pair[1];
  }
  int Wait() { return connected_.get_future().get(); }

 private:
  std::promise<int> connected_;
  std::vector<int> ends_;
};

std::string ReadToEnd(int fd) {
  std::string all;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count <= 0) {
      return all;
    }
    all.append(piece.data(), static_cast<size_t>(count));
  }
}

Result<std::unique_ptr<RelayServer>> Relay(Behind& behind) {
  return RelayServer::Start({}, [&](RelayedClient&) { return behind.Connect(); });
}

TEST(RelayServer, MovesBytesBothWaysAndTheEndOfEither) {
  Behind behind;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay(behind));
  RawClient client(relay->port());
  ASSERT_TRUE(client.Send("abc"));
  const int server = behind.Wait();
  client.EndSending();
  EXPECT_EQ(ReadToEnd(server), "abc");
  // More than all buffers on the way hold: the writer waits for the reader.
  constexpr size_t kBytes = size_t{8} << 20;
  std::thread writer([server] {
    const std::string much(kBytes, 'x');
    for (size_t done = 0; done < much.size();) {
      const ssize_t count = ::write(server, much.data() + done, much.size() - done);
      ASSERT_GT(count, 0);
      done += static_cast<size_t>(count);
    }
    ::shutdown(server, SHUT_RDWR);
  });
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(client.ReadBytes(kBytes).size(), kBytes);
  EXPECT_EQ(client.ReadBytes(1), "");
  writer.join();
}

TEST(RelayServer, AShutdownEndsWhatIsOpen) {
  Behind behind;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay(behind));
  RawClient client(relay->port());
  ASSERT_TRUE(client.Send("a"));
  const int server = behind.Wait();
  const auto began = std::chrono::steady_clock::now();
  relay->Shutdown(milliseconds(50));
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(5'000));
  EXPECT_EQ(client.ReadBytes(1), "");
  EXPECT_EQ(ReadToEnd(server), "a");
}

TEST(RelayServer, ClosesWhatHasNobodyBehind) {
  ASSERT_OK_AND_ASSIGN(const auto relay,
                       RelayServer::Start({}, [](RelayedClient&) -> Result<int> {
                         return MakeError(ErrorCode::kUnavailable, "nobody");
                       }));
  RawClient client(relay->port());
  EXPECT_EQ(client.ReadBytes(1), "");
}

TEST(RelayServer, SaysThatThePortIsTaken) {
  Behind behind;
  ASSERT_OK_AND_ASSIGN(const auto relay, Relay(behind));
  const auto second = RelayServer::Start(
      {.port = relay->port()}, [&](RelayedClient&) { return behind.Connect(); });
  EXPECT_EQ(CodeOf(second.status()), ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace tarn::net
