#include "tarn/gateway/trino/zone_clock.h"

#include <gtest/gtest.h>

namespace tarn::gateway::trino {
namespace {

struct Case {
  const char* zone;
  int64_t epoch_seconds;
  int64_t ahead;
  const char* name;
};
constexpr Case kCases[] = {
    {"UTC", 0, 0, "UTC"},
    {"+05:30", 0, 19'800, "+05:30"},
    {"-11:30", 1'700'000'000, -41'400, "-11:30"},
    {"Asia/Tokyo", 1'700'000'000, 32'400, "Asia/Tokyo"},
    {"America/New_York", 1'704'121'200, -18'000, "America/New_York"},  // winter
    {"America/New_York", 1'720'000'000, -14'400, "America/New_York"},  // summer
    {"Mars/Olympus", 0, 0, "UTC"},
    {"+5", 0, 0, "UTC"},
};

TEST(ZoneClock, ShowsWhatClocksOfTheZoneShow) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.zone);
    const ZoneClock clock = ZoneClock::Of(c.zone);
    EXPECT_EQ(clock.SecondsAhead(c.epoch_seconds), c.ahead);
    EXPECT_EQ(clock.name(), c.name);
  }
}

}  // namespace
}  // namespace tarn::gateway::trino
