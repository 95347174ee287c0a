#include "tarn/base/internal/upload_config_keys.h"

#include <array>

namespace tarn::internal {
namespace {

constexpr auto kUploadKeys = std::to_array<ConfigKey>({
    {.name = "uploads.age_max",
     .type = ConfigType::kDuration,
     .default_value = "1d",
     .min = 1000,
     .max = 365LL * 86'400'000,
     .doc = "Uploaded files are removed after this long."},
    {.name = "uploads.bytes_max",
     .type = ConfigType::kSize,
     .default_value = "64GiB",
     .max = int64_t{1} << 50,
     .doc = "Disk space for the uploaded files of one user."},
});

}  // namespace

std::span<const ConfigKey> UploadConfigKeys() { return kUploadKeys; }

}  // namespace tarn::internal
