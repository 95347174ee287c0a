// Settings of SQL on a server, who may run it and what it reaches: part of the table of
// config.h.
#pragma once

#include <span>

#include "tarn/base/config.h"

namespace tarn::internal {

std::span<const ConfigKey> SqlConfigKeys();

}  // namespace tarn::internal
