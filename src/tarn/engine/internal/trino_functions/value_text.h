// How Trino writes values as text, and which texts it takes for values. Knows nothing of
// DuckDB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::engine {

/// "1.0E0", "0E0", "1.23456789E8", "NaN", "-Infinity": CAST(x AS varchar).
std::string ScientificText(double value);
std::string ScientificText(float value);

/// "1.5", "1.0E10": as Java prints it, in format('%s').
std::string PlainText(double value);

/// Without the blanks and control characters at both ends.
std::string_view Trimmed(std::string_view text);

std::optional<int64_t> ParseInteger(std::string_view text);
std::optional<double> ParseDouble(std::string_view text);
std::optional<bool> ParseBoolean(std::string_view text);

/// A date and time of day with the zone's text behind them; `has_time` is false for a
/// date alone.
struct MomentText {
  int32_t year = 0;
  int32_t month = 1;
  int32_t day = 1;
  bool has_time = false;
  int64_t micros = 0;  // of the day; further digits are rounded half up
  std::string zone;    // "", "UTC", "Asia/Tokyo", "+02:00"
};
/// "2024-1-2", "2024-01-02 03:04[:05[.123]] [zone]". Days are not checked against the
/// month.
std::optional<MomentText> ParseMoment(std::string_view text);
/// "3:4", "03:04:05.123": microseconds of the day.
std::optional<int64_t> ParseTimeOfDay(std::string_view text);

/// Seconds east of UTC of "+02:00", "-5:30", "+0530", "Z", "UTC", "GMT"; unset for names
/// of regions.
std::optional<int32_t> OffsetOfZone(std::string_view zone);
/// "+02:00"; "UTC" for none.
std::string ZoneOfOffset(int32_t seconds);

/// "2024-01-02", "-0044-03-15", "+12024-01-02".
std::string DateText(int32_t year, int32_t month, int32_t day);
/// "10:11:12.500": `digits` of the second's fraction.
std::string TimeText(int64_t micros_of_day, int digits);
/// "1-2"
std::string MonthsText(int64_t months);
/// "1 02:03:04.567"
std::string DayTimeText(int64_t micros);

}  // namespace tarn::engine
