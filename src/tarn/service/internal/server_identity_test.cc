#include "tarn/service/internal/server_identity.h"

#include <csignal>
#include <sys/wait.h>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tarn::service::internal {
namespace {

TEST(ServerIdentity, ThisProcessLives) {
  const auto own = OwnServerIdentity();
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(*own, *OwnServerIdentity());
  EXPECT_EQ(LivesHere(*own), true);
}

TEST(ServerIdentity, AnEndedProcessAndALaterOneOfItsNumberAreDead) {
  const std::string own = *OwnServerIdentity();
  const size_t start_at = own.rfind('/') + 1;
  EXPECT_EQ(LivesHere(own.substr(0, start_at) + "1"), false);  // began at another time
  EXPECT_EQ(LivesHere(own.substr(0, start_at)), false);

  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const size_t pid_at = own.rfind('/', start_at - 2) + 1;
  EXPECT_EQ(
      LivesHere(own.substr(0, pid_at) + std::to_string(child) + own.substr(start_at - 1)),
      false);
}

TEST(ServerIdentity, OfOtherMachinesNothingIsKnown) {
  EXPECT_EQ(LivesHere("elsewhere/boot/pid:[1]/7/9"), std::nullopt);
  EXPECT_EQ(LivesHere(""), std::nullopt);
}

}  // namespace
}  // namespace tarn::service::internal
