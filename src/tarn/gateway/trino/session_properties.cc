#include "tarn/gateway/trino/session_properties.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "tarn/gateway/trino/query_bounds.h"
#include "tarn/gateway/trino/query_error.h"

namespace tarn::gateway::trino {
namespace {

constexpr char kDialect[] = "dialect";
constexpr char kTimeZone[] = "time_zone_id";
constexpr char kRoute[] = "route";
constexpr char kMaxRecursionDepth[] = "max_recursion_depth";

/// Those of Trino that clients and their tools set. Tarn heeds the limits of a query and
/// the depth of recursion; the others are about machines that it does not have, and
/// change nothing.
constexpr std::array<std::string_view, 38> kOfServer = {
    "aggregation_operator_unspill_memory_limit",
    "allow_pushdown_into_connectors",
    "colocated_join",
    "concurrent_lifespans_per_task",
    "distributed_index_join",
    "distributed_sort",
    "enable_dynamic_filtering",
    "enable_intermediate_aggregations",
    "enable_large_dynamic_filters",
    "exchange_compression",
    "exchange_compression_codec",
    "execution_policy",
    "fault_tolerant_execution_task_memory",
    "hash_partition_count",
    "join_distribution_type",
    "join_max_broadcast_table_size",
    "join_reordering_strategy",
    "legacy_materialized_view_grace_period",
    "max_hash_partition_count",
    "max_recursion_depth",
    "optimize_hash_generation",
    "prefer_partial_aggregation",
    "push_partial_aggregation_through_join",
    "query_max_cpu_time",
    "query_max_execution_time",
    "query_max_memory",
    "query_max_memory_per_node",
    "query_max_planning_time",
    "query_max_run_time",
    "query_max_scan_physical_bytes",
    "query_max_total_memory",
    "query_priority",
    "redistribute_writes",
    "resource_overcommit",
    "retry_policy",
    "scale_writers",
    "spill_enabled",
    "task_concurrency",
};

/// Those of Trino's Iceberg connector.
constexpr std::array<std::string_view, 24> kOfCatalog = {
    "bucket_execution_enabled",
    "collect_extended_statistics_on_write",
    "compression_codec",
    "dynamic_filtering_wait_timeout",
    "expire_snapshots_min_retention",
    "extended_statistics_enabled",
    "file_based_conflict_detection_enabled",
    "hive_catalog_name",
    "idle_writer_min_file_size",
    "incremental_refresh_enabled",
    "max_partitions_per_writer",
    "merge_manifests_on_write",
    "minimum_assigned_split_weight",
    "parquet_max_read_block_size",
    "parquet_writer_block_size",
    "parquet_writer_page_size",
    "projection_pushdown_enabled",
    "query_partition_filter_required",
    "query_partition_filter_required_schemas",
    "remove_orphan_files_min_retention",
    "sorted_writing_enabled",
    "statistics_enabled",
    "target_max_file_size",
    "use_file_size_from_metadata",
};

/// Those that do something here.
struct Described {
  std::string_view name;
  std::string_view otherwise;
  std::string_view description;
};
constexpr std::array<Described, 12> kDescribed = {{
    {kDialect, "trino", "Language of statements: trino, or duckdb for DuckDB's own"},
    {kRoute, "auto", "Where queries run: auto, local or trino"},
    {kTimeZone, "", "Time zone of the session"},
    {kMaxRecursionDepth, "10", "Maximum steps of a WITH RECURSIVE"},
    {"query_max_cpu_time", "", "Maximum CPU time of a query"},
    {"query_max_execution_time", "", "Maximum execution time of a query"},
    {"query_max_memory", "", "Maximum amount of memory a query can use"},
    {"query_max_memory_per_node", "",
     "Maximum amount of memory a query can use per node; as query_max_memory"},
    {"query_max_run_time", "", "Maximum run time of a query"},
    {"query_max_total_memory", "", "As query_max_memory"},
    {"result_cache", "true", "Answers repeated queries from the cache of results"},
    {"use_materialized_views", "true",
     "Reads fresh materialized views in place of tables"},
}};

constexpr std::array<std::string_view, 3> kTimes = {
    "query_max_cpu_time", "query_max_execution_time", "query_max_run_time"};
constexpr std::array<std::string_view, 3> kSizes = {
    "query_max_memory", "query_max_memory_per_node", "query_max_total_memory"};

bool Contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// SQL's LIKE without an escape character.
bool IsLike(std::string_view text, std::string_view pattern) {
  size_t after_star = std::string_view::npos;  // of the pattern, to try again from
  size_t star_text = 0;
  size_t p = 0;
  size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '%') {
      after_star = ++p;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '_' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('%', p) == std::string_view::npos;
}

Status Wrong(const std::string& place, const std::string& message) {
  return NamedError("INVALID_SESSION_PROPERTY", place + message);
}

/// Whole hours have zones of their own, whose names have the sign of what is added to
/// them to get UTC.
std::optional<std::string> ZoneOfOffset(std::string_view zone) {
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (zone.starts_with(prefix) && zone.size() > prefix.size()) {
      zone.remove_prefix(prefix.size());
      break;
    }
  }
  const bool is_offset = zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') &&
                         zone[3] == ':' && zone.substr(4) == "00";
  int hours = 0;
  if (!is_offset ||
      std::from_chars(zone.data() + 1, zone.data() + 3, hours).ptr != zone.data() + 3 ||
      hours > 14 || (zone[0] == '-' && hours > 12)) {
    return std::nullopt;
  }
  return hours == 0 ? ""
                    : std::string("Etc/GMT") + (zone[0] == '+' ? "-" : "+") +
                          std::to_string(hours);
}

bool LooksLikeOffset(std::string_view zone) {
  return !zone.starts_with("Etc/") &&
         zone.find_first_of("+-") != std::string_view::npos &&
         zone.find(':') != std::string_view::npos;
}

std::optional<int32_t> DepthOf(std::string_view text) {
  int32_t depth = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, depth);
  return parsed.ec == std::errc() && parsed.ptr == end && depth > 0 ? std::optional(depth)
                                                                    : std::nullopt;
}

}  // namespace

Status CheckProperty(const std::string& name, const std::string& value,
                     const std::string& place) {
  if (name == kDialect) {
    return value == "trino" || value == "duckdb"
               ? Status::OK()
               : Wrong(place, "dialect must be 'trino' or 'duckdb', not: " + value);
  }
  if (name == kTimeZone) {
    return Status::OK();
  }
  if (name == kRoute) {
    return value == "auto" || value == "local" || value == "trino"
               ? Status::OK()
               : Wrong(place, "route must be 'auto', 'local' or 'trino', not: " + value);
  }
  if (name == kMaxRecursionDepth) {
    return DepthOf(value)
               ? Status::OK()
               : Wrong(place, name + " must be a positive number, not: " + value);
  }
  if (name == "result_cache" || name == "use_materialized_views") {
    return value == "true" || value == "false"
               ? Status::OK()
               : Wrong(place, name + " must be true or false, not: " + value);
  }
  const size_t dot = name.find('.');
  const bool is_known =
      dot == std::string::npos
          ? std::ranges::find(kOfServer, std::string_view(name)) != kOfServer.end()
          : std::ranges::find(kOfCatalog, std::string_view(name).substr(dot + 1)) !=
                kOfCatalog.end();
  if (!is_known) {
    return Wrong(place, "Session property '" + name + "' does not exist");
  }
  if (Contains(kTimes, name) && !DurationOf(value)) {
    return Wrong(place, name + " must be a duration like 10m, not: " + value);
  }
  if (Contains(kSizes, name) && !SizeOf(value)) {
    return Wrong(place, name + " must be a size like 512MB, not: " + value);
  }
  return Status::OK();
}

std::vector<std::array<std::string, 5>> ListProperties(
    const ClientContext& client, const std::optional<std::string>& like) {
  std::vector<std::array<std::string, 5>> rows;
  const auto add = [&](const std::string& name, const std::string& otherwise,
                       const std::string& description) {
    if (like && !IsLike(name, *like)) {
      return;
    }
    const std::string* const value = client.Property(name);
    rows.push_back(
        {name, value == nullptr ? otherwise : *value, otherwise, "varchar", description});
  };
  for (const Described& own : kDescribed) {
    add(std::string(own.name), std::string(own.otherwise), std::string(own.description));
  }
  for (const std::string_view name : kOfServer) {
    if (std::ranges::find(kDescribed, name, &Described::name) == kDescribed.end()) {
      add(std::string(name), "", "Taken from clients, and without effect here");
    }
  }
  const std::string catalog = client.catalog.empty() ? "iceberg" : client.catalog;
  for (const std::string_view name : kOfCatalog) {
    add(catalog + "." + std::string(name), "",
        "Taken from clients, and without effect here");
  }
  std::ranges::sort(rows);
  return rows;
}

std::optional<std::string> DialectOf(const ClientContext& client) {
  const std::string* const dialect = client.Property(kDialect);
  return dialect == nullptr ? std::nullopt : std::optional(*dialect);
}

Result<std::optional<int32_t>> RecursionDepthMax(const ClientContext& client) {
  const std::string* const text = client.Property(kMaxRecursionDepth);
  if (text == nullptr) {
    return std::optional<int32_t>();
  }
  RETURN_NOT_OK(CheckProperty(kMaxRecursionDepth, *text, ""));
  return DepthOf(*text);
}

Result<std::string> EngineTimeZone(const ClientContext& client) {
  const std::string* const chosen = client.Property(kTimeZone);
  const std::string& zone = chosen == nullptr ? client.time_zone : *chosen;
  if (zone.empty() || zone == "UTC" || zone == "Z" || zone == "Etc/UTC" ||
      zone == "GMT" || zone == "UCT") {
    return std::string();
  }
  if (auto named = ZoneOfOffset(zone)) {
    return *std::move(named);
  }
  const bool is_name = std::ranges::all_of(zone, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '/' || c == '_' || c == '-' || c == '+';
  });
  if (!is_name || LooksLikeOffset(zone)) {
    return Wrong("", "Time zone not supported: " + zone);
  }
  return zone;
}

}  // namespace tarn::gateway::trino
