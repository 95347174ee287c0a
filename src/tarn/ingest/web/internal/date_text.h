// Dates and times as people and programs write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tarn/ingest/web/value_types.h"

namespace tarn::ingest::web::internal {

/// "2024-03-01", "1 March 2024", "Mar. 1, 2024"; "1/3/2024", "1.3.2024" only with an
/// order.
std::optional<std::chrono::sys_days> ParseDate(std::string_view text, DateOrder order);

struct TimeText {
  int64_t micros;  // since the epoch, of UTC if it has a zone
  bool has_zone;
};
/// "2024-03-01T12:30:00.5Z", "2024-03-01 12:30+02:00" (ISO 8601, RFC 3339); "Fri, 01 Mar
/// 2024 12:30:00 GMT" (feeds).
std::optional<TimeText> ParseTime(std::string_view text);

}  // namespace tarn::ingest::web::internal
