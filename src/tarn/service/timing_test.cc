#include "tarn/service/timing.h"

#include <string>
#include <vector>

#include <fmt/chrono.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

milliseconds At(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
                int second = 0) {
  const std::chrono::sys_days date = std::chrono::year_month_day{
      std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  return std::chrono::duration_cast<milliseconds>(date.time_since_epoch()) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

std::string Text(milliseconds at) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::gmtime(static_cast<std::time_t>(at.count() / 1'000)));
}

std::vector<std::string> Following(const TimingRules& rules, milliseconds after,
                                   size_t count) {
  const auto timing = Timing::Make(rules);
  EXPECT_TRUE(timing.ok()) << timing.status();
  std::vector<std::string> found;
  auto at = std::optional(after);
  while (timing.ok() && found.size() < count && (at = timing->Next(*at))) {
    found.push_back(Text(*at));
  }
  return found;
}

struct Case {
  const char* name;
  TimingRules rules;
  milliseconds after;
  std::vector<std::string> next;  // UTC
};

// Berlin: forward on 2026-03-29 at 01:00 UTC (02:00 to 03:00), back on 2026-10-25 at
// 01:00 UTC (03:00 to 02:00).
const Case kCases[] = {
    {"a wall clock east of UTC",
     {.cron = "30 6 * * *", .time_zone = "Europe/Berlin"},
     At(2026, 1, 1),
     {"2026-01-01 05:30:00", "2026-01-02 05:30:00"}},
    {"summer and winter",
     {.cron = "0 6 28,30 3 *", .time_zone = "Europe/Berlin"},
     At(2026, 3, 1),
     {"2026-03-28 05:00:00", "2026-03-30 04:00:00"}},
    {"in the gap: once, right after it",
     {.cron = "30 2 * * *", .time_zone = "Europe/Berlin"},
     At(2026, 3, 28),
     {"2026-03-28 01:30:00", "2026-03-29 01:00:00", "2026-03-30 00:30:00"}},
    {"several in the gap: once",
     {.cron = "*/10 2 * * *", .time_zone = "Europe/Berlin"},
     At(2026, 3, 28, 1, 45),
     {"2026-03-28 01:50:00", "2026-03-29 01:00:00", "2026-03-30 00:00:00"}},
    {"in the repeat: the first time",
     {.cron = "30 2 * * *", .time_zone = "Europe/Berlin"},
     At(2026, 10, 24),
     {"2026-10-24 00:30:00", "2026-10-25 00:30:00", "2026-10-26 01:30:00"}},
    {"asked within the repeat",
     {.cron = "15,45 2 * * *", .time_zone = "Europe/Berlin"},
     At(2026, 10, 25, 1, 20),
     {"2026-10-26 01:15:00"}},
    {"every hour goes on in the repeat",
     {.cron = "30 * * * *", .time_zone = "Europe/Berlin"},
     At(2026, 10, 24, 23, 45),
     {"2026-10-25 00:30:00", "2026-10-25 01:30:00", "2026-10-25 02:30:00"}},
    {"every hour goes on over the gap",
     {.cron = "30 * * * *", .time_zone = "Europe/Berlin"},
     At(2026, 3, 29),
     {"2026-03-29 00:30:00", "2026-03-29 01:30:00", "2026-03-29 02:30:00"}},
    {"a gap of half an hour",
     {.cron = "15 2 * * *", .time_zone = "Australia/Lord_Howe"},
     At(2026, 10, 2, 20),
     {"2026-10-03 15:30:00", "2026-10-04 15:15:00"}},
    {"a day that was left out",
     {.cron = "0 12 30 12 *", .time_zone = "Pacific/Apia"},
     At(2011, 12, 1),
     {"2011-12-30 10:00:00", "2012-12-29 22:00:00"}},
    {"summer time of later years",
     {.cron = "0 12 1 7 *", .time_zone = "America/New_York"},
     At(2035, 1, 1),
     {"2035-07-01 16:00:00", "2036-07-01 16:00:00"}},
    {"an interval from its anchor",
     {.every = "every 15m", .anchor = At(2026, 1, 1, 0, 7)},
     At(2026, 1, 1, 1),
     {"2026-01-01 01:07:00", "2026-01-01 01:22:00"}},
    {"an interval does not look at clocks",
     {.every = "1h30m", .time_zone = "Europe/Berlin", .anchor = At(2026, 3, 29)},
     At(2026, 3, 28, 23),
     {"2026-03-29 00:00:00", "2026-03-29 01:30:00", "2026-03-29 03:00:00"}},
    {"a start and an end",
     {.cron = "0 0 * * *", .start = At(2026, 2, 1), .end = At(2026, 2, 3)},
     At(2025, 1, 1),
     {"2026-02-01 00:00:00", "2026-02-02 00:00:00", "2026-02-03 00:00:00"}},
    {"an interval from its start",
     {.every = "1d", .start = At(2026, 2, 1, 5), .anchor = At(2025, 1, 1)},
     At(2026, 1, 1),
     {"2026-02-01 05:00:00", "2026-02-02 05:00:00"}},
};

TEST(Timing, NamesMoments) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const bool ends = c.rules.end.has_value();
    EXPECT_THAT(Following(c.rules, c.after, c.next.size() + (ends ? 1 : 0)),
                ElementsAreArray(c.next));
  }
}

TEST(Timing, TellsWhatWasMissed) {
  const auto timing = *Timing::Make({.every = "10s"});
  auto due = timing.Between(At(2026, 1, 1), At(2026, 1, 1, 0, 0, 25), 5);
  EXPECT_THAT(due.latest,
              ElementsAre(At(2026, 1, 1, 0, 0, 10), At(2026, 1, 1, 0, 0, 20)));
  EXPECT_FALSE(due.has_earlier);
  // Years of seconds are not counted one by one.
  due = timing.Between(At(1990, 1, 1), At(2026, 1, 1), 2);
  EXPECT_THAT(due.latest, ElementsAre(At(2025, 12, 31, 23, 59, 50), At(2026, 1, 1)));
  EXPECT_TRUE(due.has_earlier);
  EXPECT_TRUE(timing.Between(At(2026, 1, 1), At(2026, 1, 1), 5).latest.empty());
  const auto yearly = *Timing::Make({.cron = "@yearly"});
  due = yearly.Between(At(2020, 6, 1), At(2026, 5, 1), 2);
  EXPECT_THAT(due.latest, ElementsAre(At(2025, 1, 1), At(2026, 1, 1)));
  EXPECT_TRUE(due.has_earlier);
}

struct Wrong {
  TimingRules rules;
  const char* message;
};
const Wrong kWrong[] = {
    {{}, "either a cron expression"},
    {{.cron = "@daily", .every = "1h"}, "either a cron expression"},
    {{.cron = "@daily", .time_zone = "Mars/Olympus"}, "no such time zone"},
    {{.cron = "@daily", .time_zone = "../../etc/passwd"}, "no such time zone"},
    {{.cron = "@daily", .time_zone = ""}, "no such time zone"},
    {{.cron = "nonsense"}, "this has 1"},
    {{.every = "15"}, "like 15m"},
    {{.every = "0s"}, "like 15m"},
    {{.every = "400d"}, "like 15m"},
    {{.every = "1y"}, "like 15m"},
    {{.every = "every"}, "like 15m"},
    {{.every = "99999999999999999999s"}, "like 15m"},
    {{.cron = "@daily", .start = milliseconds(5), .end = milliseconds(5)}, "ends before"},
};

TEST(Timing, SaysWhatIsWrong) {
  for (const Wrong& w : kWrong) {
    SCOPED_TRACE(w.message);
    const auto timing = Timing::Make(w.rules);
    ASSERT_FALSE(timing.ok());
    EXPECT_EQ(CodeOf(timing.status()), ErrorCode::kInvalidArgument);
    EXPECT_THAT(timing.status().message(), HasSubstr(w.message));
  }
}

}  // namespace
}  // namespace tarn::service
