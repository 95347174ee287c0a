#include "tarn/service/job.h"

#include <gtest/gtest.h>

namespace tarn::service {
namespace {

using std::chrono::milliseconds;

JobRecord Running() {
  return {.id = "01J",
          .kind = "load",
          .owner = "ada",
          .request = {{"table", "ns.t"}},
          .state = JobState::kRunning,
          .created_at = milliseconds(1'000),
          .started_at = milliseconds(2'000),
          .attempts = 2,
          .progress = {.rows = 500, .bytes = 9'000, .part = 0.25, .step = "reading"},
          .server = "here"};
}

TEST(Job, ComesBackFromItsText) {
  JobRecord job = Running();
  EXPECT_EQ(JobToText(*JobFromText(JobToText(job))), JobToText(job));
  job.state = JobState::kFailed;
  job.ended_at = milliseconds(3'000);
  job.failure = {.code = ErrorCode::kNoSuchTable, .message = "Table does not exist: ü"};
  job.result = {{"rows", 1}};
  job.retry_of = "01H";
  job.call = "/load/file";
  job.request_id = "r-1";
  job.memory = {{"statement", 2}};
  job.has_secrets = true;
  job.secret_names = {"password"};
  job.cancel_is_asked = true;
  const auto read = JobFromText(JobToText(job));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->failure->code, ErrorCode::kNoSuchTable);
  EXPECT_EQ(read->request, job.request);
  EXPECT_EQ(read->progress.part, 0.25);
  EXPECT_TRUE(read->cancel_is_asked);
  EXPECT_EQ(read->memory, job.memory);
  EXPECT_EQ(read->secret_names, job.secret_names);
  EXPECT_EQ(JobToText(*read), JobToText(job));
}

TEST(Job, BrokenTextIsRefused) {
  for (const char* text :
       {"", "[]", "{}", "{\"id\": 1}", "{\"id\": \"a\", \"kind\": \"b\"}"}) {
    EXPECT_FALSE(JobFromText(text).ok()) << text;
  }
  std::string text = JobToText(Running());
  text.replace(text.find("running"), 7, "resting");
  EXPECT_FALSE(JobFromText(text).ok());
}

TEST(Job, StatesHaveNames) {
  for (const JobState state :
       {JobState::kQueued, JobState::kRunning, JobState::kSucceeded, JobState::kFailed,
        JobState::kCancelled}) {
    EXPECT_EQ(*JobStateFromName(JobStateName(state)), state);
  }
  EXPECT_FALSE(JobStateFromName("").ok());
}

TEST(Job, RateAndTimeLeftNeedASecond) {
  JobRecord job = Running();
  EXPECT_EQ(RowsPerSecond(job, milliseconds(2'500)), std::nullopt);
  EXPECT_EQ(TimeLeft(job, milliseconds(2'500)), std::nullopt);
  EXPECT_EQ(RowsPerSecond(job, milliseconds(4'000)), 250.0);
  EXPECT_EQ(TimeLeft(job, milliseconds(4'000)), milliseconds(6'000));
  job.progress.part.reset();
  EXPECT_EQ(TimeLeft(job, milliseconds(4'000)), std::nullopt);
  job.state = JobState::kSucceeded;
  job.ended_at = milliseconds(2'100);
  EXPECT_EQ(RowsPerSecond(job, milliseconds(9'000)), 5'000.0);
}

}  // namespace
}  // namespace tarn::service
