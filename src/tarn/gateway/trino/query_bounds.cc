#include "tarn/gateway/trino/query_bounds.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "tarn/gateway/trino/session_properties.h"

namespace tarn::gateway::trino {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  double factor;
};
constexpr Unit kSizes[] = {{"B", 1},
                           {"kB", 1024.0},
                           {"MB", 1024.0 * 1024},
                           {"GB", 1024.0 * 1024 * 1024},
                           {"TB", 1024.0 * 1024 * 1024 * 1024},
                           {"PB", 1024.0 * 1024 * 1024 * 1024 * 1024}};
constexpr Unit kDurations[] = {{"ns", 1e-6}, {"us", 1e-3}, {"ms", 1},    {"s", 1e3},
                               {"m", 6e4},   {"h", 3.6e6}, {"d", 8.64e7}};
constexpr double kNumberMax = 1e15;

std::optional<int64_t> NumberOf(std::string_view text, std::span<const Unit> units) {
  double number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  // Not a number compares false.
  if (end.ec != std::errc() || !(number >= 0)) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<size_t>(end.ptr - text.data()));
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  for (const Unit& unit : units) {
    if (text == unit.name && number * unit.factor < kNumberMax) {
      return static_cast<int64_t>(number * unit.factor);
    }
  }
  return std::nullopt;
}

/// The largest unit of which there is one.
const Unit& LargestOf(double number, std::span<const Unit> units) {
  const Unit* largest = &units.front();
  for (const Unit& unit : units) {
    if (number >= unit.factor) {
      largest = &unit;
    }
  }
  return *largest;
}

template <typename Amount>
bool TakeLesser(const std::optional<Amount>& other, std::optional<Amount>* own) {
  const bool is_less = other && (!*own || *other < **own);
  if (is_less) {
    *own = other;
  }
  return is_less;
}

/// 0 is none.
template <typename Amount>
std::optional<Amount> Set(Amount amount) {
  return amount == Amount{} ? std::nullopt : std::optional(amount);
}

Result<std::optional<milliseconds>> TimeOf(const ClientContext& client,
                                           const char* name) {
  const std::string* const text = client.Property(name);
  if (text == nullptr) {
    return std::nullopt;
  }
  RETURN_NOT_OK(CheckProperty(name, *text, ""));
  return DurationOf(*text);
}

/// Trino parts memory of one node from that of all: here they are the same.
struct MemoryProperty {
  const char* name;
  std::string_view error;
};
constexpr MemoryProperty kMemoryProperties[] = {
    {"query_max_memory",
     "EXCEEDED_GLOBAL_MEMORY_LIMIT: Query exceeded distributed user memory limit of {}"},
    {"query_max_total_memory",
     "EXCEEDED_GLOBAL_MEMORY_LIMIT: Query exceeded distributed total memory limit of {}"},
    {"query_max_memory_per_node",
     "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exceeded per-node memory limit of {}"}};

}  // namespace

void QueryBounds::Add(const QueryBounds& other) {
  if (TakeLesser(other.memory_bytes_max, &memory_bytes_max)) {
    memory_error = other.memory_error;
  }
  TakeLesser(other.run_time_max, &run_time_max);
  TakeLesser(other.execution_time_max, &execution_time_max);
  TakeLesser(other.cpu_time_max, &cpu_time_max);
}

engine::ResourceLimits QueryBounds::Memory(
    std::shared_ptr<engine::MemoryGroup> group) const {
  engine::ResourceLimits limits{.group = std::move(group)};
  if (memory_bytes_max) {
    limits.memory_bytes_max = std::max<int64_t>(1, *memory_bytes_max);
    limits.memory_error = memory_error;
  }
  return limits;
}

QueryBounds QueryBoundsFrom(const Config& config) {
  QueryBounds bounds{
      .memory_bytes_max = Set(config.GetInteger("sql.query_max_memory")),
      .run_time_max = Set(config.GetDuration("sql.query_max_run_time")),
      .execution_time_max = Set(config.GetDuration("sql.query_max_execution_time")),
      .cpu_time_max = Set(config.GetDuration("sql.query_max_cpu_time"))};
  if (bounds.memory_bytes_max) {
    bounds.memory_error = MemoryErrorOf(*bounds.memory_bytes_max);
  }
  return bounds;
}

Result<QueryBounds> QueryBoundsOf(const ClientContext& client) {
  QueryBounds bounds;
  ARROW_ASSIGN_OR_RAISE(bounds.run_time_max, TimeOf(client, "query_max_run_time"));
  ARROW_ASSIGN_OR_RAISE(bounds.execution_time_max,
                        TimeOf(client, "query_max_execution_time"));
  ARROW_ASSIGN_OR_RAISE(bounds.cpu_time_max, TimeOf(client, "query_max_cpu_time"));
  for (const MemoryProperty& property : kMemoryProperties) {
    const std::string* const text = client.Property(property.name);
    if (text != nullptr) {
      RETURN_NOT_OK(CheckProperty(property.name, *text, ""));
      bounds.Add({.memory_bytes_max = SizeOf(*text),
                  .memory_error = fmt::format(fmt::runtime(property.error), *text)});
    }
  }
  return bounds;
}

std::optional<int64_t> SizeOf(std::string_view text) { return NumberOf(text, kSizes); }

std::optional<milliseconds> DurationOf(std::string_view text) {
  const auto number = NumberOf(text, kDurations);
  return number ? std::optional(milliseconds(*number)) : std::nullopt;
}

std::string SizeText(int64_t bytes) {
  const Unit& unit = LargestOf(static_cast<double>(bytes), kSizes);
  const double count = static_cast<double>(bytes) / unit.factor;
  return count == std::floor(count) ? fmt::format("{:.0f}{}", count, unit.name)
                                    : fmt::format("{:.2f}{}", count, unit.name);
}

std::string DurationText(milliseconds duration) {
  const auto millis = static_cast<double>(duration.count());
  const Unit& unit = LargestOf(millis, std::span(kDurations).subspan(2));
  return fmt::format("{:.2f}{}", millis / unit.factor, unit.name);
}

std::string MemoryErrorOf(int64_t bytes) {
  return fmt::format(fmt::runtime(kMemoryProperties[0].error), SizeText(bytes));
}

}  // namespace tarn::gateway::trino
