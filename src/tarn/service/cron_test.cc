#include "tarn/service/cron.h"

#include <string>
#include <vector>

#include <fmt/chrono.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

/// "2026-02-28 23:59:30" as seconds.
WallSeconds At(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
               int second = 0) {
  const std::chrono::sys_days date = std::chrono::year_month_day{
      std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return std::chrono::duration_cast<WallSeconds>(date.time_since_epoch()) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

std::string Text(WallSeconds at) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::gmtime(static_cast<std::time_t>(at.count())));
}

struct Case {
  const char* cron;
  WallSeconds after;
  std::vector<std::string> next;
};

// 2026-01-01 is a Thursday.
const Case kCases[] = {
    {"* * * * *",
     At(2026, 1, 1, 0, 0, 30),
     {"2026-01-01 00:01:00", "2026-01-01 00:02:00"}},
    {"* * * * * *",
     At(2026, 12, 31, 23, 59, 59),
     {"2027-01-01 00:00:00", "2027-01-01 00:00:01"}},
    {"*/15 8-9 * * *",
     At(2026, 1, 1, 9, 30),
     {"2026-01-01 09:45:00", "2026-01-02 08:00:00"}},
    {"5/20 * * * *",
     At(2026, 1, 1),
     {"2026-01-01 00:05:00", "2026-01-01 00:25:00", "2026-01-01 00:45:00",
      "2026-01-01 01:05:00"}},
    {"0 22-2 * * *",
     At(2026, 1, 1, 1),
     {"2026-01-01 02:00:00", "2026-01-01 22:00:00", "2026-01-01 23:00:00",
      "2026-01-02 00:00:00"}},
    {"30 6 * * mon-fri",
     At(2026, 1, 2, 6, 30),
     {"2026-01-05 06:30:00", "2026-01-06 06:30:00"}},
    {"0 0 * * Fri-Mon",
     At(2026, 1, 1),
     {"2026-01-02 00:00:00", "2026-01-03 00:00:00", "2026-01-04 00:00:00",
      "2026-01-05 00:00:00", "2026-01-09 00:00:00"}},
    {"0 0 * * 7", At(2026, 1, 1), {"2026-01-04 00:00:00", "2026-01-11 00:00:00"}},
    {"0 0 * * 5-7",
     At(2026, 1, 1),
     {"2026-01-02 00:00:00", "2026-01-03 00:00:00", "2026-01-04 00:00:00",
      "2026-01-09 00:00:00"}},
    {"0 0 * * thursday", At(2026, 1, 1), {"2026-01-08 00:00:00"}},
    {"0 12 29 2 *", At(2026, 1, 1), {"2028-02-29 12:00:00", "2032-02-29 12:00:00"}},
    {"0 12 29 2 *", At(2097, 1, 1), {"2104-02-29 12:00:00"}},
    {"0 0 29 feb mon#5", At(2026, 1, 1), {"2028-02-29 00:00:00"}},
    {"0 0 L * *",
     At(2028, 1, 31),
     {"2028-02-29 00:00:00", "2028-03-31 00:00:00", "2028-04-30 00:00:00"}},
    {"0 0 L-2 2 *",
     At(2026, 1, 1),
     {"2026-02-26 00:00:00", "2027-02-26 00:00:00", "2028-02-27 00:00:00"}},
    {"0 0 LW * *",
     At(2026, 1, 1),
     {"2026-01-30 00:00:00", "2026-02-27 00:00:00", "2026-03-31 00:00:00"}},
    {"0 0 1W * *",
     At(2026, 1, 15),
     {"2026-02-02 00:00:00", "2026-03-02 00:00:00", "2026-04-01 00:00:00"}},
    {"0 0 1W 8 *", At(2026, 1, 1), {"2026-08-03 00:00:00"}},
    {"0 0 31W 5 *", At(2026, 1, 1), {"2026-05-29 00:00:00"}},
    {"0 0 * * 5L", At(2026, 1, 1), {"2026-01-30 00:00:00", "2026-02-27 00:00:00"}},
    {"0 0 * * fri#2", At(2026, 1, 1), {"2026-01-09 00:00:00", "2026-02-13 00:00:00"}},
    {"0 0 ? * tue", At(2026, 1, 1), {"2026-01-06 00:00:00"}},
    // Either day, unless one begins with a star.
    {"0 0 13 * fri",
     At(2026, 1, 1),
     {"2026-01-02 00:00:00", "2026-01-09 00:00:00", "2026-01-13 00:00:00"}},
    {"0 0 */2 * fri", At(2026, 1, 1), {"2026-01-09 00:00:00", "2026-01-23 00:00:00"}},
    {"0,30 10 1,15 jan,jul *",
     At(2026, 1, 1, 10),
     {"2026-01-01 10:30:00", "2026-01-15 10:00:00", "2026-01-15 10:30:00",
      "2026-07-01 10:00:00"}},
    {"@hourly", At(2026, 1, 1, 5, 0, 1), {"2026-01-01 06:00:00"}},
    {"@DAILY", At(2026, 2, 28), {"2026-03-01 00:00:00"}},
    {"@weekly", At(2026, 1, 1), {"2026-01-04 00:00:00"}},
    {"@monthly", At(2026, 1, 1), {"2026-02-01 00:00:00"}},
    {"@yearly", At(2026, 1, 1), {"2027-01-01 00:00:00"}},
    {" 15  30 4 \t1 1 * ", At(2026, 1, 1), {"2026-01-01 04:30:15"}},
};

TEST(Cron, NamesMoments) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(c.cron) + " after " + Text(c.after));
    const auto cron = CronExpression::Parse(c.cron);
    ASSERT_TRUE(cron.ok()) << cron.status();
    std::vector<std::string> found;
    auto at = std::optional(c.after);
    while (found.size() < c.next.size() && (at = cron->Next(*at))) {
      found.push_back(Text(*at));
    }
    EXPECT_THAT(found, ElementsAreArray(c.next));
  }
}

/// Whatever the fields, the next moment is what trying each minute in turn finds.
TEST(Cron, AgreesWithTryingEachMinute) {
  for (const char* text :
       {"17 3 * * *", "*/7 */5 2-28/3 * *", "0 0 1,L * sat", "59 23 31 * *"}) {
    SCOPED_TRACE(text);
    const auto cron = CronExpression::Parse(text);
    ASSERT_TRUE(cron.ok()) << cron.status();
    const WallSeconds begin = At(2026, 1, 30, 20);
    auto next = cron->Next(begin);
    for (WallSeconds t = begin; t < At(2026, 3, 2); t += std::chrono::minutes(1)) {
      if (next && t >= *next) {
        next = cron->Next(t);
      }
      ASSERT_TRUE(next);
      ASSERT_EQ(Text(*cron->Next(t)), Text(*next)) << Text(t);
    }
  }
}

TEST(Cron, EndsWithTheCalendar) {
  const auto cron = CronExpression::Parse("0 0 1 1 *");
  ASSERT_TRUE(cron.ok());
  EXPECT_EQ(cron->Next(At(9999, 6, 1)), std::nullopt);
  EXPECT_EQ(Text(*cron->Next(WallSeconds(INT64_MIN))), "1970-01-01 00:00:00");
  EXPECT_EQ(cron->Next(WallSeconds(INT64_MAX)), std::nullopt);
}

TEST(Cron, EveryHourIsKnown) {
  EXPECT_TRUE(CronExpression::Parse("*/15 * * * *")->is_every_hour());
  EXPECT_TRUE(CronExpression::Parse("5 0-23 1 * *")->is_every_hour());
  EXPECT_FALSE(CronExpression::Parse("0 */2 * * *")->is_every_hour());
}

struct Wrong {
  const char* cron;
  const char* message;
};
constexpr Wrong kWrong[] = {
    {"", "this has 0"},
    {"* * * *", "this has 4"},
    {"* * * * * * *", "this has 7"},
    {"@reboot", "this has 1"},
    {"60 * * * *", "minute must be 0 to 59: 60"},
    {"* 24 * * *", "hour must be 0 to 23"},
    {"* * 0 * *", "day of month must be 1 to 31"},
    {"* * * 13 *", "month must be 1 to 12, or a name: 13"},
    {"* * * * 8", "day of week must be 0 to 7"},
    {"* * * * funday", "or a name: funday"},
    {"*/0 * * * *", "step"},
    {"*/x * * * *", "step"},
    {"1,,2 * * * *", "minute"},
    {"-5 * * * *", "minute"},
    {"1- * * * *", "minute"},
    {"* * L-31 * *", "L-"},
    {"* * * * fri#6", "#"},
    {"0 0 30 2 *", "no month of it has"},
    {"0 0 31 4,6,9,11 *", "no month of it has"},
};

TEST(Cron, SaysWhatIsWrong) {
  for (const Wrong& w : kWrong) {
    SCOPED_TRACE(w.cron);
    const auto cron = CronExpression::Parse(w.cron);
    ASSERT_FALSE(cron.ok());
    EXPECT_EQ(CodeOf(cron.status()), ErrorCode::kInvalidArgument);
    EXPECT_THAT(cron.status().message(), HasSubstr(w.message));
  }
}

}  // namespace
}  // namespace tarn::service
