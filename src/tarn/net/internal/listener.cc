#include "tarn/net/internal/listener.h"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn::net::internal {
namespace {

constexpr int kBacklog = 4096;

/// An address of either family.
struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  sockaddr_in* v4() { return reinterpret_cast<sockaddr_in*>(&storage); }
  sockaddr_in6* v6() { return reinterpret_cast<sockaddr_in6*>(&storage); }
};

bool Parse(std::string text, uint16_t port, SocketAddress* address) {
  if (text == "localhost") {
    text = "127.0.0.1";
  }
  if (::inet_pton(AF_INET, text.c_str(), &address->v4()->sin_addr) == 1) {
    address->v4()->sin_family = AF_INET;
    address->v4()->sin_port = htons(port);
    address->size = sizeof(sockaddr_in);
    return true;
  }
  if (::inet_pton(AF_INET6, text.c_str(), &address->v6()->sin6_addr) == 1) {
    address->v6()->sin6_family = AF_INET6;
    address->v6()->sin6_port = htons(port);
    address->size = sizeof(sockaddr_in6);
    return true;
  }
  return false;
}

std::string TextOf(SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  const bool is_v4 = address.storage.ss_family == AF_INET;
  const void* const from = is_v4 ? static_cast<const void*>(&address.v4()->sin_addr)
                                 : &address.v6()->sin6_addr;
  ::inet_ntop(address.storage.ss_family, from, text.data(), text.size());
  return text.data();
}

Status CannotListen(const std::string& address, uint16_t port, int error) {
  const std::string where =
      address.find(':') == std::string::npos ? address : '[' + address + ']';
  if (error == EADDRINUSE) {
    return MakeError(ErrorCode::kAlreadyExists,
                     fmt::format("Cannot listen on {}:{}: another program has the port; "
                                 "stop it or choose another port",
                                 where, port));
  }
  const ErrorCode code =
      error == EADDRNOTAVAIL ? ErrorCode::kInvalidArgument : ErrorCode::kIoFailed;
  return MakeError(code, fmt::format("Cannot listen on {}:{}: {}", where, port,
                                     std::generic_category().message(error)));
}

}  // namespace

Result<Listening> Listen(const std::string& address, uint16_t port) {
  SocketAddress parsed;
  if (!Parse(address, port, &parsed)) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("Not an IPv4 or IPv6 address to listen on: {}", address));
  }
  const int fd =
      ::socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return CannotListen(address, port, errno);
  }
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  SocketAddress bound;
  if (::bind(fd, parsed.get(), parsed.size) != 0 || ::listen(fd, kBacklog) != 0 ||
      ::getsockname(fd, bound.get(), &bound.size) != 0) {
    const int error = errno;
    ::close(fd);
    return CannotListen(address, port, error);
  }
  const bool is_v4 = bound.storage.ss_family == AF_INET;
  return Listening{.fd = fd,
                   .port = ntohs(is_v4 ? bound.v4()->sin_port : bound.v6()->sin6_port)};
}

void CloseListening(int fd) { ::close(fd); }

Accepted Accept(int listening_fd) {
  for (;;) {
    SocketAddress client;
    const int fd =
        ::accept4(listening_fd, client.get(), &client.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return {.fd = fd, .remote_address = TextOf(client)};
    }
    switch (errno) {
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        return {.is_short_of_descriptors = true};
      case EAGAIN:
      case EBADF:
      case EINVAL:
        return {};
      default:
        break;  // that client has gone; the next one may be there
    }
  }
}

}  // namespace tarn::net::internal
