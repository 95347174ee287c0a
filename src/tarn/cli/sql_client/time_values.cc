#include "tarn/cli/sql_client/time_values.h"

#include <charconv>
#include <chrono>
#include <exception>
#include <string>

#include <arrow/vendored/datetime/tz.h>

#include "tarn/base/error.h"

namespace tarn::cli {
namespace {

namespace date = arrow_vendored::date;

constexpr int64_t kSecondsPerDay = 86'400;

Status Unreadable(std::string_view text) {
  return MakeError(
      ErrorCode::kInvalidData,
      "The server sent a date or time that cannot be read: " + std::string(text));
}

/// Takes `digits` digits, or as many as there are if it is 0; -1 if there are none.
int64_t TakeNumber(std::string_view* text, size_t digits) {
  size_t length = 0;
  while (length < text->size() && (*text)[length] >= '0' && (*text)[length] <= '9' &&
         (digits == 0 || length < digits)) {
    ++length;
  }
  int64_t number = -1;
  if (length >= 1 && length >= digits) {
    std::from_chars(text->data(), text->data() + length, number);
  }
  text->remove_prefix(length);
  return number;
}

bool TakeCharacter(std::string_view* text, char c) {
  if (!text->starts_with(c)) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

/// Days since the epoch in the proleptic Gregorian calendar, for any year: eras of 400
/// years that begin in March.
int64_t DaysOf(int64_t year, int64_t month, int64_t day) {
  constexpr int64_t kDaysPerEra = 146'097;
  constexpr int64_t kEpoch = 719'468;  // days from 0000-03-01 to 1970-01-01
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - kEpoch;
}

Result<int64_t> TakeDate(std::string_view* text) {
  const std::string_view whole = *text;
  const bool is_negative = TakeCharacter(text, '-');
  if (!is_negative) {
    TakeCharacter(text, '+');
  }
  const int64_t year = TakeNumber(text, 0);
  const bool has_month = TakeCharacter(text, '-');
  const int64_t month = TakeNumber(text, 2);
  const bool has_day = TakeCharacter(text, '-');
  const int64_t day = TakeNumber(text, 2);
  if (year < 0 || !has_month || !has_day || month < 1 || month > 12 || day < 1) {
    return Unreadable(whole);
  }
  return DaysOf(is_negative ? -year : year, month, day);
}

/// The fraction's digits beyond the ticks are dropped.
Result<int64_t> TakeTime(std::string_view* text, int64_t ticks_per_second) {
  const std::string_view whole = *text;
  const int64_t hours = TakeNumber(text, 2);
  const bool has_minutes = TakeCharacter(text, ':');
  const int64_t minutes = TakeNumber(text, 2);
  const bool has_seconds = TakeCharacter(text, ':');
  const int64_t seconds = TakeNumber(text, 2);
  if (hours < 0 || minutes < 0 || seconds < 0 || !has_minutes || !has_seconds) {
    return Unreadable(whole);
  }
  int64_t ticks = ((hours * 60 + minutes) * 60 + seconds) * ticks_per_second;
  if (TakeCharacter(text, '.')) {
    int64_t weight = ticks_per_second;
    while (!text->empty() && text->front() >= '0' && text->front() <= '9') {
      weight /= 10;
      ticks += (text->front() - '0') * weight;
      text->remove_prefix(1);
    }
  }
  return ticks;
}

/// Seconds that the zone is ahead of UTC at the local time `seconds`.
Result<int64_t> OffsetOf(std::string_view zone, int64_t seconds) {
  if (zone == "UTC" || zone == "Z") {
    return 0;
  }
  if (zone.starts_with('+') || zone.starts_with('-')) {
    std::string_view rest = zone.substr(1);
    const int64_t hours = TakeNumber(&rest, 2);
    const bool has_minutes = TakeCharacter(&rest, ':');
    const int64_t minutes = TakeNumber(&rest, 2);
    if (hours < 0 || minutes < 0 || !has_minutes) {
      return Unreadable(zone);
    }
    const int64_t offset = (hours * 60 + minutes) * 60;
    return zone.front() == '-' ? -offset : offset;
  }
  try {
    const auto local = date::local_seconds{std::chrono::seconds(seconds)};
    return date::locate_zone(zone)->get_info(local).first.offset.count();
  } catch (const std::exception&) {
    return MakeError(ErrorCode::kInvalidData,
                     "The server sent a time of a zone that this machine's tzdata does "
                     "not know: " +
                         std::string(zone));
  }
}

}  // namespace

Result<int32_t> DaysOfDate(std::string_view text) {
  std::string_view rest = text;
  ARROW_ASSIGN_OR_RAISE(const int64_t days, TakeDate(&rest));
  if (!rest.empty() || days != static_cast<int32_t>(days)) {
    return Unreadable(text);
  }
  return static_cast<int32_t>(days);
}

Result<int64_t> TicksOfTime(std::string_view text, int64_t ticks_per_second) {
  std::string_view rest = text;
  ARROW_ASSIGN_OR_RAISE(const int64_t ticks, TakeTime(&rest, ticks_per_second));
  return rest.empty() ? Result<int64_t>(ticks) : Unreadable(text);
}

Result<int64_t> TicksOfTimestamp(std::string_view text, int64_t ticks_per_second) {
  std::string_view rest = text;
  ARROW_ASSIGN_OR_RAISE(const int64_t days, TakeDate(&rest));
  if (!TakeCharacter(&rest, ' ')) {
    return Unreadable(text);
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t time, TakeTime(&rest, ticks_per_second));
  int64_t seconds = days * kSecondsPerDay;
  if (!rest.empty()) {
    TakeCharacter(&rest, ' ');
    ARROW_ASSIGN_OR_RAISE(const int64_t offset,
                          OffsetOf(rest, seconds + time / ticks_per_second));
    seconds -= offset;
  }
  int64_t ticks = 0;
  if (__builtin_mul_overflow(seconds, ticks_per_second, &ticks) ||
      __builtin_add_overflow(ticks, time, &ticks)) {
    return Unreadable(text);
  }
  return ticks;
}

}  // namespace tarn::cli
