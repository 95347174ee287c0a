// Dates and times of Trino's protocol as numbers.
#pragma once

#include <cstdint>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::cli {

/// Days since 1970-01-01 of "2024-02-29", "-0044-03-15", "+12020-01-01". Errors:
/// kInvalidData.
Result<int32_t> DaysOfDate(std::string_view text);

/// Since midnight, of "01:02:03.456". Errors: kInvalidData.
Result<int64_t> TicksOfTime(std::string_view text, int64_t ticks_per_second);

/// Since the Unix epoch, of "2020-06-10 15:55:23.383" and, as an instant, of the same
/// with "UTC", an offset such as "+05:30" or a zone's name behind it. Errors:
/// kInvalidData.
Result<int64_t> TicksOfTimestamp(std::string_view text, int64_t ticks_per_second);

}  // namespace tarn::cli
