// Cron expressions: which moments of a wall clock they name. Pure: no time zone, no
// clock.
//
//   ARROW_ASSIGN_OR_RAISE(auto cron, CronExpression::Parse("30 6 * * mon-fri"));
//   const auto next = cron.Next(after);
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::service {

/// Seconds since 1970-01-01 00:00 as a wall clock shows them, wherever it hangs.
using WallSeconds = std::chrono::seconds;

/// Five fields (minute, hour, day of month, month, day of week) or six, with the second
/// first. Each is a list of values, ranges `a-b` (which may go round: `fri-mon`, `22-2`),
/// and steps `*/n`, `a-b/n`, `a/n`; months and days of the week also by their English
/// names, or the first three letters; Sunday is 0 or 7. Of days of the month: `L` (the
/// last), `L-3` (three before it), `15W` (the weekday that is nearest within the month),
/// `LW`; of days of the week: `5L` (the last Friday of the month), `fri#2` (the second).
/// `?` means `*`. Where neither kind of day begins with `*`, a day of either will do.
/// `@yearly` (`@annually`), `@monthly`, `@weekly`, `@daily` (`@midnight`) and `@hourly`
/// too. Immutable.
class CronExpression {
 public:
  /// Errors: kInvalidArgument, with the field; also for one that names no day at all,
  /// such as February 30.
  static Result<CronExpression> Parse(std::string_view text);

  /// The first moment after `after`; unset if there is none in the 400 years of a
  /// calendar that follow, or the years from 1970 to 9999.
  std::optional<WallSeconds> Next(WallSeconds after) const;
  /// Whether it names moments of every hour: such a rhythm goes on when clocks change.
  bool is_every_hour() const { return hours_ == (1U << 24U) - 1; }

 private:
  CronExpression() = default;
  Status SetFields(std::string_view text);
  Status SetDays(std::string_view text);
  Status SetWeekdays(std::string_view text);
  /// Those of a month: bit 1 is its first day.
  uint32_t DaysOf(int year, unsigned month) const;
  uint32_t MonthDaysOf(int year, unsigned month, unsigned days) const;
  uint32_t WeekdaysOf(unsigned first_weekday, unsigned days) const;
  std::optional<int64_t> NextSecondOfDay(int64_t from) const;

  uint64_t seconds_ = 1;
  uint64_t minutes_ = 0;
  uint32_t hours_ = 0;
  uint32_t months_ = 0;  // bit 1 is January
  // Days of the month.
  uint32_t days_ = 0;
  uint32_t days_before_last_ = 0;  // bit 0 is L
  uint32_t nearest_weekdays_ = 0;  // bit 15 is 15W
  bool has_last_weekday_ = false;  // LW
  bool days_begin_with_star_ = true;
  // Days of the week: bit 0 is Sunday.
  uint32_t weekdays_ = 0;
  std::array<uint32_t, 7> nth_weekdays_ = {};  // bit 2 is #2, bit 0 is L
  bool weekdays_begin_with_star_ = true;
};

}  // namespace tarn::service
