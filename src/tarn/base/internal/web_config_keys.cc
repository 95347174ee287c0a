#include "tarn/base/internal/web_config_keys.h"

#include <array>

namespace tarn::internal {
namespace {

constexpr int64_t kMiB = int64_t{1} << 20;

constexpr auto kWebKeys = std::to_array<ConfigKey>({
    {.name = "web.browser_idle",
     .type = ConfigType::kDuration,
     .default_value = "60s",
     .max = 24 * 60 * 60 * 1000,
     .doc = "The browser ends when it rendered no page for so long."},
    {.name = "web.browser_pages",
     .type = ConfigType::kInteger,
     .default_value = "4",
     .min = 1,
     .max = 64,
     .doc = "Pages that the browser renders at once; further ones wait."},
    {.name = "web.bytes_max",
     .type = ConfigType::kSize,
     .default_value = "64MiB",
     .min = 1024,
     .max = 1024 * kMiB,
     .doc = "The largest page or answer that a scrape takes, decoded."},
    {.name = "web.chromium",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "The program that renders pages made by JavaScript; chromium, "
            "chromium-browser or google-chrome of PATH if unset."},
    {.name = "web.memory_max",
     .type = ConfigType::kSize,
     .default_value = "256MiB",
     .min = kMiB,
     .max = 64 * 1024 * kMiB,
     .doc = "Rows of one scrape are held so far before their types are known."},
    {.name = "web.pages_max",
     .type = ConfigType::kInteger,
     .default_value = "1000",
     .min = 1,
     .max = 1'000'000,
     .doc = "Pages that one scrape reads at most; a request may set it lower."},
    {.name = "web.private_addresses",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Hosts, addresses and ranges (10.1.0.0/16), parted by commas, that scrapes "
            "may reach although they are not public; all: every one, the metadata "
            "services of clouds too. tarn scrape without a server reaches all."},
    {.name = "web.request_interval",
     .type = ConfigType::kDuration,
     .default_value = "1s",
     .max = 10 * 60 * 1000,
     .doc = "Pause between two requests to one host, of all scrapes together."},
    {.name = "web.timeout",
     .type = ConfigType::kDuration,
     .default_value = "60s",
     .min = 100,
     .max = 60 * 60 * 1000,
     .doc = "How long one request of a scrape may take, with its answer."},
    {.name = "web.user_agent",
     .type = ConfigType::kText,
     .default_value = "tarn",
     .doc = "What scrapes call themselves to servers; robots.txt knows them as tarn."},
});

}  // namespace

std::span<const ConfigKey> WebConfigKeys() { return kWebKeys; }

}  // namespace tarn::internal
