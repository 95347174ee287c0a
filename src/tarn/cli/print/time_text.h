// Dates and times as text, for any year.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::cli {

/// "2024-01-31"; years below 1 and above 9999 get a sign, as ISO 8601 has it.
std::string DateText(int64_t days_since_epoch);

/// "10:00:00.5": the fraction without its trailing zeros. `ticks` since midnight,
/// `ticks_per_second` a power of ten.
std::string TimeText(int64_t ticks, int64_t ticks_per_second);

/// "2024-01-31 10:00:00.5" with `separator` between date and time.
std::string TimestampText(int64_t ticks_since_epoch, int64_t ticks_per_second,
                          char separator);

/// "1 year 2 months 3 days 00:00:01.5"; "00:00:00" if all parts are zero.
std::string IntervalText(int32_t months, int32_t days, int64_t nanoseconds);

}  // namespace tarn::cli
