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
    {.name = "sql.query_max_cpu_time",
     .type = ConfigType::kDuration,
     .default_value = "0s",
     .doc = "Time of processors that a query of a server's client may take; 0s: any."},
    {.name = "sql.query_max_execution_time",
     .type = ConfigType::kDuration,
     .default_value = "0s",
     .doc = "How long a query may take once it has its turn; 0s: any time."},
    {.name = "sql.query_max_memory",
     .type = ConfigType::kSize,
     .default_value = "0",
     .doc = "Memory of the SQL engine that one query of a server's client may hold; 0: "
            "all of engine.memory_limit. Sessions and groups may ask for less."},
    {.name = "sql.query_max_run_time",
     .type = ConfigType::kDuration,
     .default_value = "0s",
     .doc = "How long a query may take from its arrival, with its time in the queue; 0s: "
            "any time."},
    {.name = "sql.resource_groups",
     .type = ConfigType::kMap,
     .default_value = "",
     .doc = "Groups of queries with limits of their own: below a name each, user and "
            "source (patterns with *) of the queries in it, hard_concurrency_limit (how "
            "many run at once), user_concurrency_limit (of one user), max_queued, "
            "query_time_limit, query_cpu_limit and query_memory_limit (of each query), "
            "soft_memory_limit (above it others wait), hard_memory_limit (of all "
            "together), hard_cpu_limit (of all within cpu_quota_period, an hour), and "
            "user_time_limit (of all queries of a user within user_time_period, an "
            "hour). The first group that matches, by name, counts."},
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
