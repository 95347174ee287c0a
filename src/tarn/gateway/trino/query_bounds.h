// How much one query may take: of the server's settings, of its group, of its session.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/engine/query_resources.h"
#include "tarn/gateway/trino/client_context.h"

namespace tarn::gateway::trino {

/// Unset: any amount.
struct QueryBounds {
  std::optional<int64_t> memory_bytes_max = {};
  /// What the query is told that needs more memory.
  std::string memory_error = {};
  std::optional<std::chrono::milliseconds> run_time_max = {};        // from its arrival
  std::optional<std::chrono::milliseconds> execution_time_max = {};  // from its turn
  std::optional<std::chrono::milliseconds> cpu_time_max = {};

  /// Takes the lesser of each.
  void Add(const QueryBounds& other);
  engine::ResourceLimits Memory(std::shared_ptr<engine::MemoryGroup> group) const;
};

/// sql.query_max_*.
QueryBounds QueryBoundsFrom(const Config& config);

/// Of the session's properties. Errors: INVALID_SESSION_PROPERTY.
Result<QueryBounds> QueryBoundsOf(const ClientContext& client);

/// Bytes of "1.5GB" as Trino writes sizes, where a kB has 1024; nullopt: that is none.
std::optional<int64_t> SizeOf(std::string_view text);
/// Milliseconds of "1.5h" as Trino writes durations; nullopt: that is none.
std::optional<std::chrono::milliseconds> DurationOf(std::string_view text);
/// "1GB", "1.50GB" and "5.00m": as Trino writes them.
std::string SizeText(int64_t bytes);
std::string DurationText(std::chrono::milliseconds duration);

/// "EXCEEDED_GLOBAL_MEMORY_LIMIT: …" of a limit of so many bytes.
std::string MemoryErrorOf(int64_t bytes);

}  // namespace tarn::gateway::trino
