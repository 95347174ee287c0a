#include "tarn/cli/print/time_text.h"

#include <cstdlib>

namespace tarn::cli {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::string Digits(int64_t value, size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

std::string Fraction(int64_t ticks, int64_t ticks_per_second) {
  if (ticks == 0) {
    return "";
  }
  std::string text = Digits(ticks, std::to_string(ticks_per_second).size() - 1);
  text.erase(text.find_last_not_of('0') + 1);
  return "." + text;
}

}  // namespace

std::string DateText(int64_t days_since_epoch) {
  // Howard Hinnant's civil_from_days: eras of 400 years that begin on 1 March.
  const int64_t days = days_since_epoch + 719'468;
  const int64_t era = FloorDiv(days, 146'097);
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const std::string sign = year < 0 ? "-" : year > 9999 ? "+" : "";
  return sign + Digits(std::abs(year), 4) + "-" + Digits(month, 2) + "-" + Digits(day, 2);
}

std::string TimeText(int64_t ticks, int64_t ticks_per_second) {
  const int64_t seconds = ticks / ticks_per_second;
  return Digits(seconds / 3600, 2) + ":" + Digits(seconds / 60 % 60, 2) + ":" +
         Digits(seconds % 60, 2) + Fraction(ticks % ticks_per_second, ticks_per_second);
}

std::string TimestampText(int64_t ticks_since_epoch, int64_t ticks_per_second,
                          char separator) {
  const int64_t seconds = FloorDiv(ticks_since_epoch, ticks_per_second);
  const int64_t fraction = ticks_since_epoch - seconds * ticks_per_second;
  const int64_t days = FloorDiv(seconds, kSecondsPerDay);
  const int64_t second_of_day = seconds - days * kSecondsPerDay;
  return DateText(days) + separator + TimeText(second_of_day, 1) +
         Fraction(fraction, ticks_per_second);
}

std::string IntervalText(int32_t months, int32_t days, int64_t nanoseconds) {
  std::string text;
  const auto add = [&](int32_t count, const char* unit) {
    if (count == 0) {
      return;
    }
    if (!text.empty()) {
      text += ' ';
    }
    text += std::to_string(count) + " " + unit + (std::abs(count) == 1 ? "" : "s");
  };
  add(months / 12, "year");
  add(months % 12, "month");
  add(days, "day");
  if (nanoseconds == 0 && !text.empty()) {
    return text;
  }
  if (!text.empty()) {
    text += ' ';
  }
  if (nanoseconds < 0) {
    text += '-';
  }
  // Whole seconds and the rest apart: the lowest int64 has no positive counterpart.
  const int64_t seconds = std::abs(nanoseconds / kNanosPerSecond);
  const int64_t rest = std::abs(nanoseconds % kNanosPerSecond);
  return text + TimeText(seconds, 1) + Fraction(rest, kNanosPerSecond);
}

}  // namespace tarn::cli
