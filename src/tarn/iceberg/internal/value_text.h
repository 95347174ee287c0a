// Timestamps of all four types as text: one reading for literals of people and for JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

enum class ZoneRule : uint8_t { kAssumeUtc, kRequired };

/// Micro- or nanoseconds since the epoch. nullopt if `text` is no timestamp, has a zone
/// that `type` has no place for, lacks one under kRequired, or has more digits than
/// `type` holds.
std::optional<int64_t> TimestampUnitsFromText(const Type& type, std::string_view text,
                                              ZoneRule rule);
std::string TimestampUnitsToText(const Type& type, int64_t units);

}  // namespace tarn::iceberg::internal
