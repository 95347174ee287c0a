#include "tarn/gateway/trino/resource_groups.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::gateway::trino {
namespace {

using Answer = Admission::Answer;
using Ids = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Admission::Time kNow{seconds(1'000'000)};

TEST(ResourceGroups, PatternsMatch) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const Case cases[] = {{"*", "", true},           {"*", "anybody", true},
                        {"ann", "ann", true},      {"ann", "anna", false},
                        {"an*", "anna", true},     {"*-job", "night-job", true},
                        {"*-job", "job", false},   {"a*b*c", "a-b-b-c", true},
                        {"a*b*c", "a-b-b", false}, {"", "x", false}};
  for (const Case& c : cases) {
    EXPECT_EQ(MatchesPattern(c.pattern, c.text), c.matches) << c.pattern << " " << c.text;
  }
}

TEST(ResourceGroups, ComeFromTheSettings) {
  Config config;
  ASSERT_TRUE(config
                  .ReadYaml("sql:\n  resource_groups:\n    dash:\n      source: dash*\n"
                            "      hard_concurrency_limit: 4\n      max_queued: 0\n"
                            "      query_time_limit: 5s\n    etl:\n      user: etl\n"
                            "      user_time_limit: 10m\n      user_time_period: 1d\n",
                            "tarn.yaml")
                  .ok());
  const auto groups = ResourceGroupsFrom(config);
  ASSERT_TRUE(groups.ok()) << groups.status().ToString();
  ASSERT_EQ(groups->size(), 2U);
  EXPECT_EQ(groups->at(0).source, "dash*");
  EXPECT_EQ(groups->at(0).running_max, 4U);
  EXPECT_EQ(groups->at(0).queued_max, 0U);
  EXPECT_EQ(groups->at(0).query.execution_time_max, milliseconds(5'000));
  EXPECT_EQ(groups->at(1).user_time_max, milliseconds(600'000));
  for (const char* wrong : {"a.hard_concurrency_limit=0", "a.hard_concurrency_limit=x",
                            "a.colour=red", "a=1", "a.query_time_limit=soon"}) {
    Config bad;
    ASSERT_TRUE(bad.Set("sql.resource_groups", wrong, "test").ok()) << wrong;
    EXPECT_EQ(CodeOf(ResourceGroupsFrom(bad).status()), ErrorCode::kInvalidArgument)
        << wrong;
  }
}

TEST(ResourceGroups, HaveLimitsOfMemoryAndProcessors) {
  Config config;
  ASSERT_TRUE(config
                  .ReadYaml("sql:\n  resource_groups:\n    a:\n      user: ann\n"
                            "      query_memory_limit: 1GiB\n      query_cpu_limit: 2m\n"
                            "      soft_memory_limit: 10MiB\n"
                            "      hard_memory_limit: 20MiB\n      hard_cpu_limit: 10s\n"
                            "      cpu_quota_period: 100s\n",
                            "tarn.yaml")
                  .ok());
  const auto groups = ResourceGroupsFrom(config);
  ASSERT_TRUE(groups.ok()) << groups.status().ToString();
  const ResourceGroup& group = groups->at(0);
  EXPECT_EQ(group.query.memory_bytes_max, int64_t{1} << 30);
  EXPECT_EQ(group.query.memory_error,
            "EXCEEDED_GLOBAL_MEMORY_LIMIT: Query exceeded distributed user memory limit "
            "of 1GB");
  EXPECT_EQ(group.query.cpu_time_max, milliseconds(120'000));
  EXPECT_EQ(group.soft_memory_max, 10 << 20);
  EXPECT_EQ(group.hard_memory_max, 20 << 20);
  EXPECT_EQ(group.cpu_time_max, milliseconds(10'000));
  EXPECT_EQ(group.cpu_period, milliseconds(100'000));
}

TEST(ResourceGroups, OthersWaitWhileTheMemoryIsAboveTheSoftLimit) {
  Admission admission({{.name = "a", .user = "ann", .soft_memory_max = 1'000}}, 10, 10);
  const auto memory = admission.MemoryFor("ann", "");
  memory->Add(5'000);
  // Whoever is alone would wait for ever.
  EXPECT_EQ(admission.Enter("1", "ann", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Enter("2", "ann", "", kNow), Answer::kWait);
  EXPECT_EQ(admission.Enter("3", "bob", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Wake(kNow), Ids{});
  memory->Add(-4'001);
  EXPECT_EQ(admission.Wake(kNow), Ids{"2"});
}

TEST(ResourceGroups, OthersWaitUntilTheProcessorsTimeIsForgiven) {
  Admission admission({{.name = "a",
                        .user = "ann",
                        .cpu_time_max = seconds(10),
                        .cpu_period = seconds(100)}},
                      10, 10);
  EXPECT_EQ(admission.Enter("1", "ann", "", kNow), Answer::kRun);
  admission.Charge("1", seconds(9));
  EXPECT_EQ(admission.Enter("2", "ann", "", kNow), Answer::kRun);
  admission.Charge("1", seconds(12));  // in all
  admission.Charge("nobody", seconds(99));
  EXPECT_EQ(admission.Enter("3", "ann", "", kNow), Answer::kWait);
  // A second of ten is forgiven in ten of a hundred.
  EXPECT_EQ(admission.Wake(kNow + seconds(19)), Ids{});
  EXPECT_EQ(admission.Wake(kNow + seconds(21)), Ids{"3"});
}

TEST(ResourceGroups, EachHasItsOwnQueue) {
  Admission admission({{.name = "etl", .user = "etl", .running_max = 1, .queued_max = 1}},
                      /*running_max=*/2, /*queued_max=*/10);
  EXPECT_EQ(admission.Enter("e1", "etl", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Enter("e2", "etl", "", kNow), Answer::kWait);
  EXPECT_EQ(admission.Enter("e3", "etl", "", kNow), Answer::kQueueFull);
  // Others do not wait for the group's turn.
  EXPECT_EQ(admission.Enter("a1", "ann", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Enter("a2", "ann", "", kNow), Answer::kWait);
  EXPECT_EQ(admission.GroupOf("e2").name, "etl");
  EXPECT_EQ(admission.GroupOf("a2").name, "global");
  EXPECT_EQ(admission.num_running(), 2U);
  EXPECT_EQ(admission.num_waiting(), 2U);
  EXPECT_EQ(admission.Leave("e3", kNow), Ids{});
  EXPECT_EQ(admission.Leave("a1", kNow), Ids{"a2"});  // e1 still runs
  EXPECT_EQ(admission.Leave("a2", kNow), Ids{});
  EXPECT_EQ(admission.Leave("e1", kNow), Ids{"e2"});
  EXPECT_EQ(admission.Leave("e2", kNow), Ids{});
  EXPECT_EQ(admission.num_running(), 0U);
}

TEST(ResourceGroups, WhoWaitedAndLeftHasNoTurn) {
  Admission admission({}, 1, 10);
  EXPECT_EQ(admission.Enter("1", "u", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Enter("2", "u", "", kNow), Answer::kWait);
  EXPECT_EQ(admission.Enter("3", "u", "", kNow), Answer::kWait);
  EXPECT_EQ(admission.Leave("2", kNow), Ids{});
  EXPECT_EQ(admission.Leave("1", kNow), Ids{"3"});
}

TEST(ResourceGroups, OneUserDoesNotTakeAllTurns) {
  Admission admission({{.name = "all", .running_max = 3, .user_running_max = 2}}, 10, 10);
  EXPECT_EQ(admission.Enter("1", "ann", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Enter("2", "ann", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Enter("3", "ann", "", kNow), Answer::kWait);
  EXPECT_EQ(admission.Enter("4", "bob", "", kNow), Answer::kRun);
  EXPECT_EQ(admission.Leave("4", kNow), Ids{});
  EXPECT_EQ(admission.Leave("1", kNow), Ids{"3"});
}

TEST(ResourceGroups, TimeOfAUserIsUsedUpAndComesBack) {
  Admission admission({{.name = "all",
                        .user_time_max = milliseconds(10'000),
                        .user_time_period = milliseconds(60'000)}},
                      10, 10);
  EXPECT_EQ(admission.Enter("1", "ann", "", kNow), Answer::kRun);
  admission.Leave("1", kNow + seconds(6));
  EXPECT_EQ(admission.Enter("2", "ann", "", kNow + seconds(6)), Answer::kRun);
  admission.Leave("2", kNow + seconds(10));
  EXPECT_EQ(admission.Enter("3", "ann", "", kNow + seconds(11)), Answer::kTimeUsedUp);
  EXPECT_EQ(admission.Enter("4", "bob", "", kNow + seconds(11)), Answer::kRun);
  EXPECT_EQ(admission.Enter("5", "ann", "", kNow + seconds(67)), Answer::kRun);
}

}  // namespace
}  // namespace tarn::gateway::trino
