// Settings of `tarn serve`.
#pragma once

#include <span>

#include "tarn/base/config.h"

namespace tarn::internal {

std::span<const ConfigKey> ServerConfigKeys();

}  // namespace tarn::internal
