#include "tarn/gateway/api/schedule_json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/gateway/api/job_json.h"

namespace tarn::gateway {
namespace {

using ::testing::HasSubstr;

struct Time {
  Json given;
  const char* read;
};
const Time kTimes[] = {
    {"2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"},
    {"2026-01-31T12:00:00.25Z", "2026-01-31T12:00:00.250Z"},
    {"2026-01-31T12:00:00.123456789", "2026-01-31T12:00:00.123Z"},
    {"2026-01-31 12:00", "2026-01-31T12:00:00.000Z"},
    {"2026-01-31", "2026-01-31T00:00:00.000Z"},
    {"2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000Z"},
    {"2026-01-01T00:30:00-0530", "2026-01-01T06:00:00.000Z"},
    {"2028-02-29T23:59:59Z", "2028-02-29T23:59:59.000Z"},
    {1'704'067'200'000, "2024-01-01T00:00:00.000Z"},
};

TEST(ScheduleJson, ReadsTimes) {
  for (const Time& time : kTimes) {
    SCOPED_TRACE(DumpJson(time.given));
    const auto read = ParseApiTime(time.given);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(ApiTime(*read), time.read);
  }
}

TEST(ScheduleJson, RefusesWhatIsNoTime) {
  for (const Json& given :
       {Json("tomorrow"), Json(""), Json("2026-02-30"), Json("2026-01-31T"),
        Json("2026-01-31T24:00"), Json("2026-01-31T12:00:00Zx"), Json("2026-1-1"),
        Json("2026-01-31T12:00:00."), Json(-1), Json(1.5), Json(nullptr), Json(INT64_MAX),
        Json("-2026-01-01"), Json("2026-01-01T00:00+1")}) {
    SCOPED_TRACE(DumpJson(given));
    const auto read = ParseApiTime(given);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(CodeOf(read.status()), ErrorCode::kInvalidArgument);
  }
}

TEST(ScheduleJson, WhatIsLeftOutStays) {
  service::ScheduleRules rules{.kind = "sql", .timing = {.cron = "@daily"}};
  rules.timing.start = std::chrono::milliseconds(5);
  ASSERT_TRUE(ReadScheduleRules({{"overlap", "cancel"}}, &rules).ok());
  EXPECT_EQ(rules.timing.cron, "@daily");
  EXPECT_EQ(rules.overlap, service::Overlap::kCancel);
  EXPECT_TRUE(rules.timing.start.has_value());
  // An interval takes the place of the expression; null takes the start away.
  ASSERT_TRUE(ReadScheduleRules({{"every", "5m"}, {"start", nullptr}}, &rules).ok());
  EXPECT_EQ(rules.timing.cron, "");
  EXPECT_EQ(rules.timing.every, "5m");
  EXPECT_FALSE(rules.timing.start.has_value());
  const Status wrong = ReadScheduleRules({{"jitter_seconds", -1}}, &rules);
  EXPECT_THAT(wrong.message(), HasSubstr("jitter_seconds"));
}

TEST(ScheduleJson, ShowsWhatComesNext) {
  service::Schedule schedule{.name = "s", .owner = "ada", .rules = {.kind = "sql"}};
  schedule.rules.request = Json::object();
  schedule.rules.timing.cron = "30 2 * * *";
  schedule.rules.timing.time_zone = "Europe/Berlin";
  const auto now = *ParseApiTime("2026-03-28T12:00:00Z");
  const Json shown = ScheduleToApi(schedule, now);
  EXPECT_EQ(shown["next_runs"][0], "2026-03-29T01:00:00.000Z");  // a gap
  EXPECT_EQ(shown["next_runs"][1], "2026-03-30T00:30:00.000Z");
  EXPECT_EQ(shown["last_run"], nullptr);
  EXPECT_EQ(shown["every"], nullptr);
}

}  // namespace
}  // namespace tarn::gateway
