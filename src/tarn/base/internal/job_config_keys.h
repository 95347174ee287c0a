// Settings of the data service and its jobs.
#pragma once

#include <span>

#include "tarn/base/config.h"

namespace tarn::internal {

std::span<const ConfigKey> JobConfigKeys();

}  // namespace tarn::internal
