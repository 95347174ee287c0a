#include "tarn/service/cron.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

constexpr std::string_view kMonths[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
constexpr std::string_view kWeekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                          "thursday", "friday", "saturday"};

struct Macro {
  std::string_view name;
  std::string_view fields;
};
constexpr Macro kMacros[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
};

constexpr size_t kTextBytesMax = 1'000;
constexpr int kYearMax = 9'999;
constexpr int kYearsAhead = 400;
constexpr int64_t kSecondsOfDay = 86'400;
constexpr unsigned kDaysOfWeek = 7;

/// What one field may hold.
struct Field {
  std::string_view name;
  int min = 0;
  int max = 0;
  std::span<const std::string_view> words = {};
  int first_word = 0;  // the value of words[0]
};

constexpr Field kSecondField{.name = "second", .min = 0, .max = 59};
constexpr Field kMinuteField{.name = "minute", .min = 0, .max = 59};
constexpr Field kHourField{.name = "hour", .min = 0, .max = 23};
constexpr Field kDayField{.name = "day of month", .min = 1, .max = 31};
constexpr Field kMonthField{
    .name = "month", .min = 1, .max = 12, .words = kMonths, .first_word = 1};
constexpr Field kWeekdayField{
    .name = "day of week", .min = 0, .max = 7, .words = kWeekdays, .first_word = 0};

Status WrongField(const Field& field, std::string_view text, std::string_view why) {
  return MakeError(ErrorCode::kInvalidArgument,
                   fmt::format("The cron expression's {} {}: {}", field.name, why, text));
}

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> SplitFields(std::string_view text) {
  std::vector<std::string_view> fields;
  while (true) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) {
      return fields;
    }
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(" \t"), text.size());
    fields.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<int> NumberOf(std::string_view text) {
  int number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() &&
                         !text.empty() && text.front() != '-';
  return is_number ? std::optional(number) : std::nullopt;
}

/// `text` in lower case, a number or a word.
Result<int> ValueOf(const Field& field, std::string_view text) {
  constexpr size_t kShortWord = 3;
  for (size_t i = 0; i < field.words.size(); ++i) {
    const std::string_view word = field.words[i];
    if (text == word || (text.size() == kShortWord && word.starts_with(text))) {
      return field.first_word + static_cast<int>(i);
    }
  }
  const auto number = NumberOf(text);
  if (!number || *number < field.min || *number > field.max) {
    return WrongField(field, text,
                      fmt::format("must be {} to {}{}", field.min, field.max,
                                  field.words.empty() ? "" : ", or a name"));
  }
  return *number;
}

/// The bits of "a", "a-b", "*", each with "/n" or not.
Result<uint64_t> BitsOf(const Field& field, std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto number = NumberOf(text.substr(slash + 1));
    if (!number || *number < 1) {
      return WrongField(field, text, "has a step that is no number from 1 on");
    }
    step = *number;
  }
  // Sunday twice would be one day too many for ranges that go round.
  const int top = field.max == static_cast<int>(kDaysOfWeek) ? field.max - 1 : field.max;
  int first = field.min;
  int last = top;
  if (range != "*" && range != "?") {
    const size_t dash = range.find('-');
    ARROW_ASSIGN_OR_RAISE(first, ValueOf(field, range.substr(0, dash)));
    if (dash != std::string_view::npos) {
      ARROW_ASSIGN_OR_RAISE(last, ValueOf(field, range.substr(dash + 1)));
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  const int size = top - field.min + 1;
  const int span = last >= first ? last - first : last - first + size;
  uint64_t bits = 0;
  for (int64_t i = 0; i <= span; i += step) {
    const auto value = field.min + (first - field.min + static_cast<int>(i)) % size;
    bits |= uint64_t{1} << static_cast<unsigned>(value);
  }
  return bits;
}

Result<uint64_t> ListBitsOf(const Field& field, std::string_view text) {
  uint64_t bits = 0;
  for (const std::string_view item : Split(text, ',')) {
    ARROW_ASSIGN_OR_RAISE(const uint64_t some, BitsOf(field, item));
    bits |= some;
  }
  return bits;
}

bool BeginsWithStar(std::string_view text) {
  return text.starts_with('*') || text.starts_with('?');
}

/// The lowest bit of `bits` from `from` on.
std::optional<unsigned> LowestBit(uint64_t bits, unsigned from) {
  if (from >= 64) {
    return std::nullopt;
  }
  const uint64_t left = bits >> from << from;
  return left == 0 ? std::nullopt
                   : std::optional(static_cast<unsigned>(std::countr_zero(left)));
}

unsigned DaysInMonth(int year, unsigned month) {
  const std::chrono::year_month_day_last last{
      std::chrono::year(year), std::chrono::month_day_last{std::chrono::month(month)}};
  return static_cast<unsigned>(last.day());
}

int64_t DayNumber(int year, unsigned month, unsigned day) {
  return std::chrono::sys_days(std::chrono::year_month_day(std::chrono::year(year),
                                                           std::chrono::month(month),
                                                           std::chrono::day(day)))
      .time_since_epoch()
      .count();
}

unsigned WeekdayOf(int year, unsigned month, unsigned day) {
  return std::chrono::weekday(
             std::chrono::sys_days(std::chrono::days(DayNumber(year, month, day))))
      .c_encoding();
}

/// The Monday to Friday that is nearest to `day` and in its month.
unsigned NearestWeekday(unsigned day, unsigned weekday, unsigned days) {
  constexpr unsigned kSaturday = 6;
  if (weekday == kSaturday) {
    return day > 1 ? day - 1 : day + 2;
  }
  if (weekday == 0) {
    return day < days ? day + 1 : day - 2;
  }
  return day;
}

}  // namespace

Result<CronExpression> CronExpression::Parse(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return MakeError(ErrorCode::kInvalidArgument, "The cron expression is too long");
  }
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  for (const Macro& macro : kMacros) {
    if (lower == macro.name) {
      lower = macro.fields;
    }
  }
  CronExpression cron;
  RETURN_NOT_OK(cron.SetFields(lower));
  constexpr WallSeconds kYear2000(946'684'800);
  if (!cron.Next(kYear2000)) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "The cron expression names a day that no month of it has: " + std::string(text));
  }
  return cron;
}

Status CronExpression::SetFields(std::string_view text) {
  auto fields = SplitFields(text);
  if (fields.size() != 5 && fields.size() != 6) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("A cron expression has 5 fields (minute, hour, day of "
                    "month, month, day of week), or 6 with the second first, "
                    "or is like @daily; this has {}: {}",
                    fields.size(), text));
  }
  if (fields.size() == 6) {
    ARROW_ASSIGN_OR_RAISE(seconds_, ListBitsOf(kSecondField, fields.front()));
    fields.erase(fields.begin());
  }
  ARROW_ASSIGN_OR_RAISE(minutes_, ListBitsOf(kMinuteField, fields[0]));
  ARROW_ASSIGN_OR_RAISE(const uint64_t hours, ListBitsOf(kHourField, fields[1]));
  hours_ = static_cast<uint32_t>(hours);
  RETURN_NOT_OK(SetDays(fields[2]));
  ARROW_ASSIGN_OR_RAISE(const uint64_t months, ListBitsOf(kMonthField, fields[3]));
  months_ = static_cast<uint32_t>(months);
  return SetWeekdays(fields[4]);
}

Status CronExpression::SetDays(std::string_view text) {
  days_begin_with_star_ = BeginsWithStar(text);
  for (const std::string_view item : Split(text, ',')) {
    if (item == "l") {
      days_before_last_ |= 1;
    } else if (item == "lw" || item == "wl") {
      has_last_weekday_ = true;
    } else if (item.starts_with("l-")) {
      const auto number = NumberOf(item.substr(2));
      if (!number || *number > 30) {
        return WrongField(kDayField, item, "has an L- without a number from 0 to 30");
      }
      days_before_last_ |= 1U << static_cast<unsigned>(*number);
    } else if (item.size() > 1 && item.ends_with('w')) {
      ARROW_ASSIGN_OR_RAISE(const int day,
                            ValueOf(kDayField, item.substr(0, item.size() - 1)));
      nearest_weekdays_ |= 1U << static_cast<unsigned>(day);
    } else {
      ARROW_ASSIGN_OR_RAISE(const uint64_t bits, BitsOf(kDayField, item));
      days_ |= static_cast<uint32_t>(bits);
    }
  }
  return Status::OK();
}

Status CronExpression::SetWeekdays(std::string_view text) {
  weekdays_begin_with_star_ = BeginsWithStar(text);
  const auto add_nth = [this](std::string_view day, unsigned nth) -> Status {
    ARROW_ASSIGN_OR_RAISE(const int value, ValueOf(kWeekdayField, day));
    nth_weekdays_[static_cast<unsigned>(value) % kDaysOfWeek] |= 1U << nth;
    return Status::OK();
  };
  for (const std::string_view item : Split(text, ',')) {
    const size_t hash = item.find('#');
    if (hash != std::string_view::npos) {
      const auto nth = NumberOf(item.substr(hash + 1));
      if (!nth || *nth < 1 || *nth > 5) {
        return WrongField(kWeekdayField, item, "has a # without a number from 1 to 5");
      }
      RETURN_NOT_OK(add_nth(item.substr(0, hash), static_cast<unsigned>(*nth)));
    } else if (item == "l") {
      weekdays_ |= 1U << 6U;  // the week's last day: Saturday
    } else if (item.size() > 1 && item.ends_with('l')) {
      RETURN_NOT_OK(add_nth(item.substr(0, item.size() - 1), 0));
    } else {
      ARROW_ASSIGN_OR_RAISE(const uint64_t bits, BitsOf(kWeekdayField, item));
      weekdays_ |= static_cast<uint32_t>(bits);
    }
  }
  weekdays_ |= weekdays_ >> kDaysOfWeek;
  weekdays_ &= (1U << kDaysOfWeek) - 1;
  return Status::OK();
}

uint32_t CronExpression::MonthDaysOf(int year, unsigned month, unsigned days) const {
  uint32_t found = days_;
  for (unsigned before = 0; before < days; ++before) {
    if (((days_before_last_ >> before) & 1U) != 0) {
      found |= 1U << (days - before);
    }
  }
  for (unsigned day = 1; day <= days; ++day) {
    if (((nearest_weekdays_ >> day) & 1U) != 0) {
      found |= 1U << NearestWeekday(day, WeekdayOf(year, month, day), days);
    }
  }
  if (has_last_weekday_) {
    found |= 1U << NearestWeekday(days, WeekdayOf(year, month, days), days);
  }
  return found;
}

uint32_t CronExpression::WeekdaysOf(unsigned first_weekday, unsigned days) const {
  uint32_t found = 0;
  for (unsigned day = 1; day <= days; ++day) {
    const unsigned weekday = (first_weekday + day - 1) % kDaysOfWeek;
    const unsigned nth = (day - 1) / kDaysOfWeek + 1;
    const bool is_last = day + kDaysOfWeek > days;
    const uint32_t wanted = nth_weekdays_[weekday];
    if (((weekdays_ >> weekday) & 1U) != 0 || ((wanted >> nth) & 1U) != 0 ||
        (is_last && (wanted & 1U) != 0)) {
      found |= 1U << day;
    }
  }
  return found;
}

uint32_t CronExpression::DaysOf(int year, unsigned month) const {
  const unsigned days = DaysInMonth(year, month);
  const uint32_t of_month = MonthDaysOf(year, month, days);
  const uint32_t of_week = WeekdaysOf(WeekdayOf(year, month, 1), days);
  const uint32_t all = ((uint32_t{1} << days) - 1) << 1U;
  const bool is_either = !days_begin_with_star_ && !weekdays_begin_with_star_;
  return (is_either ? of_month | of_week : of_month & of_week) & all;
}

std::optional<int64_t> CronExpression::NextSecondOfDay(int64_t from) const {
  constexpr int64_t kHour = 3'600;
  constexpr int64_t kMinute = 60;
  auto hour = LowestBit(hours_, static_cast<unsigned>(from / kHour));
  while (hour) {
    const int64_t hour_begin = *hour * kHour;
    const int64_t in_hour = std::max<int64_t>(from - hour_begin, 0);
    auto minute = LowestBit(minutes_, static_cast<unsigned>(in_hour / kMinute));
    while (minute) {
      const int64_t minute_begin = *minute * kMinute;
      const int64_t in_minute = std::max<int64_t>(in_hour - minute_begin, 0);
      if (const auto second = LowestBit(seconds_, static_cast<unsigned>(in_minute))) {
        return hour_begin + minute_begin + *second;
      }
      minute = LowestBit(minutes_, *minute + 1);
    }
    hour = LowestBit(hours_, *hour + 1);
  }
  return std::nullopt;
}

std::optional<WallSeconds> CronExpression::Next(WallSeconds after) const {
  constexpr WallSeconds kBegin(-1);
  constexpr WallSeconds kEnd(253'402'300'799);  // the last second of 9999
  if (after >= kEnd) {
    return std::nullopt;
  }
  const int64_t from = std::max(after, kBegin).count() + 1;
  const auto today = std::chrono::sys_days(std::chrono::days(from / kSecondsOfDay));
  const std::chrono::year_month_day date(today);
  const int year = static_cast<int>(date.year());
  const auto day = static_cast<unsigned>(date.day());
  auto month = static_cast<unsigned>(date.month());
  const auto first_second = NextSecondOfDay(from % kSecondsOfDay);
  // Today counts if it is not over; of this month only what follows.
  unsigned day_from = first_second ? day : day + 1;
  for (int y = year; y <= std::min(year + kYearsAhead, kYearMax); ++y, month = 1) {
    for (auto m = LowestBit(months_, month); m; m = LowestBit(months_, *m + 1)) {
      const bool is_now = y == year && *m == static_cast<unsigned>(date.month());
      const auto found = LowestBit(DaysOf(y, *m), is_now ? day_from : 1);
      if (!found) {
        continue;
      }
      const int64_t number = DayNumber(y, *m, *found);
      const bool is_today = std::chrono::sys_days(std::chrono::days(number)) == today;
      const auto second = is_today ? first_second : NextSecondOfDay(0);
      return WallSeconds(number * kSecondsOfDay + second.value_or(0));
    }
  }
  return std::nullopt;
}

}  // namespace tarn::service
