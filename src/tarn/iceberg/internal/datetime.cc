#include "tarn/iceberg/internal/datetime.h"

namespace tarn::iceberg::internal {
namespace {

constexpr int64_t kDaysPerEra = 146'097;  // of 400 years

std::string Padded(int64_t number, size_t width) {
  std::string digits = std::to_string(number);
  if (digits.size() < width) {
    digits.insert(0, width - digits.size(), '0');
  }
  return digits;
}

std::string YearToText(int64_t year) {
  if (year > 9999) {
    return "+" + std::to_string(year);
  }
  return year < 0 ? "-" + Padded(-year, 4) : Padded(year, 4);
}

// Takes exactly `count` digits from the front of `text`.
std::optional<int64_t> TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) {
    return std::nullopt;
  }
  int64_t number = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    ++count;
  }
  return count;
}

std::optional<int64_t> TakeYear(std::string_view& text) {
  const bool negative = TakeChar(text, '-');
  if (!negative) {
    TakeChar(text, '+');
  }
  const size_t digits = CountDigits(text);
  // Seven digits cover every 32-bit count of days and every 64-bit count of microseconds.
  if (digits < 4 || digits > 7) {
    return std::nullopt;
  }
  const int64_t year = *TakeDigits(text, digits);
  return negative ? -year : year;
}

int32_t DaysInMonth(int64_t year, int32_t month) {
  if (month == 2) {
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return leap ? 29 : 28;
  }
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::optional<int64_t> TakeDate(std::string_view& text) {
  const auto year = TakeYear(text);
  if (!year || !TakeChar(text, '-')) {
    return std::nullopt;
  }
  const auto month = TakeDigits(text, 2);
  if (!month || *month < 1 || *month > 12 || !TakeChar(text, '-')) {
    return std::nullopt;
  }
  const auto day = TakeDigits(text, 2);
  const auto month32 = static_cast<int32_t>(*month);
  if (!day || *day < 1 || *day > DaysInMonth(*year, month32)) {
    return std::nullopt;
  }
  return DaysFromCivil({*year, month32, static_cast<int32_t>(*day)});
}

// One to nine digits after the point, as nanoseconds.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  const size_t digits = CountDigits(text);
  if (digits < 1 || digits > 9) {
    return std::nullopt;
  }
  int64_t nanos = *TakeDigits(text, digits);
  for (size_t i = digits; i < 9; ++i) {
    nanos *= 10;
  }
  return nanos;
}

std::optional<int64_t> TakeTime(std::string_view& text) {
  const auto hour = TakeDigits(text, 2);
  if (!hour || *hour > 23 || !TakeChar(text, ':')) {
    return std::nullopt;
  }
  const auto minute = TakeDigits(text, 2);
  if (!minute || *minute > 59) {
    return std::nullopt;
  }
  int64_t nanos = (*hour * 3600 + *minute * 60) * kNanosPerSecond;
  if (!TakeChar(text, ':')) {
    return nanos;
  }
  const auto second = TakeDigits(text, 2);
  if (!second || *second > 59) {
    return std::nullopt;
  }
  nanos += *second * kNanosPerSecond;
  if (!TakeChar(text, '.')) {
    return nanos;
  }
  const auto fraction = TakeFraction(text);
  if (!fraction) {
    return std::nullopt;
  }
  return nanos + *fraction;
}

// Seconds east of UTC.
std::optional<int64_t> TakeZone(std::string_view& text) {
  if (TakeChar(text, 'Z') || TakeChar(text, 'z')) {
    return 0;
  }
  const bool west = TakeChar(text, '-');
  if (!west && !TakeChar(text, '+')) {
    return std::nullopt;
  }
  const auto hours = TakeDigits(text, 2);
  if (!hours || *hours > 18) {
    return std::nullopt;
  }
  int64_t seconds = *hours * 3600;
  if (TakeChar(text, ':') || CountDigits(text) == 2) {
    const auto minutes = TakeDigits(text, 2);
    if (!minutes || *minutes > 59) {
      return std::nullopt;
    }
    seconds += *minutes * 60;
  }
  return west ? -seconds : seconds;
}

}  // namespace

// Both after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms": years start
// in March, so that the leap day is the last of its year.
CivilDate CivilFromDays(int64_t days) {
  days += 719'468;  // from 0000-03-01
  const int64_t era = FloorDiv(days, kDaysPerEra);
  const int64_t day_of_era = days - era * kDaysPerEra;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return {year, static_cast<int32_t>(month), static_cast<int32_t>(day)};
}

int64_t DaysFromCivil(const CivilDate& date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = FloorDiv(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t march_month = date.month > 2 ? date.month - 3 : date.month + 9;
  const int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
  const int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - 719'468;
}

std::string DateToText(int64_t days) {
  const CivilDate date = CivilFromDays(days);
  return YearToText(date.year) + "-" + Padded(date.month, 2) + "-" + Padded(date.day, 2);
}

std::string TimeToText(int64_t units_of_day, int64_t units_per_second) {
  const int64_t seconds = FloorDiv(units_of_day, units_per_second);
  const int64_t fraction = FloorMod(units_of_day, units_per_second);
  std::string text = Padded(seconds / 3600, 2) + ":" + Padded(seconds / 60 % 60, 2) +
                     ":" + Padded(seconds % 60, 2);
  if (fraction == 0) {
    return text;
  }
  text += "." + Padded(fraction, units_per_second == kMicrosPerSecond ? 6 : 9);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string TimestampToText(int64_t units, int64_t units_per_second, bool with_zone) {
  const int64_t units_per_day = kSecondsPerDay * units_per_second;
  return DateToText(FloorDiv(units, units_per_day)) + "T" +
         TimeToText(FloorMod(units, units_per_day), units_per_second) +
         (with_zone ? "+00:00" : "");
}

std::optional<int64_t> DateFromText(std::string_view text) {
  const auto days = TakeDate(text);
  return text.empty() ? days : std::nullopt;
}

std::optional<int64_t> TimeFromText(std::string_view text) {
  const auto nanos = TakeTime(text);
  return text.empty() ? nanos : std::nullopt;
}

std::optional<ParsedTimestamp> TimestampFromText(std::string_view text) {
  const auto days = TakeDate(text);
  if (!days) {
    return std::nullopt;
  }
  ParsedTimestamp parsed{.seconds = *days * kSecondsPerDay};
  if (text.empty()) {
    return parsed;
  }
  if (!TakeChar(text, 'T') && !TakeChar(text, 't') && !TakeChar(text, ' ')) {
    return std::nullopt;
  }
  const auto nanos = TakeTime(text);
  if (!nanos) {
    return std::nullopt;
  }
  parsed.seconds += *nanos / kNanosPerSecond;
  parsed.nanos = *nanos % kNanosPerSecond;
  TakeChar(text, ' ');
  if (text.empty()) {
    return parsed;
  }
  const auto zone = TakeZone(text);
  if (!zone || !text.empty()) {
    return std::nullopt;
  }
  parsed.seconds -= *zone;
  parsed.has_zone = true;
  return parsed;
}

}  // namespace tarn::iceberg::internal
