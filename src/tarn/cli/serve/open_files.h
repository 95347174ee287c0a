// The system's limit of open files, and how many clients it leaves room for.
#pragma once

#include <cstdint>
#include <sys/resource.h>

namespace tarn::cli {

struct OpenFileRoom {
  rlim_t files = 0;         // the soft limit that is wanted
  int32_t connections = 0;  // how many clients may be connected then
};

/// What a server that wants so many clients at once makes of the process's limits. Files
/// of its own come first: a client that is let in and finds no descriptor left for its
/// commit is worse off than one that is told to come later.
OpenFileRoom PlanOpenFiles(const rlimit& limits, int32_t connections_wanted);

/// Raises the soft limit (`ulimit -n`, often 1024) as far as it is needed and allowed;
/// returns how many clients there is room for: fewer than wanted, with a warning, where
/// the hard limit is too low.
int32_t MakeRoomForConnections(int32_t connections_wanted);

}  // namespace tarn::cli
