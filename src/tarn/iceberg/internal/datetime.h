// Calendar arithmetic and ISO 8601 text for dates and times, in the proleptic Gregorian
// calendar, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::iceberg::internal {

inline constexpr int64_t kSecondsPerDay = 86'400;
inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerDay = kSecondsPerDay * kMicrosPerSecond;

/// Quotient rounded toward minus infinity and the remainder in [0, divisor); `divisor` >
/// 0.
constexpr int64_t FloorDiv(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}
constexpr int64_t FloorMod(int64_t value, int64_t divisor) {
  const int64_t remainder = value % divisor;
  return remainder < 0 ? remainder + divisor : remainder;
}

struct CivilDate {
  int64_t year = 1970;
  int32_t month = 1;  // 1 to 12
  int32_t day = 1;    // 1 to 31
};

/// `days` since 1970-01-01, and back.
CivilDate CivilFromDays(int64_t days);
int64_t DaysFromCivil(const CivilDate& date);

/// "2017-11-16"; a year beyond 9999 has a sign in front, as ISO 8601 asks for.
std::string DateToText(int64_t days);
/// "22:31:08.123456": seconds always, fraction only if not zero and without its trailing
/// zeros. `units_per_second` is 10^6 or 10^9.
std::string TimeToText(int64_t units_of_day, int64_t units_per_second);
/// "2017-11-16T22:31:08"; `with_zone` adds "+00:00".
std::string TimestampToText(int64_t units, int64_t units_per_second, bool with_zone);

/// Days since the epoch of "2017-11-16"; nothing else may be in `text`.
std::optional<int64_t> DateFromText(std::string_view text);

/// Nanoseconds of the day of "22:31", "22:31:08" or "22:31:08.123456789".
std::optional<int64_t> TimeFromText(std::string_view text);

struct ParsedTimestamp {
  int64_t seconds = 0;  // since the epoch; UTC if has_zone
  int64_t nanos = 0;    // 0 to 999'999'999
  bool has_zone = false;
};
/// A date, 'T' or a space, a time, and maybe "Z", "+01", "+0130" or "+01:30". A date
/// alone is its midnight.
std::optional<ParsedTimestamp> TimestampFromText(std::string_view text);

}  // namespace tarn::iceberg::internal
