#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

#include "tarn/net/internal/byte_stream.h"

namespace tarn::net::internal {
namespace {

using Outcome = IoResult::Outcome;

class PlainStream : public ByteStream {
 public:
  explicit PlainStream(int fd) : fd_(fd) {}

  IoResult Handshake() override { return {.outcome = Outcome::kDone}; }

  IoResult Read(std::span<char> buffer) override {
    for (;;) {
      const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
      if (count > 0) {
        return {.outcome = Outcome::kDone, .bytes = static_cast<size_t>(count)};
      }
      if (count == 0) {
        return {.outcome = Outcome::kEnd};
      }
      if (errno != EINTR) {
        return {.outcome = WouldBlock() ? Outcome::kWantRead : Outcome::kFailed};
      }
    }
  }

  IoResult Write(std::string_view first, std::string_view second) override {
    iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                     {const_cast<char*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = first.empty() ? parts + 1 : parts;
    message.msg_iovlen = first.empty() || second.empty() ? 1 : 2;
    for (;;) {
      const ssize_t count = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
      if (count >= 0) {
        return {.outcome = Outcome::kDone, .bytes = static_cast<size_t>(count)};
      }
      if (errno != EINTR) {
        return {.outcome = WouldBlock() ? Outcome::kWantWrite : Outcome::kFailed};
      }
    }
  }

  bool HasBuffered() const override { return false; }
  void EndWriting() override { ::shutdown(fd_, SHUT_WR); }

 private:
  static bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

  int fd_;
};

}  // namespace

std::unique_ptr<ByteStream> MakePlainStream(int fd) {
  return std::make_unique<PlainStream>(fd);
}

}  // namespace tarn::net::internal
