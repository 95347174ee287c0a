// Schedules on a real store, with jobs and a clock that the test controls.
#include "tarn/service/scheduler.h"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/catalog/document_store.h"
#include "tarn/catalog/store.h"
#include "tarn/testing/fake_clock.h"

namespace tarn::service {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Jobs that run until the test ends them. Shared by all servers of a test.
class FakeJobs : public JobManager {
 public:
  std::vector<std::string> started;  // ids, in order
  std::map<std::string, JobRecord> jobs;
  std::vector<std::string> cancels;
  Status refusal;

  void End(const std::string& id, JobState state) { jobs.at(id).state = state; }
  void EndAll(JobState state = JobState::kSucceeded) {
    for (auto& [id, job] : jobs) {
      job.state = HasEnded(job.state) ? job.state : state;
    }
  }

  void AddKind(std::string /*name*/, JobKind /*kind*/) override {}
  Status Start() override { return Status::OK(); }
  void Stop() override {}
  Result<JobRecord> Submit(JobRequest request) override {
    RETURN_NOT_OK(refusal);
    if (jobs.contains(request.id)) {
      return MakeError(ErrorCode::kAlreadyExists, "There is such a job");
    }
    JobRecord job{.id = request.id,
                  .kind = request.kind,
                  .owner = request.owner,
                  .request = request.request,
                  .state = JobState::kRunning,
                  .schedule = request.schedule};
    started.push_back(job.id);
    return jobs.emplace(job.id, std::move(job)).first->second;
  }
  Result<std::optional<JobRecord>> Find(const std::string& id) override {
    const auto found = jobs.find(id);
    return found == jobs.end() ? std::nullopt : std::optional(found->second);
  }
  Result<std::vector<JobRecord>> List(const JobQuery& /*query*/) override {
    return std::vector<JobRecord>();
  }
  Result<JobRecord> Wait(const std::string& id, milliseconds /*timeout*/) override {
    return jobs.at(id);
  }
  Result<JobRecord> WaitForChange(const JobRecord& last,
                                  milliseconds /*timeout*/) override {
    return last;
  }
  Result<JobRecord> Cancel(const std::string& id) override {
    cancels.push_back(id);
    return jobs.at(id);
  }
  Result<JobRecord> Retry(const std::string& id, Json /*secrets*/) override {
    return jobs.at(id);
  }
  Counts counts() const override { return {}; }
};

class Schedules : public ::testing::Test {
 protected:
  Schedules()
      : directory_(std::filesystem::temp_directory_path() /
                   ("tarn-schedules-" + std::to_string(::getpid()) + "-" +
                    NewUuid(SystemRandom()))),
        io_(io::MakeFileIO({})) {
    std::filesystem::create_directories(directory_);
    auto opened = catalog::OpenStore({.uri = (directory_ / "catalog.db").string()}, *io_,
                                     clock_, SystemRandom());
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    scheduler_ = Server("a");
  }
  ~Schedules() override {
    scheduler_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::unique_ptr<Scheduler> Server(const std::string& name) {
    return Scheduler::Make(
        {.documents = store_->documents(),
         .jobs = jobs_,
         .clock = clock_,
         .random = random_,
         .find_owner = [this](const std::string& owner) -> Result<JobOwner> {
           if (is_owner_gone_) {
             return MakeError(ErrorCode::kForbidden, "There is no principal " + owner);
           }
           return JobOwner{.principal = {.name = owner},
                           .reaches_server = !is_owner_kept_in_};
         },
         .server = name});
  }

  static ScheduleRules Rules(const std::string& every = "10s") {
    return {.kind = "sql",
            .request = {{"statements", "SELECT 1"}},
            .timing = {.every = every}};
  }
  void Make(const ScheduleRules& rules, bool reaches_server = false) {
    const auto made = scheduler_->Create("s", "ada", reaches_server, rules);
    ASSERT_TRUE(made.ok()) << made.status();
  }
  milliseconds RunDue(Scheduler* scheduler = nullptr) {
    const auto next = (scheduler == nullptr ? *scheduler_ : *scheduler).RunDue();
    EXPECT_TRUE(next.ok()) << next.status();
    return next.ValueOr(milliseconds(0));
  }
  void Pass(milliseconds time) {
    clock_.Advance(time);
    RunDue();
  }
  Schedule Now() { return *scheduler_->Find("s"); }
  std::vector<std::string> Outcomes() {
    std::vector<std::string> outcomes;
    for (const ScheduleRun& run : Now().history) {
      outcomes.push_back(run.outcome);
    }
    return outcomes;
  }

  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  testing::FakeClock clock_;
  testing::SeededRandom random_;
  std::unique_ptr<catalog::Store> store_;
  FakeJobs jobs_;
  bool is_owner_gone_ = false;
  bool is_owner_kept_in_ = false;
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(Schedules, RunWhenTheyAreDue) {
  Make(Rules());
  EXPECT_EQ(RunDue(), clock_.Now() + seconds(5));  // looks again, for others' changes
  clock_.Advance(seconds(7));
  EXPECT_EQ(RunDue(), clock_.Now() + seconds(3));
  EXPECT_THAT(jobs_.started, IsEmpty());
  Pass(seconds(3));
  ASSERT_THAT(jobs_.started, SizeIs(1));
  const JobRecord job = jobs_.jobs.at(jobs_.started[0]);
  EXPECT_EQ(job.kind, "sql");
  EXPECT_EQ(job.owner, "ada");
  EXPECT_EQ(job.schedule, "s");
  EXPECT_EQ(job.request["statements"], "SELECT 1");
  EXPECT_EQ(Now().current_job, job.id);
  EXPECT_THAT(Outcomes(), ElementsAre("running"));
  jobs_.EndAll();
  Pass(seconds(1));
  EXPECT_THAT(Outcomes(), ElementsAre("succeeded"));
  Pass(seconds(9));
  EXPECT_THAT(jobs_.started, SizeIs(2));
  EXPECT_EQ(Now().history[0].due, clock_.Now());
}

TEST_F(Schedules, OneServerStartsEachRun) {
  Make(Rules("1s"));
  const auto other = Server("b");
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(seconds(1));
    RunDue(i % 2 == 0 ? scheduler_.get() : other.get());
    RunDue(i % 2 == 0 ? other.get() : scheduler_.get());
    jobs_.EndAll();
  }
  EXPECT_THAT(jobs_.started, SizeIs(10));
}

TEST_F(Schedules, ManyServersAtOnceStartEachRunOnce) {
  // Real threads: the store alone keeps them apart.
  class Counting : public FakeJobs {
   public:
    std::mutex mutex;
    Result<JobRecord> Submit(JobRequest request) override {
      const std::lock_guard lock(mutex);
      return FakeJobs::Submit(std::move(request));
    }
    Result<std::optional<JobRecord>> Find(const std::string& id) override {
      const std::lock_guard lock(mutex);
      return FakeJobs::Find(id);
    }
  } counting;
  std::vector<std::unique_ptr<Scheduler>> servers;
  for (const char* name : {"x", "y", "z"}) {
    servers.push_back(Scheduler::Make({.documents = store_->documents(),
                                       .jobs = counting,
                                       .clock = clock_,
                                       .random = random_,
                                       .server = name}));
  }
  Make(Rules("1s"));
  constexpr int kTicks = 20;
  for (int i = 0; i < kTicks; ++i) {
    clock_.Advance(seconds(1));
    std::vector<std::thread> threads;
    for (const auto& server : servers) {
      threads.emplace_back([&server] { ASSERT_TRUE(server->RunDue().ok()); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    counting.EndAll();
    ASSERT_TRUE(servers[0]->RunDue().ok());
  }
  EXPECT_THAT(counting.started, SizeIs(kTicks));
}

TEST_F(Schedules, ARunThatADeadServerTookIsStartedByAnother) {
  Make(Rules());
  jobs_.refusal = MakeError(ErrorCode::kUnavailable, "The server is shutting down");
  Pass(seconds(10));
  EXPECT_TRUE(Now().handed);  // taken, and no job: as after a kill between the two
  jobs_.refusal = Status::OK();
  const auto other = Server("b");
  RunDue(other.get());
  EXPECT_THAT(jobs_.started, IsEmpty());  // the other one may still be at it
  clock_.Advance(seconds(10));
  RunDue(other.get());
  EXPECT_THAT(jobs_.started, SizeIs(1));
  // Whoever was slow finds its job made.
  RunDue();
  EXPECT_THAT(jobs_.started, SizeIs(1));
}

TEST_F(Schedules, DoNotOverlap) {
  ScheduleRules rules = Rules();
  Make(rules);
  Pass(seconds(10));
  Pass(seconds(10));
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(1));
  EXPECT_THAT(Outcomes(), ElementsAre("skipped", "skipped", "running"));
  jobs_.EndAll();
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(2));
}

TEST_F(Schedules, QueueForTheEndOfTheRunBefore) {
  ScheduleRules rules = Rules();
  rules.overlap = Overlap::kQueue;
  Make(rules);
  for (int i = 0; i < 3; ++i) {
    Pass(seconds(10));
  }
  EXPECT_THAT(jobs_.started, SizeIs(1));
  for (int i = 0; i < 3; ++i) {
    jobs_.EndAll();
    Pass(seconds(1));
  }
  EXPECT_THAT(jobs_.started, SizeIs(3));
  EXPECT_THAT(Outcomes(), ElementsAre("succeeded", "succeeded", "succeeded"));
}

TEST_F(Schedules, CancelTheRunBefore) {
  ScheduleRules rules = Rules();
  rules.overlap = Overlap::kCancel;
  Make(rules);
  Pass(seconds(10));
  Pass(seconds(10));
  EXPECT_THAT(jobs_.cancels, ElementsAre(jobs_.started[0]));
  EXPECT_THAT(jobs_.started, SizeIs(1));  // not before it has ended
  Pass(seconds(10));                      // only the last one waits
  jobs_.End(jobs_.started[0], JobState::kCancelled);
  Pass(seconds(1));
  EXPECT_THAT(jobs_.started, SizeIs(2));
  EXPECT_THAT(Outcomes(), ElementsAre("running", "skipped", "cancelled"));
  EXPECT_THAT(Now().waiting, IsEmpty());
}

TEST_F(Schedules, CatchUpOnNothing) {
  ScheduleRules rules = Rules("1h");
  rules.catch_up = CatchUp::kNone;
  Make(rules);
  Pass(hours(5) + minutes(30));
  EXPECT_THAT(jobs_.started, IsEmpty());
  EXPECT_THAT(Outcomes(), ElementsAre("missed"));
  EXPECT_THAT(Now().history[0].message, HasSubstr("5 runs"));
  Pass(minutes(30));
  EXPECT_THAT(jobs_.started, SizeIs(1));
}

TEST_F(Schedules, CatchUpOnTheLast) {
  Make(Rules("1h"));
  const milliseconds begin = clock_.Now();
  Pass(hours(5) + minutes(30));
  EXPECT_THAT(jobs_.started, SizeIs(1));
  EXPECT_THAT(Outcomes(), ElementsAre("running", "missed"));
  EXPECT_EQ(Now().history[0].due, begin + hours(5));
  EXPECT_THAT(Now().history[1].message, HasSubstr("4 runs"));
}

TEST_F(Schedules, CatchUpOnAllUpToALimit) {
  ScheduleRules rules = Rules("1h");
  rules.catch_up = CatchUp::kAll;
  rules.catch_up_max = 3;
  Make(rules);
  const milliseconds begin = clock_.Now();
  Pass(hours(5) + minutes(30));
  for (int i = 0; i < 3; ++i) {  // one after the other, whatever the rule on overlap
    EXPECT_THAT(jobs_.started, SizeIs(i + 1));
    EXPECT_EQ(Now().history[0].due, begin + hours(3 + i));
    jobs_.EndAll();
    Pass(seconds(1));
  }
  EXPECT_THAT(jobs_.started, SizeIs(3));
  EXPECT_THAT(Outcomes(), ElementsAre("succeeded", "succeeded", "succeeded", "missed"));
}

TEST_F(Schedules, WhatIsDueNowMakesUpForWhatWasMissed) {
  Make(Rules("1h"));
  Pass(hours(3));
  EXPECT_THAT(Outcomes(), ElementsAre("running", "missed"));
  EXPECT_EQ(Now().history[0].due, clock_.Now());
}

TEST_F(Schedules, JitterPutsOffByTheSameOnAllServers) {
  ScheduleRules rules = Rules("1h");
  rules.jitter = minutes(10);
  Make(rules);
  Pass(hours(1));
  ASSERT_THAT(Now().waiting, SizeIs(1));
  const milliseconds put_off = Now().waiting[0].not_before - Now().waiting[0].due;
  EXPECT_GT(put_off, milliseconds(0));
  EXPECT_LE(put_off, minutes(10));
  EXPECT_THAT(jobs_.started, IsEmpty());
  Pass(put_off - milliseconds(1));
  EXPECT_THAT(jobs_.started, IsEmpty());
  const auto other = Server("b");
  clock_.Advance(milliseconds(1));
  RunDue(other.get());
  EXPECT_THAT(jobs_.started, SizeIs(1));
}

TEST_F(Schedules, PauseAndResume) {
  Make(Rules());
  ASSERT_TRUE(scheduler_->Pause("s", "by ada").ok());
  Pass(hours(1));
  EXPECT_THAT(jobs_.started, IsEmpty());
  EXPECT_EQ(Now().pause_reason, "by ada");
  EXPECT_THAT(NextRuns(Now(), clock_.Now(), 3), IsEmpty());
  ASSERT_TRUE(scheduler_->Resume("s").ok());
  RunDue();
  EXPECT_THAT(Now().history, IsEmpty());  // what was due meanwhile was not missed
  EXPECT_THAT(NextRuns(Now(), clock_.Now(), 2),
              ElementsAre(clock_.Now() + seconds(10), clock_.Now() + seconds(20)));
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(1));
}

TEST_F(Schedules, RunByHandAlsoWhilePaused) {
  Make(Rules());
  ASSERT_TRUE(scheduler_->Pause("s", "").ok());
  const auto run = scheduler_->RunNow("s");
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_THAT(jobs_.started, SizeIs(1));
  EXPECT_EQ(run->current_job, jobs_.started[0]);
  EXPECT_TRUE(run->history[0].is_by_hand);
  // A second one waits for the first.
  ASSERT_TRUE(scheduler_->RunNow("s").ok());
  EXPECT_THAT(jobs_.started, SizeIs(1));
  jobs_.EndAll();
  Pass(seconds(1));
  EXPECT_THAT(jobs_.started, SizeIs(2));
}

TEST_F(Schedules, FailuresStopNothingUnlessAsked) {
  Make(Rules());
  for (int i = 0; i < 5; ++i) {
    Pass(seconds(10));
    jobs_.EndAll(JobState::kFailed);
  }
  EXPECT_THAT(jobs_.started, SizeIs(5));
  EXPECT_EQ(Now().state, ScheduleState::kActive);
}

TEST_F(Schedules, PauseAfterSoManyFailuresInARow) {
  ScheduleRules rules = Rules();
  rules.pause_after_failures = 2;
  Make(rules);
  for (const JobState state :
       {JobState::kFailed, JobState::kSucceeded, JobState::kFailed, JobState::kFailed}) {
    Pass(seconds(10));
    jobs_.EndAll(state);
  }
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(4));
  EXPECT_EQ(Now().state, ScheduleState::kPaused);
  EXPECT_EQ(Now().pause_reason, "2 failures one after the other");
  ASSERT_TRUE(scheduler_->Resume("s").ok());
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(5));
}

TEST_F(Schedules, AJobThatCannotBeMadeIsAFailure) {
  Make(Rules());
  jobs_.refusal = MakeError(ErrorCode::kInvalidArgument, "There is no such kind of job");
  Pass(seconds(10));
  EXPECT_THAT(Outcomes(), ElementsAre("refused"));
  EXPECT_EQ(Now().failures_in_a_row, 1);
  EXPECT_FALSE(Now().handed);
  jobs_.refusal = Status::OK();
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(1));
}

TEST_F(Schedules, RunForTheirOwnerAsTheyAreByThen) {
  Make(Rules(), /*reaches_server=*/true);
  is_owner_gone_ = true;
  Pass(seconds(10));
  is_owner_gone_ = false;
  is_owner_kept_in_ = true;
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, IsEmpty());
  EXPECT_THAT(Outcomes(), ElementsAre("refused", "refused"));
  EXPECT_THAT(Now().history[0].message, HasSubstr("no longer can: ada"));
  EXPECT_THAT(Now().history[1].message, HasSubstr("no principal ada"));
}

TEST_F(Schedules, EndWithTheirTime) {
  ScheduleRules rules = Rules();
  rules.timing.end = clock_.Now() + seconds(15);
  Make(rules);
  Pass(seconds(10));
  jobs_.EndAll();
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(1));
  EXPECT_EQ(Now().state, ScheduleState::kEnded);
  // With other rules it goes on.
  ASSERT_TRUE(scheduler_->Change("s", false, Rules()).ok());
  Pass(seconds(10));
  EXPECT_THAT(jobs_.started, SizeIs(2));
  EXPECT_THAT(Outcomes(), SizeIs(2));
}

TEST_F(Schedules, AreKeptAsTheyAre) {
  ScheduleRules rules = Rules("1h30m");
  rules.description = "nightly";
  rules.call = "/sql";
  rules.overlap = Overlap::kCancel;
  rules.catch_up = CatchUp::kAll;
  rules.catch_up_max = 7;
  rules.jitter = seconds(5);
  rules.pause_after_failures = 3;
  rules.timing.start = milliseconds(1);
  Make(rules, true);
  Pass(hours(2));
  const Schedule kept = Now();
  const auto again = ScheduleFromText(ScheduleToText(kept));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ScheduleToText(*again), ScheduleToText(kept));
  EXPECT_EQ(again->rules.overlap, Overlap::kCancel);
  EXPECT_EQ(again->rules.catch_up_max, 7);
  EXPECT_TRUE(again->reaches_server);
  const auto broken = ScheduleFromText(R"({"name": "s"})");
  EXPECT_EQ(CodeOf(broken.status()), ErrorCode::kInvalidData);
}

TEST_F(Schedules, AreListedByName) {
  ASSERT_TRUE(scheduler_->Create("b", "bob", false, Rules()).ok());
  ASSERT_TRUE(scheduler_->Create("a", "ada", false, Rules()).ok());
  ASSERT_TRUE(scheduler_->Create("c", "ada", false, Rules()).ok());
  std::vector<std::string> names;
  for (const Schedule& schedule : *scheduler_->List("ada")) {
    names.push_back(schedule.name);
  }
  EXPECT_THAT(names, ElementsAre("a", "c"));
  EXPECT_THAT(*scheduler_->List(""), SizeIs(3));
  ASSERT_TRUE(scheduler_->Remove("a").ok());
  EXPECT_THAT(*scheduler_->List(""), SizeIs(2));
}

TEST_F(Schedules, SayWhatIsWrong) {
  Make(Rules());
  EXPECT_EQ(CodeOf(scheduler_->Create("s", "bob", false, Rules()).status()),
            ErrorCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(scheduler_->Create("a b", "bob", false, Rules()).status()),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(scheduler_->Create("t", "bob", false, Rules("soon")).status()),
            ErrorCode::kInvalidArgument);
  for (const Status& status :
       {scheduler_->Find("x").status(), scheduler_->Pause("x", "").status(),
        scheduler_->Resume("x").status(), scheduler_->RunNow("x").status(),
        scheduler_->Change("x", false, Rules()).status(), scheduler_->Remove("x")}) {
    EXPECT_EQ(CodeOf(status), ErrorCode::kNoSuchSchedule);
  }
}

TEST_F(Schedules, TheThreadStartsThem) {
  std::mutex mutex;
  std::condition_variable submitted;
  class Telling : public FakeJobs {
   public:
    std::function<void()> tell;
    Result<JobRecord> Submit(JobRequest request) override {
      auto job = FakeJobs::Submit(std::move(request));
      tell();
      return job;
    }
  } telling;
  bool is_submitted = false;
  telling.tell = [&] {
    const std::lock_guard lock(mutex);
    is_submitted = true;
    submitted.notify_all();
  };
  const auto server = Scheduler::Make({.documents = store_->documents(),
                                       .jobs = telling,
                                       .clock = SystemClock(),
                                       .random = random_,
                                       .server = "t"});
  server->Start();
  ASSERT_TRUE(server->Create("s", "ada", false, Rules("1s")).ok());
  std::unique_lock lock(mutex);
  EXPECT_TRUE(submitted.wait_for(lock, seconds(20), [&] { return is_submitted; }));
  lock.unlock();
  server->Stop();
}

}  // namespace
}  // namespace tarn::service
