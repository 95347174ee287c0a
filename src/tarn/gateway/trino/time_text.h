// Dates, times and intervals in the words of Trino's client protocol.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::gateway::trino {

/// Appends "2024-02-29"; "-0044-03-15" before the year 0, "+12020-06-10" after 9999.
void AppendDate(int64_t days, std::string* out);

/// A point of time or of a day: so many units since the epoch or midnight.
struct Ticks {
  int64_t value = 0;
  int64_t per_second = 1'000'000;
};

/// Appends "01:02:03.456" with so many digits, cut.
void AppendTime(Ticks ticks, int32_t digits, std::string* out);
/// Appends "2020-06-10 15:55:23.383".
void AppendTimestamp(Ticks ticks, int32_t digits, std::string* out);
/// Appends "1 02:03:04.567".
void AppendDayTime(int64_t millis, std::string* out);
/// Appends "-1-2".
void AppendYearMonth(int64_t months, std::string* out);

}  // namespace tarn::gateway::trino
