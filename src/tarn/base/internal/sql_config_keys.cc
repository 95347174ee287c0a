#include "tarn/base/internal/sql_config_keys.h"

#include <array>

namespace tarn::internal {
namespace {

constexpr auto kSqlKeys = std::to_array<ConfigKey>({
    {.name = "sql.dialect",
     .type = ConfigType::kChoice,
     .default_value = "trino",
     .choices = "duckdb trino",
     .doc =
         "How `tarn sql` reads statements, unless --dialect says otherwise. Clients of "
         "a server say it themselves."},
    {.name = "sql.file_roots",
     .type = ConfigType::kText,
     .default_value = "",
     .doc = "Directories and locations (s3://bucket/path), parted by commas, below which "
            "SQL may read files where it reaches tables only."},
    {.name = "sql.impersonation",
     .type = ConfigType::kMap,
     .default_value = "",
     .doc = "Who may work in the names of others: below the name of who signs in (a "
            "pattern with *) the users, patterns with commas between them. "
            "Administrators may be anybody."},
    {.name = "sql.resource_groups",
     .type = ConfigType::kMap,
     .default_value = "",
     .doc = "Groups of queries with limits of their own: below a name each, user and "
            "source (patterns with *) of the queries in it, hard_concurrency_limit (how "
            "many run at once), user_concurrency_limit (of one user), max_queued, "
            "query_time_limit, and user_time_limit (of all queries of a user within "
            "user_time_period, an hour). The first group that matches, by name, counts."},
    {.name = "sql.server_access",
     .type = ConfigType::kChoice,
     .default_value = "loopback",
     .choices = "nobody loopback administrators",
     .doc =
         "Whose SQL reaches the server's files, network and engine settings: nobody's; "
         "everybody's while nobody signs in, when Tarn listens on loopback only; or "
         "also that of administrators who signed in. Of others it reaches tables."},
    {.name = "sql.users",
     .type = ConfigType::kChoice,
     .default_value = "administrators",
     .choices = "administrators all",
     .doc = "Who may run SQL on a server where callers sign in."},
});

}  // namespace

std::span<const ConfigKey> SqlConfigKeys() { return kSqlKeys; }

}  // namespace tarn::internal
