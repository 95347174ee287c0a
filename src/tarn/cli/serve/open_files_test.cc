#include "tarn/cli/serve/open_files.h"

#include <gtest/gtest.h>

namespace tarn::cli {
namespace {

struct Case {
  const char* name;
  rlim_t soft;
  rlim_t hard;
  int32_t wanted;
  rlim_t files;
  int32_t connections;
};

constexpr Case kCases[] = {
    {"as most systems give programs", 1024, 524'288, 4096, 5120, 4096},
    {"enough already", 20'000, 20'000, 4096, 20'000, 4096},
    {"exactly enough", 5120, 5120, 4096, 5120, 4096},
    {"no hard limit", 1024, RLIM_INFINITY, 4096, 5120, 4096},
    {"no limit at all", RLIM_INFINITY, RLIM_INFINITY, 4096, RLIM_INFINITY, 4096},
    {"one too few", 1024, 5119, 4096, 5119, 4095},
    {"a hard limit of 1024", 1024, 1024, 4096, 1024, 512},
    {"a hard limit of 64", 64, 64, 4096, 64, 32},
    {"few are wanted", 64, 64, 8, 64, 8},
    {"none is allowed", 0, 0, 4096, 0, 1},
};

TEST(OpenFiles, ThePlanLeavesRoomForFilesOfTheServer) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const OpenFileRoom room =
        PlanOpenFiles({.rlim_cur = c.soft, .rlim_max = c.hard}, c.wanted);
    EXPECT_EQ(room.files, c.files);
    EXPECT_EQ(room.connections, c.connections);
  }
}

TEST(OpenFiles, TheSoftLimitOfTheProcessIsRaised) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_GE(before.rlim_max, rlim_t{1100}) << "the hard limit is too low for this test";
  const rlimit low{.rlim_cur = 512, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(MakeRoomForConnections(10), 10);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, rlim_t{1034});
  EXPECT_EQ(after.rlim_max, before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace tarn::cli
