#include "tarn/cli/serve/service_manager.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "tarn/base/logging.h"

namespace tarn::cli {
namespace {

bool Send(const std::string& path, std::string_view state) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    return false;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path.front() == '@') {
    address.sun_path[0] = '\0';  // in the abstract name space
  }
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return false;
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const ssize_t sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), size);
  const int error = errno;
  ::close(fd);
  errno = error;
  return sent == static_cast<ssize_t>(state.size());
}

}  // namespace

void NotifyServiceManager(std::string_view state) {
  const char* const path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (*path != '/' && *path != '@')) {
    return;
  }
  if (!Send(path, state)) {
    LogWarn("Cannot tell the service manager",
            {{"state", std::string(state)},
             {"reason", std::generic_category().message(errno)}});
  }
}

void NotifyReloading() {
  timespec now = {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const int64_t micros = int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  NotifyServiceManager(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", micros));
}

}  // namespace tarn::cli
