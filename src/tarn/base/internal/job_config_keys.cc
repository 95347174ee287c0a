#include "tarn/base/internal/job_config_keys.h"

#include <array>

namespace tarn::internal {
namespace {

constexpr auto kJobKeys = std::to_array<ConfigKey>({
    {.name = "api.wait_max",
     .type = ConfigType::kDuration,
     .default_value = "10m",
     .max = 24LL * 60 * 60 * 1000,
     .doc = "How long a call of the data service waits for its job before it is answered "
            "with 202 and the job's address."},
    {.name = "jobs.history",
     .type = ConfigType::kDuration,
     .default_value = "30d",
     .min = 1000,
     .max = 10LL * 365 * 86'400'000,
     .doc = "How long the records of jobs that have ended are kept."},
    {.name = "jobs.queued_max",
     .type = ConfigType::kInteger,
     .default_value = "10000",
     .min = 1,
     .max = 1'000'000,
     .doc = "Jobs that may wait; more are refused."},
    {.name = "jobs.running_max",
     .type = ConfigType::kInteger,
     .default_value = "8",
     .min = 1,
     .max = 256,
     .doc = "Jobs (loads, scrapes, migrations, …) that a server runs at once; others "
            "wait, fairly between their owners."},
});

}  // namespace

std::span<const ConfigKey> JobConfigKeys() { return kJobKeys; }

}  // namespace tarn::internal
