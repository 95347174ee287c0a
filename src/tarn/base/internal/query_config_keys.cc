#include "tarn/base/internal/query_config_keys.h"

#include <array>

namespace tarn::internal {
namespace {

constexpr auto kResultCacheKeys = std::to_array<ConfigKey>({
    {.name = "sql.result_cache.enabled",
     .type = ConfigType::kBool,
     .default_value = "true",
     .doc = "A server keeps results of queries for who asks the same of the same data."},
    {.name = "sql.result_cache.entry_size",
     .type = ConfigType::kSize,
     .default_value = "8MiB",
     .max = int64_t{1} << 40,
     .doc = "Larger results are not kept."},
    {.name = "sql.result_cache.size",
     .type = ConfigType::kSize,
     .default_value = "64MiB",
     .max = int64_t{1} << 40,
     .doc = "Memory for kept results; what was not asked for the longest time goes "
            "first."},
});

constexpr auto kRouteKeys = std::to_array<ConfigKey>({
    {.name = "sql.route.ca_file",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Authorities (PEM) that sign the certificate of sql.route.url; the system's "
            "if unset."},
    {.name = "sql.route.catalogs",
     .type = ConfigType::kMap,
     .default_value = "",
     .doc = "Names of Tarn's catalogs at sql.route.url where they differ, as in "
            "{iceberg: lake}."},
    {.name = "sql.route.default",
     .type = ConfigType::kChoice,
     .default_value = "auto",
     .choices = "auto local trino",
     .doc = "Where statements run if neither the session nor a hint says: by the rules, "
            "here, or at sql.route.url."},
    {.name = "sql.route.fallback",
     .type = ConfigType::kBool,
     .default_value = "false",
     .doc = "What sql.route.url cannot be asked for runs here instead of failing."},
    {.name = "sql.route.impersonate",
     .type = ConfigType::kBool,
     .default_value = "false",
     .doc = "Queries run as the client's user, signed in as sql.route.user, which must "
            "be allowed to impersonate."},
    {.name = "sql.route.password",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Password of sql.route.user. ${env:NAME} and ${file:PATH} stand for what is "
            "there."},
    {.name = "sql.route.patience",
     .type = ConfigType::kDuration,
     .default_value = "30s",
     .max = 60 * 60 * 1000,
     .doc = "How long a Trino that stops answering is waited for before its query "
            "fails."},
    {.name = "sql.route.rules",
     .type = ConfigType::kMap,
     .default_value = "",
     .doc = "What goes to sql.route.url: below a name or number each, in their order, "
            "the conditions bytes (of the files to read, at least), table, user and "
            "source (patterns with *), writes (true or false), and to (trino or local). "
            "The first rule of which all hold decides."},
    {.name = "sql.route.token",
     .type = ConfigType::kText,
     .default_value = "",
     .is_secret = true,
     .doc = "Bearer token for sql.route.url in place of a password; as "
            "sql.route.password."},
    {.name = "sql.route.url",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "A Trino server on the same catalog, for what is too large for one machine; "
            "none if unset."},
    {.name = "sql.route.user",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Whom queries at sql.route.url are for; each client's own user if unset."},
});

}  // namespace

std::span<const ConfigKey> ResultCacheConfigKeys() { return kResultCacheKeys; }

std::span<const ConfigKey> RouteConfigKeys() { return kRouteKeys; }

}  // namespace tarn::internal
