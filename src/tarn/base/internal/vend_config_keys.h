// Settings of the access that `tarn serve` gives to clients: part of the table of
// config.h.
#pragma once

#include <span>

#include "tarn/base/config.h"

namespace tarn::internal {

std::span<const ConfigKey> VendConfigKeys();

}  // namespace tarn::internal
