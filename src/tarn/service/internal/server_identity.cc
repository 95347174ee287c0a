#include "tarn/service/internal/server_identity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

#include <unistd.h>

#include "tarn/base/error.h"

namespace tarn::service::internal {
namespace {

/// When a process began, in ticks since the machine's start: the 22nd field of its stat,
/// counted behind its name, which may hold anything. Empty if there is no such process.
std::string StartOf(int64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) {
    return "";
  }
  std::istringstream fields(text.substr(name_end + 1));
  constexpr int kFieldsBefore = 19;
  std::string field;
  for (int i = 0; i <= kFieldsBefore; ++i) {
    fields >> field;
  }
  return field;
}

/// The machine since it was started, and the container in it: process numbers mean
/// something only there.
std::string Place() {
  std::array<char, 256> host = {};
  if (::gethostname(host.data(), host.size() - 1) != 0) {
    return "";
  }
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  file >> boot;
  std::error_code error;
  const std::string space = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return boot.empty() || error ? "" : std::string(host.data()) + "/" + boot + "/" + space;
}

}  // namespace

Result<std::string> OwnServerIdentity() {
  const std::string place = Place();
  const std::string start = StartOf(::getpid());
  if (place.empty() || start.empty()) {
    return MakeError(ErrorCode::kIoFailed,
                     "Cannot tell this process from others: /proc cannot be read");
  }
  return place + "/" + std::to_string(::getpid()) + "/" + start;
}

std::optional<bool> LivesHere(std::string_view identity) {
  const std::string place = Place() + "/";
  if (!identity.starts_with(place)) {
    return std::nullopt;
  }
  const std::string_view process = identity.substr(place.size());
  int64_t pid = 0;
  const auto parsed =
      std::from_chars(process.data(), process.data() + process.size(), pid);
  const std::string_view start = process.substr(
      std::min(process.size(), static_cast<size_t>(parsed.ptr - process.data()) + 1));
  return parsed.ec == std::errc() && !start.empty() && StartOf(pid) == start;
}

}  // namespace tarn::service::internal
