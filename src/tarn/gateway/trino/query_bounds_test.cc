#include "tarn/gateway/trino/query_bounds.h"

#include <gtest/gtest.h>

#include "tarn/gateway/trino/query_error.h"

namespace tarn::gateway::trino {
namespace {

using std::chrono::milliseconds;

TEST(QueryBounds, SizesAndTimesAreReadAsTrinoWritesThem) {
  EXPECT_EQ(SizeOf("512MB"), int64_t{512} << 20);
  EXPECT_EQ(SizeOf("1.5kB"), 1536);
  EXPECT_EQ(SizeOf("7 B"), 7);
  EXPECT_EQ(DurationOf("1.5h"), milliseconds(5'400'000));
  for (const char* wrong : {"", "1", "MB", "-1MB", "1mb", "nanMB", "infMB", "1e300PB"}) {
    EXPECT_EQ(SizeOf(wrong), std::nullopt) << wrong;
  }
  for (const char* wrong : {"", "1", "-1s", "nans", "1 week"}) {
    EXPECT_EQ(DurationOf(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(SizeText(int64_t{1} << 30), "1GB");
  EXPECT_EQ(SizeText(1536), "1.50kB");
  EXPECT_EQ(DurationText(milliseconds(90'000)), "1.50m");
  EXPECT_EQ(DurationText(milliseconds(250)), "250.00ms");
}

TEST(QueryBounds, TheLeastOfAllCounts) {
  QueryBounds bounds{
      .memory_bytes_max = 100, .memory_error = "server", .run_time_max = milliseconds(5)};
  bounds.Add({.memory_bytes_max = 200, .memory_error = "group"});
  EXPECT_EQ(bounds.memory_error, "server");
  bounds.Add({.memory_bytes_max = 50,
              .memory_error = "session",
              .cpu_time_max = milliseconds(9)});
  EXPECT_EQ(bounds.memory_bytes_max, 50);
  EXPECT_EQ(bounds.memory_error, "session");
  EXPECT_EQ(bounds.run_time_max, milliseconds(5));
  EXPECT_EQ(bounds.cpu_time_max, milliseconds(9));
}

TEST(QueryBounds, PropertiesOfASession) {
  ClientContext client;
  client.properties = {{"query_max_memory", "2GB"},
                       {"query_max_memory_per_node", "1GB"},
                       {"query_max_cpu_time", "3s"}};
  const auto bounds = QueryBoundsOf(client);
  ASSERT_TRUE(bounds.ok());
  EXPECT_EQ(bounds->memory_bytes_max, int64_t{1} << 30);
  EXPECT_EQ(bounds->memory_error,
            "EXCEEDED_LOCAL_MEMORY_LIMIT: Query exceeded per-node memory limit of 1GB");
  EXPECT_EQ(bounds->cpu_time_max, milliseconds(3'000));
  EXPECT_EQ(bounds->execution_time_max, std::nullopt);
  for (const char* name : {"query_max_memory", "query_max_cpu_time"}) {
    client.properties = {{name, "much"}};
    const auto wrong = QueryBoundsOf(client);
    ASSERT_FALSE(wrong.ok()) << name;
    EXPECT_EQ(QueryErrorOf(wrong.status()).name, "INVALID_SESSION_PROPERTY");
  }
}

}  // namespace
}  // namespace tarn::gateway::trino
