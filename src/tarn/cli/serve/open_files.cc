#include "tarn/cli/serve/open_files.h"

#include <algorithm>
#include <string>

#include "tarn/base/logging.h"

namespace tarn::cli {
namespace {

/// Metadata, manifests, the store, other servers: what handlers have open at once.
constexpr rlim_t kOwnFiles = 1024;

}  // namespace

OpenFileRoom PlanOpenFiles(const rlimit& limits, int32_t connections_wanted) {
  const auto connections = static_cast<rlim_t>(std::max(1, connections_wanted));
  const rlim_t files = connections + kOwnFiles;
  if (files <= limits.rlim_cur) {
    return {.files = limits.rlim_cur, .connections = connections_wanted};
  }
  if (files <= limits.rlim_max) {
    return {.files = files, .connections = connections_wanted};
  }
  const rlim_t own = std::min(kOwnFiles, limits.rlim_max / 2);
  const rlim_t left = std::max<rlim_t>(1, limits.rlim_max - own);
  return {.files = limits.rlim_max,
          .connections = static_cast<int32_t>(std::min(connections, left))};
}

int32_t MakeRoomForConnections(int32_t connections_wanted) {
  rlimit limits{};
  if (::getrlimit(RLIMIT_NOFILE, &limits) != 0) {
    return connections_wanted;
  }
  OpenFileRoom room = PlanOpenFiles(limits, connections_wanted);
  const rlimit raised{.rlim_cur = room.files, .rlim_max = limits.rlim_max};
  if (room.files != limits.rlim_cur && ::setrlimit(RLIMIT_NOFILE, &raised) != 0) {
    // A container may allow less than it says.
    room = PlanOpenFiles({.rlim_cur = limits.rlim_cur, .rlim_max = limits.rlim_cur},
                         connections_wanted);
  }
  if (room.connections < connections_wanted) {
    LogWarn(
        "The limit of open files leaves room for fewer connections than "
        "serve.connections_max: raise it (ulimit -Hn, LimitNOFILE= of systemd)",
        {{"wanted", std::to_string(connections_wanted)},
         {"room", std::to_string(room.connections)},
         {"open_files", std::to_string(room.files)}});
  }
  return room.connections;
}

}  // namespace tarn::cli
