// A client that sends any bytes it likes, and a server to send them to.
#pragma once

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/net/http_server.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::net {

/// A test that hangs fails after this long.
constexpr std::chrono::seconds kPatience{10};

class RawClient {
 public:
  explicit RawClient(uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { Close(); }

  bool is_connected() const { return is_connected_; }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  void EndSending() { ::shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }
  /// Closes it with a reset.
  void Abort() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    Close();
  }

  struct Answer {
    int status = 0;  // 0: the connection ended before an answer
    std::string head;
    std::string body;
    bool is_whole = false;

    std::string Header(const std::string& name) const {
      const size_t at = head.find("\r\n" + name + ": ");
      if (at == std::string::npos) {
        return "";
      }
      const size_t begin = at + name.size() + 4;
      return head.substr(begin, head.find("\r\n", begin) - begin);
    }
  };

  Answer Read(bool has_body = true) {
    Answer answer;
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!Fill()) {
        return answer;
      }
    }
    answer.head = Cut(buffer_.find("\r\n\r\n") + 4);
    answer.status = std::atoi(answer.head.c_str() + std::string("HTTP/1.1 ").size());
    const std::string length = answer.Header("Content-Length");
    if (!has_body || answer.status == 204 || answer.status == 304 ||
        answer.status == 100) {
      answer.is_whole = true;
    } else if (!length.empty()) {
      answer.is_whole = Take(std::stoul(length), &answer.body);
    } else if (answer.Header("Transfer-Encoding") == "chunked") {
      answer.is_whole = TakeChunks(&answer.body);
    } else {
      while (Fill()) {
      }
      answer.body = Cut(buffer_.size());
      answer.is_whole = !was_reset_;
    }
    return answer;
  }

  Answer Ask(std::string_view request) {
    Send(request);
    return Read();
  }
  Answer Get(const std::string& path, const std::string& headers = "") {
    return Ask("GET " + path + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
  }

  /// Bytes that are no HTTP; fewer than `size` at the end of the connection.
  std::string ReadBytes(size_t size) {
    std::string bytes;
    Take(size, &bytes);
    return bytes;
  }

  /// Waits for the end of the connection; false if bytes come instead.
  bool IsEnded() { return buffer_.empty() && !Fill(); }

 private:
  bool Fill() {
    char bytes[16384];
    const ssize_t count = ::recv(fd_, bytes, sizeof(bytes), 0);
    was_reset_ = count < 0;
    if (count <= 0) {
      return false;
    }
    buffer_.append(bytes, static_cast<size_t>(count));
    return true;
  }
  std::string Cut(size_t size) {
    std::string cut = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return cut;
  }
  bool Take(size_t size, std::string* to) {
    while (buffer_.size() < size) {
      if (!Fill()) {
        *to += Cut(buffer_.size());
        return false;
      }
    }
    *to += Cut(size);
    return true;
  }
  bool TakeChunks(std::string* body) {
    for (;;) {
      while (buffer_.find("\r\n") == std::string::npos) {
        if (!Fill()) {
          return false;
        }
      }
      const size_t size = std::stoul(Cut(buffer_.find("\r\n") + 2), nullptr, 16);
      std::string end;
      if (!Take(size, body) || !Take(2, &end)) {
        return false;
      }
      if (size == 0) {
        return true;
      }
    }
  }

  int fd_;
  bool is_connected_ = false;
  bool was_reset_ = false;
  std::string buffer_;
};

/// Waits until `condition` holds.
template <typename Condition>
bool Eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Starts a server over `router_` and keeps its access log.
class HttpServerFixture : public ::testing::Test {
 protected:
  void Start(HttpServerOptions options = {}) {
    options.access = [this](const HttpAccess& access) {
      const std::lock_guard lock(mutex_);
      log_.push_back(access);
    };
    ASSERT_OK_AND_ASSIGN(server_, HttpServer::Start(std::move(options), router_));
  }
  uint16_t port() const { return server_->port(); }
  std::vector<HttpAccess> log() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  /// The log, once it has `lines` of them.
  std::vector<HttpAccess> LogOf(size_t lines) {
    Eventually([&] { return log().size() >= lines; });
    return log();
  }

  Router router_;
  std::mutex mutex_;
  std::vector<HttpAccess> log_;
  std::unique_ptr<HttpServer> server_;
};

inline HttpResponse Text(std::string body) {
  HttpResponse response;
  response.headers.Add("Content-Type", "text/plain");
  response.body = std::move(body);
  return response;
}

}  // namespace tarn::net
