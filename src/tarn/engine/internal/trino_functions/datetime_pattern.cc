#include "tarn/engine/internal/trino_functions/datetime_pattern.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tarn/engine/internal/trino_functions/trino_error.h"

namespace tarn::engine {
namespace {

constexpr int64_t kSecond = 1'000'000;

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

PatternItem Literal(std::string_view text) {
  return {.field = Field::kLiteral, .width = 0, .literal = std::string(text)};
}

void Add(Pattern* pattern, PatternItem item) {
  if (item.field == Field::kLiteral && !pattern->empty() &&
      pattern->back().field == Field::kLiteral) {
    pattern->back().literal += item.literal;
  } else {
    pattern->push_back(std::move(item));
  }
}

/// The items of one MySQL specifier; none for one that stands for itself.
Pattern MysqlItems(char c) {
  switch (c) {
    case 'a':
      return {{Field::kDayShort}};
    case 'b':
      return {{Field::kMonthShort}};
    case 'c':
      return {{Field::kMonth, 1}};
    case 'd':
      return {{Field::kDay, 2}};
    case 'e':
      return {{Field::kDay, 1}};
    case 'f':
      return {{Field::kFraction, 6}};
    case 'H':
      return {{Field::kHour24, 2}};
    case 'h':
    case 'I':
      return {{Field::kHour12, 2}};
    case 'i':
      return {{Field::kMinute, 2}};
    case 'j':
      return {{Field::kDayOfYear, 3}};
    case 'k':
      return {{Field::kHour24, 1}};
    case 'l':
      return {{Field::kHour12, 1}};
    case 'M':
      return {{Field::kMonthName}};
    case 'm':
      return {{Field::kMonth, 2}};
    case 'p':
      return {{Field::kHalfDay}};
    case 'r':
      return {{Field::kHour12, 2}, Literal(":"), {Field::kMinute, 2}, Literal(":"),
              {Field::kSecond, 2}, Literal(" "), {Field::kHalfDay}};
    case 'S':
    case 's':
      return {{Field::kSecond, 2}};
    case 'T':
      return {{Field::kHour24, 2},
              Literal(":"),
              {Field::kMinute, 2},
              Literal(":"),
              {Field::kSecond, 2}};
    case 'v':
      return {{Field::kWeek, 2}};
    case 'W':
      return {{Field::kDayName}};
    case 'x':
      return {{Field::kWeekYear, 4}};
    case 'Y':
      return {{Field::kYear, 4}};
    case 'y':
      return {{Field::kYearOfCentury, 2}};
    default:
      return {};
  }
}

PatternItem JodaText(int count, Field number, Field name, Field short_name) {
  if (count >= 4) {
    return {name};
  }
  return count == 3 ? PatternItem{short_name} : PatternItem{number, count};
}

PatternItem JodaItem(char letter, int count) {
  switch (letter) {
    case 'G':
      return {Field::kEra};
    case 'C':
      return {Field::kCentury, count};
    case 'Y':
    case 'y':
      return {count == 2 ? Field::kYearOfCentury : Field::kYear, count};
    case 'x':
      return {Field::kWeekYear, count};
    case 'w':
      return {Field::kWeek, count};
    case 'e':
      return {Field::kDayOfWeek, count};
    case 'E':
      return {count >= 4 ? Field::kDayName : Field::kDayShort};
    case 'D':
      return {Field::kDayOfYear, count};
    case 'M':
      return JodaText(count, Field::kMonth, Field::kMonthName, Field::kMonthShort);
    case 'd':
      return {Field::kDay, count};
    case 'a':
      return {Field::kHalfDay};
    case 'K':
      return {Field::kHour12From0, count};
    case 'h':
      return {Field::kHour12, count};
    case 'H':
      return {Field::kHour24, count};
    case 'k':
      return {Field::kHour24From1, count};
    case 'm':
      return {Field::kMinute, count};
    case 's':
      return {Field::kSecond, count};
    case 'S':
      return {Field::kFraction, count};
    case 'z':
      return {Field::kZone};
    case 'Z':
      return {count == 1   ? Field::kOffset
              : count == 2 ? Field::kOffsetColon
                           : Field::kZone};
    default:
      ThrowTrino(kInvalidArgument, fmt::format("Illegal pattern component: {}", letter));
  }
}

int32_t HourOf(const LocalMoment& moment) {
  return static_cast<int32_t>(moment.micros / (3600 * kSecond));
}

/// The number of a numeric field.
int64_t NumberOf(const LocalMoment& moment, Field field) {
  const int32_t hour = HourOf(moment);
  switch (field) {
    case Field::kYear:
      return moment.year;
    case Field::kYearOfCentury:
      return (moment.year % 100 + 100) % 100;
    case Field::kCentury:
      return moment.year / 100;
    case Field::kWeekYear:
      return moment.week_year;
    case Field::kWeek:
      return moment.week;
    case Field::kDayOfWeek:
      return moment.day_of_week;
    case Field::kDayOfYear:
      return moment.day_of_year;
    case Field::kMonth:
      return moment.month;
    case Field::kDay:
      return moment.day;
    case Field::kHour24:
      return hour;
    case Field::kHour24From1:
      return hour == 0 ? 24 : hour;
    case Field::kHour12:
      return (hour + 11) % 12 + 1;
    case Field::kHour12From0:
      return hour % 12;
    case Field::kMinute:
      return moment.micros / (60 * kSecond) % 60;
    default:
      return moment.micros / kSecond % 60;
  }
}

std::string OffsetText(int32_t seconds, bool colon) {
  const int32_t minutes = std::abs(seconds) / 60;
  return fmt::format("{}{:02}{}{:02}", seconds < 0 ? '-' : '+', minutes / 60,
                     colon ? ":" : "", minutes % 60);
}

std::string FieldText(const LocalMoment& moment, const PatternItem& item) {
  const auto month = static_cast<size_t>(moment.month - 1);
  const auto day = static_cast<size_t>(moment.day_of_week - 1);
  switch (item.field) {
    case Field::kLiteral:
      return item.literal;
    case Field::kEra:
      return moment.year > 0 ? "AD" : "BC";
    case Field::kMonthName:
      return std::string(kMonths[month]);
    case Field::kMonthShort:
      return std::string(kMonths[month].substr(0, 3));
    case Field::kDayName:
      return std::string(kDays[day]);
    case Field::kDayShort:
      return std::string(kDays[day].substr(0, 3));
    case Field::kHalfDay:
      return HourOf(moment) < 12 ? "AM" : "PM";
    case Field::kFraction: {
      // Trino hands over milliseconds.
      std::string digits = fmt::format("{:03}", moment.micros / 1000 % 1000);
      digits.resize(static_cast<size_t>(item.width), '0');
      return digits;
    }
    case Field::kOffset:
      return OffsetText(moment.offset_seconds, false);
    case Field::kOffsetColon:
      return OffsetText(moment.offset_seconds, true);
    case Field::kZone:
      return moment.zone;
    default:
      return fmt::format("{:0{}}", NumberOf(moment, item.field), item.width);
  }
}

}  // namespace

Pattern ParseMysqlPattern(std::string_view text) {
  Pattern pattern;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      Add(&pattern, Literal(text.substr(i, 1)));
      continue;
    }
    const char c = text[++i];
    if (std::string_view("DUuVwX").find(c) != std::string_view::npos) {
      ThrowTrino(kInvalidArgument,
                 fmt::format("%{} not supported in date format string", c));
    }
    Pattern items = MysqlItems(c);
    if (items.empty()) {
      items.push_back(Literal(text.substr(i, 1)));
    }
    for (PatternItem& item : items) {
      Add(&pattern, std::move(item));
    }
  }
  return pattern;
}

Pattern ParseJodaPattern(std::string_view text) {
  Pattern pattern;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\'') {
      if (text.substr(i + 1).starts_with("'")) {
        Add(&pattern, Literal("'"));
        i += 2;
        continue;
      }
      const size_t end = std::min(text.find('\'', i + 1), text.size());
      Add(&pattern, Literal(text.substr(i + 1, end - i - 1)));
      i = end + 1;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      const size_t end = std::min(text.find_first_not_of(c, i), text.size());
      Add(&pattern, JodaItem(c, static_cast<int>(end - i)));
      i = end;
    } else {
      Add(&pattern, Literal(text.substr(i, 1)));
      ++i;
    }
  }
  return pattern;
}

std::string FormatMoment(const LocalMoment& moment, const Pattern& pattern) {
  std::string text;
  for (const PatternItem& item : pattern) {
    text += FieldText(moment, item);
  }
  return text;
}

}  // namespace tarn::engine
