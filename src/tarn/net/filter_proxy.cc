#include "tarn/net/filter_proxy.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/net/stream_server.h"
#include "tarn/net/url.h"

namespace tarn::net {
namespace {

using std::chrono::milliseconds;

constexpr size_t kHeadBytesMax = 64 * 1024;
constexpr milliseconds kLook{200};  // an end of the server is noticed within it

/// Closes itself.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Target {
  std::string host;  // IPv6 in brackets
  uint16_t port = 0;
  std::string forwarded;  // what the server shall be sent; empty for CONNECT
};

/// What the head of a request asks for; unset if it is no request to a proxy.
std::optional<Target> TargetOf(std::string_view head) {
  const size_t line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  const size_t first = line.find(' ');
  const size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view method = line.substr(0, first);
  const std::string url(line.substr(first + 1, second - first - 1));
  const bool is_connect = method == "CONNECT";
  const Result<Url> parts = ParseUrl(is_connect ? "https://" + url : url);
  if (!parts.ok() || (!is_connect && parts->scheme != "http")) {
    return std::nullopt;
  }
  Target target{.host = parts->host, .port = parts->port, .forwarded = {}};
  if (is_connect) {
    return target;
  }
  target.forwarded = fmt::format("{} {} HTTP/1.1\r\n", method, parts->Target());
  std::string_view rest = head.substr(line_end + 2);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find("\r\n"), rest.size());
    const std::string_view header = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    std::string name(header.substr(0, header.find(':')));
    std::ranges::transform(name, name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    if (!header.empty() && name != "connection" && name != "proxy-connection" &&
        name != "keep-alive" && name != "proxy-authorization") {
      target.forwarded += std::string(header) + "\r\n";
    }
  }
  target.forwarded += "Connection: close\r\n\r\n";
  return target;
}

bool WaitFor(int fd, int16_t events, milliseconds timeout) {
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  return ::poll(&entry, 1, static_cast<int>(timeout.count())) > 0;
}

class FilterProxyServer final : public FilterProxy {
 public:
  explicit FilterProxyServer(FilterProxyOptions options) : options_(std::move(options)) {}
  ~FilterProxyServer() override {
    ends_ = true;
    if (server_ != nullptr) {
      server_->Shutdown(milliseconds(0));
    }
  }

  Status Open() {
    return StreamServer::Start({}, [this](Stream& stream) { Serve(stream); })
        .Value(&server_);
  }
  uint16_t port() const override { return server_->port(); }
  int64_t bytes() const override { return bytes_; }

 private:
  void Serve(Stream& stream) {
    std::string head;
    size_t end = std::string::npos;
    while (end == std::string::npos) {
      std::array<char, 8 * 1024> bytes;
      const Result<size_t> read = stream.Read(
          bytes.data(), bytes.size(), ReadPoint::kBetweenRequests, options_.idle_timeout);
      if (!read.ok() || *read == 0 || head.size() > kHeadBytesMax) {
        return;
      }
      head.append(bytes.data(), *read);
      end = head.find("\r\n\r\n");
    }
    const std::string early = head.substr(end + 4);
    const std::optional<Target> target =
        TargetOf(std::string_view(head).substr(0, end + 2));
    if (!target) {
      Answer(stream, "400 Bad Request");
      return;
    }
    bool was_refused = false;
    std::optional<Socket> server = Connect(*target, &was_refused);
    if (!server) {
      Answer(stream, was_refused ? "403 Forbidden" : "502 Bad Gateway");
      return;
    }
    if (target->forwarded.empty()) {
      const Status told = stream.Write("HTTP/1.1 200 Connection established\r\n\r\n",
                                       options_.idle_timeout);
      if (!told.ok()) {
        return;
      }
    }
    if (Send(server->fd(), target->forwarded + early)) {
      Relay(stream, server->fd());
    }
  }

  void Answer(Stream& stream, const char* status) {
    // The connection ends in any case.
    const Status ignored = stream.Write(
        fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                    status),
        options_.idle_timeout);
  }

  std::optional<Socket> Connect(const Target& target, bool* was_refused) const {
    std::string name = target.host;
    if (name.starts_with('[') && name.ends_with(']')) {
      name = name.substr(1, name.size() - 2);
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), std::to_string(target.port).c_str(), &hints,
                      &found) != 0) {
      return std::nullopt;
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found,
                                                                    &::freeaddrinfo);
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
      if (options_.guard != nullptr &&
          !options_.guard->Allows(*one->ai_addr, target.host)) {
        *was_refused = true;
        continue;
      }
      Socket socket(::socket(one->ai_family,
                             one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                             one->ai_protocol));
      if (socket.fd() < 0) {
        continue;
      }
      const int connected = ::connect(socket.fd(), one->ai_addr, one->ai_addrlen);
      int error = connected == 0 ? 0 : errno;
      if (error == EINPROGRESS) {
        socklen_t size = sizeof(error);
        if (!WaitFor(socket.fd(), POLLOUT, options_.connect_timeout) ||
            ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
          continue;
        }
      }
      if (error == 0) {
        return socket;
      }
    }
    return std::nullopt;
  }

  bool Send(int fd, std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<size_t>(sent));
      } else if ((errno != EAGAIN && errno != EINTR) ||
                 !WaitFor(fd, POLLOUT, options_.idle_timeout)) {
        return false;
      }
    }
    return true;
  }

  /// Both ways until one side ends, nothing moves for long, or too much has come.
  void Relay(Stream& client, int server) {
    std::array<char, 64 * 1024> bytes;
    milliseconds idle{0};
    while (!ends_ && idle < options_.idle_timeout) {
      std::array<pollfd, 2> entries{
          pollfd{.fd = client.descriptor(), .events = POLLIN, .revents = 0},
          pollfd{.fd = server, .events = POLLIN, .revents = 0}};
      if (::poll(entries.data(), entries.size(), static_cast<int>(kLook.count())) <= 0) {
        idle += kLook;
        continue;
      }
      idle = milliseconds(0);
      if (entries[1].revents != 0) {
        const ssize_t read = ::recv(server, bytes.data(), bytes.size(), 0);
        if (read == 0 || (read < 0 && errno != EAGAIN && errno != EINTR)) {
          return;
        }
        if (read > 0) {
          bytes_ += read;
          const std::string_view part(bytes.data(), static_cast<size_t>(read));
          if (bytes_ > options_.bytes_max ||
              !client.Write(part, options_.idle_timeout).ok()) {
            return;
          }
        }
      }
      if (entries[0].revents != 0) {
        const ssize_t read = ::recv(client.descriptor(), bytes.data(), bytes.size(), 0);
        if (read == 0 || (read < 0 && errno != EAGAIN && errno != EINTR)) {
          return;
        }
        if (read > 0 &&
            !Send(server, std::string_view(bytes.data(), static_cast<size_t>(read)))) {
          return;
        }
      }
    }
  }

  const FilterProxyOptions options_;
  std::atomic<bool> ends_{false};
  std::atomic<int64_t> bytes_{0};
  std::unique_ptr<StreamServer> server_;  // ends before what its handlers use
};

}  // namespace

Result<std::unique_ptr<FilterProxy>> FilterProxy::Start(FilterProxyOptions options) {
  auto proxy = std::make_unique<FilterProxyServer>(std::move(options));
  RETURN_NOT_OK(proxy->Open());
  return proxy;
}

}  // namespace tarn::net
