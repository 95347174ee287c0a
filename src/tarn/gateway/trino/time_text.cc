#include "tarn/gateway/trino/time_text.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "tarn/gateway/trino/json_text.h"

namespace tarn::gateway::trino {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

void AppendTwo(int64_t value, std::string* out) {
  out->push_back(static_cast<char>('0' + value / 10));
  out->push_back(static_cast<char>('0' + value % 10));
}

int64_t FloorDivide(int64_t value, int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

void AppendFraction(int64_t fraction, int64_t per_second, int32_t digits,
                    std::string* out) {
  if (digits <= 0) {
    return;
  }
  out->push_back('.');
  for (int32_t i = 0; i < digits; ++i) {
    per_second /= 10;
    if (per_second == 0) {
      out->push_back('0');
      continue;
    }
    out->push_back(static_cast<char>('0' + fraction / per_second));
    fraction %= per_second;
  }
}

void AppendSecondOfDay(int64_t second, std::string* out) {
  AppendTwo(second / 3600, out);
  out->push_back(':');
  AppendTwo(second / 60 % 60, out);
  out->push_back(':');
  AppendTwo(second % 60, out);
}

struct CivilDate {
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
};

/// The proleptic Gregorian calendar, for any number of days.
CivilDate CivilDateOf(int64_t days) {
  constexpr int64_t kDaysPerEra = 146'097;  // 400 years
  const int64_t shifted = days + 719'468;   // since 0000-03-01
  const int64_t era = FloorDivide(shifted, kDaysPerEra);
  const int64_t day_of_era = shifted - era * kDaysPerEra;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = day_of_year - (153 * march_month + 2) / 5 + 1;
  date.month = march_month < 10 ? march_month + 3 : march_month - 9;
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

}  // namespace

void AppendDate(int64_t days, std::string* out) {
  const CivilDate date = CivilDateOf(days);
  if (date.year >= 1000 && date.year <= 9999) {
    AppendInteger(date.year, out);
  } else {
    std::array<char, 32> year;
    const char* const format = date.year > 9999 ? "+%05lld"
                               : date.year < 0  ? "-%04lld"
                                                : "%04lld";
    const auto size = std::snprintf(
        year.data(), year.size(), format,
        static_cast<long long>(date.year < 0 ? -date.year : date.year));  // NOLINT
    out->append(year.data(), static_cast<size_t>(size));
  }
  out->push_back('-');
  AppendTwo(date.month, out);
  out->push_back('-');
  AppendTwo(date.day, out);
}

void AppendTime(Ticks ticks, int32_t digits, std::string* out) {
  AppendSecondOfDay(ticks.value / ticks.per_second, out);
  AppendFraction(ticks.value % ticks.per_second, ticks.per_second, digits, out);
}

void AppendTimestamp(Ticks ticks, int32_t digits, std::string* out) {
  const int64_t seconds = FloorDivide(ticks.value, ticks.per_second);
  const int64_t days = FloorDivide(seconds, kSecondsPerDay);
  AppendDate(days, out);
  out->push_back(' ');
  AppendSecondOfDay(seconds - days * kSecondsPerDay, out);
  AppendFraction(ticks.value - seconds * ticks.per_second, ticks.per_second, digits, out);
}

void AppendDayTime(int64_t millis, std::string* out) {
  if (millis < 0) {
    out->push_back('-');
    millis = -millis;
  }
  AppendInteger(millis / 1000 / kSecondsPerDay, out);
  out->push_back(' ');
  AppendSecondOfDay(millis / 1000 % kSecondsPerDay, out);
  AppendFraction(millis % 1000, 1000, 3, out);
}

void AppendYearMonth(int64_t months, std::string* out) {
  if (months < 0) {
    out->push_back('-');
    months = -months;
  }
  AppendInteger(months / 12, out);
  out->push_back('-');
  AppendInteger(months % 12, out);
}

}  // namespace tarn::gateway::trino
