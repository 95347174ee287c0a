// Settings of files that callers send: part of the table of config.h.
#pragma once

#include <span>

#include "tarn/base/config.h"

namespace tarn::internal {

std::span<const ConfigKey> UploadConfigKeys();

}  // namespace tarn::internal
