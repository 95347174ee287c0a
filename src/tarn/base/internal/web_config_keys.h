// Settings of reading web pages and APIs: part of the table of config.h.
#pragma once

#include <span>

#include "tarn/base/config.h"

namespace tarn::internal {

std::span<const ConfigKey> WebConfigKeys();

}  // namespace tarn::internal
