// Dates and times written and read by patterns: MySQL's (%Y-%m-%d) and Joda's
// (yyyy-MM-dd). Knows nothing of DuckDB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::engine {

/// A local date and time of day with its offset from UTC.
struct LocalMoment {
  int32_t year = 1970;
  int32_t month = 1;
  int32_t day = 1;
  int64_t micros = 0;  // of the day
  int32_t day_of_year = 1;
  int32_t week = 1;  // ISO
  int32_t week_year = 1970;
  int32_t day_of_week = 1;  // Monday is 1
  int32_t offset_seconds = 0;
  std::string zone = "UTC";
};

enum class Field : uint8_t {
  kLiteral,
  kEra,
  kYear,
  kYearOfEra,
  kYearOfCentury,
  kCentury,
  kWeekYear,
  kWeek,
  kDayOfWeek,
  kDayOfYear,
  kMonth,
  kMonthName,
  kMonthShort,
  kDay,
  kDayName,
  kDayShort,
  kHalfDay,
  kHour24,       // 0…23
  kHour24From1,  // 1…24
  kHour12,       // 1…12
  kHour12From0,  // 0…11
  kMinute,
  kSecond,
  kFraction,
  kOffset,       // +0000
  kOffsetColon,  // +00:00
  kZone,         // Asia/Tokyo
};

struct PatternItem {
  Field field = Field::kLiteral;
  int width = 1;  // digits at least
  std::string literal = {};
};
using Pattern = std::vector<PatternItem>;

/// Throws INVALID_FUNCTION_ARGUMENT for what Trino refuses.
Pattern ParseMysqlPattern(std::string_view text);
Pattern ParseJodaPattern(std::string_view text);

std::string FormatMoment(const LocalMoment& moment, const Pattern& pattern);

/// What a text says; fields it does not name keep their values of 1970-01-01.
struct ReadMoment {
  int32_t year = 1970;
  int32_t month = 1;
  int32_t day = 1;
  std::optional<int32_t> day_of_year = {};
  std::optional<int32_t> week = {};  // ISO, of `year`
  int32_t day_of_week = 1;
  int64_t micros = 0;
  std::string zone = {};  // of the text, if any
};

/// Throws INVALID_FUNCTION_ARGUMENT: `Invalid format: "x" is malformed at "…"`.
ReadMoment ParseByPattern(std::string_view text, const Pattern& pattern);

}  // namespace tarn::engine
