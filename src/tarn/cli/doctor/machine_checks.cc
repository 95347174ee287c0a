// Checks of the machine: libraries, disk, memory, limits, ports.
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <optional>
#include <sstream>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <system_error>

#include <arrow/util/config.h>
#include <unistd.h>

#include "tarn/cli/doctor/checks.h"
#include "tarn/cli/print/quantity.h"
#include "tarn/cli/version_command.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kDuckDbVersion[] = "v" TARN_DUCKDB_VERSION;
constexpr int64_t kDiskFailed = 100'000'000;
constexpr int64_t kDiskWarning = 2'000'000'000;
constexpr int64_t kMemoryWarning = 1'000'000'000;
constexpr rlim_t kOpenFilesWarning = 4096;

std::optional<int64_t> NumberIn(const std::string& path, const std::string& key,
                                int64_t unit) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with(key)) {
      continue;
    }
    std::istringstream rest(line.substr(key.size()));
    int64_t number = 0;
    if (rest >> number) {
      return number * unit;
    }
  }
  return std::nullopt;
}

}  // namespace

Finding CheckLibraries() {
  Finding finding{.check = "libraries",
                  .detail = VersionLine() + ", DuckDB " + DuckDbVersion() + ", Arrow " +
                            ArrowVersion()};
  if (DuckDbVersion() != kDuckDbVersion) {
    finding.health = Health::kFailed;
    finding.fix = std::string("Tarn is built for DuckDB ") + kDuckDbVersion +
                  ": remove the other libduckdb.so from LD_LIBRARY_PATH";
  } else if (ArrowVersion() != ARROW_VERSION_STRING) {
    finding.health = Health::kFailed;
    finding.fix = std::string("Tarn is built for Arrow ") + ARROW_VERSION_STRING +
                  ": remove the other libarrow.so from LD_LIBRARY_PATH";
  }
  return finding;
}

Finding CheckDiskSpace(const std::string& home) {
  Finding finding{.check = "disk space"};
  fs::path path = home;
  std::error_code ignored;
  while (!fs::exists(path, ignored) && path.has_relative_path()) {
    path = path.parent_path();
  }
  struct statvfs space{};
  if (::statvfs(path.c_str(), &space) != 0) {
    return {"disk space", Health::kWarning,
            "cannot be found out: " + std::string(std::strerror(errno)), "See `df`"};
  }
  const auto free =
      static_cast<int64_t>(space.f_bavail) * static_cast<int64_t>(space.f_frsize);
  finding.detail = BytesText(free) + " free at " + path.string();
  if (free < kDiskWarning) {
    finding.health = free < kDiskFailed ? Health::kFailed : Health::kWarning;
    finding.fix =
        "Free space there, or put the home or warehouse.location on a larger disk";
  }
  return finding;
}

Finding CheckTemporaryDirectory() {
  std::error_code error;
  const fs::path directory = fs::temp_directory_path(error);
  if (!error && ::access(directory.c_str(), W_OK | X_OK) == 0) {
    return {"temporary files", Health::kOk, directory.string()};
  }
  return {"temporary files", Health::kWarning,
          "cannot write to " + directory.string() + "; downloads need it",
          "Set TMPDIR to a directory that you may write to"};
}

Finding CheckMemory() {
  std::optional<int64_t> available = NumberIn("/proc/meminfo", "MemAvailable:", 1024);
  // A container's own limit may be lower.
  const std::optional<int64_t> limit = NumberIn("/sys/fs/cgroup/memory.max", "", 1);
  if (limit && available) {
    available = std::min(*available, *limit);
  }
  if (!available) {
    return {"memory", Health::kWarning, "cannot be found out", "See `free -m`"};
  }
  Finding finding{.check = "memory", .detail = BytesText(*available) + " available"};
  if (*available < kMemoryWarning) {
    finding.health = Health::kWarning;
    finding.fix =
        "Close other programs, or set engine.memory_limit so that large queries spill to "
        "disk in time";
  }
  return finding;
}

Finding CheckOpenFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return {"open files", Health::kWarning, "limit unknown", "See `ulimit -n`"};
  }
  Finding finding{.check = "open files",
                  .detail = "limit " + std::to_string(limit.rlim_cur)};
  if (limit.rlim_cur == RLIM_INFINITY) {
    finding.detail = "no limit";
  }
  if (limit.rlim_cur < kOpenFilesWarning) {
    finding.health = Health::kWarning;
    finding.fix =
        "`ulimit -n 65536` before starting; writes to many partitions keep many files "
        "open";
  }
  return finding;
}

Finding CheckTimeZones() {
  std::error_code ignored;
  if (fs::exists("/usr/share/zoneinfo/UTC", ignored)) {
    return {"time zones", Health::kOk, "/usr/share/zoneinfo"};
  }
  return {"time zones", Health::kWarning,
          "no time zone data; ORC files with times cannot be read",
          "apt-get install tzdata"};
}

Finding CheckPort(uint16_t port) {
  const std::string name = "port " + std::to_string(port);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) {
    return {name, Health::kWarning, std::string("no socket: ") + std::strerror(errno),
            "Check the network"};
  }
  const int reuse = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int bound =
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(socket);
  if (bound == 0) {
    return {name, Health::kOk, "free on 127.0.0.1"};
  }
  return {
      name, Health::kWarning,
      std::string("not free on 127.0.0.1: ") + std::strerror(error),
      "Stop the program that has it (`ss -ltnp`), or choose another port for a server"};
}

}  // namespace tarn::cli
