// Settings of queries, kept results and the route to another Trino server:
// part of the table of config.h.
#pragma once

#include <span>

#include "tarn/base/config.h"

namespace tarn::internal {

std::span<const ConfigKey> ResultCacheConfigKeys();
std::span<const ConfigKey> RouteConfigKeys();

}  // namespace tarn::internal
