// Jobs on a real store, with servers that live, stop and die.
#include "tarn/service/job_manager.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tarn/base/error.h"
#include "tarn/catalog/store.h"
#include "tarn/testing/fake_clock.h"

namespace tarn::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr seconds kLong(20);

/// Passes on until it is told to fail.
class FlakyDocuments : public catalog::DocumentStore {
 public:
  explicit FlakyDocuments(catalog::DocumentStore& behind) : behind_(behind) {}
  std::atomic<bool> is_away = false;

  Result<catalog::Document> Create(catalog::Document document) override {
    return is_away ? Away() : behind_.Create(std::move(document));
  }
  Result<std::optional<catalog::Document>> Find(const std::string& collection,
                                                const std::string& id) override {
    return is_away ? Away() : behind_.Find(collection, id);
  }
  Result<std::vector<catalog::Document>> List(
      const std::string& collection, const catalog::DocumentQuery& query) override {
    return is_away ? Away() : behind_.List(collection, query);
  }
  Result<catalog::Document> Replace(catalog::Document document) override {
    return is_away ? Away() : behind_.Replace(std::move(document));
  }
  Status Remove(const std::string& collection, const std::string& id) override {
    return is_away ? Away() : behind_.Remove(collection, id);
  }
  Result<int64_t> Prune(const std::string& collection, const std::string& state,
                        milliseconds before) override {
    return is_away ? Away() : behind_.Prune(collection, state, before);
  }

 private:
  static Status Away() { return MakeError(ErrorCode::kUnavailable, "The store is away"); }
  catalog::DocumentStore& behind_;
};

/// Opens once, for all who wait.
class Gate {
 public:
  void Open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    opened_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    opened_.wait(lock, [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

class Jobs : public ::testing::Test {
 protected:
  Jobs()
      : directory_(
            std::filesystem::temp_directory_path() /
            ("tarn-jobs-" + std::to_string(::getpid()) + "-" + NewUuid(SystemRandom()))),
        io_(io::MakeFileIO({})) {
    std::filesystem::create_directories(directory_);
    auto opened = catalog::OpenStore({.uri = (directory_ / "catalog.db").string()}, *io_,
                                     clock_, SystemRandom());
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    documents_ = std::make_unique<FlakyDocuments>(store_->documents());
  }
  ~Jobs() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  JobManagerOptions Options(const std::string& server = "a") {
    return {.documents = *documents_,
            .clock = clock_,
            .random = random_,
            .running_max = 2,
            .keep_interval = milliseconds(10),
            .sweep_interval = milliseconds(20),
            .server = server};
  }
  /// Kinds: "quick" ends, "wait" ends with the gate or when it is cancelled, "fail"
  /// fails; "find" is as "quick" and can be looked up.
  std::unique_ptr<JobManager> Server(JobManagerOptions options) {
    auto jobs = JobManager::Make(std::move(options));
    const auto quick = [this](JobContext& context) -> Result<Json> {
      context.Report({.rows = 3, .part = 0.5});
      ++runs_;
      return Json{{"rows", 3}};
    };
    jobs->AddKind("quick", {.run = quick});
    jobs->AddKind("deaf", {.run = [this](JobContext& context) -> Result<Json> {
                    std::atomic<int> calls = 0;
                    context.OnCancel([&calls] { ++calls; });
                    {
                      const std::lock_guard lock(mutex_);
                      order_.push_back("deaf");
                    }
                    for (int i = 0; i < 4'000 && calls < 2; ++i) {
                      SystemClock().Sleep(milliseconds(5));
                    }
                    context.OnCancel({});
                    return MakeError(
                        calls < 2 ? ErrorCode::kTimeout : ErrorCode::kCancelled,
                        "Ended after " + std::to_string(calls) + " calls");
                  }});
    // Remembers and waits; the next attempt gives what was remembered.
    jobs->AddKind("remember", {.run = [this](JobContext& context) -> Result<Json> {
                    if (!context.job().memory.is_null()) {
                      return context.job().memory;
                    }
                    RETURN_NOT_OK(context.Remember({{"attempt", 1}}));
                    {
                      const std::lock_guard lock(mutex_);
                      order_.push_back("remember");
                    }
                    return WaitAtGate(context);
                  }});
    jobs->AddKind("secret", {.run = [](JobContext& context) -> Result<Json> {
                    return context.secrets().value("password", "").size();
                  }});
    jobs->AddKind("fail", {.run = [](JobContext&) -> Result<Json> {
                    return MakeError(ErrorCode::kNoSuchTable, "Table does not exist: t");
                  }});
    jobs->AddKind("wait", {.run = [this](JobContext& context) -> Result<Json> {
                    const std::lock_guard lock(mutex_);
                    order_.push_back(context.job().request.value("name", ""));
                    return WaitAtGate(context);
                  }});
    jobs->AddKind("find", {.run = quick, .find_done = [this](const JobRecord& job) {
                             const bool is_done = job.request.value("done", false);
                             ++look_ups_;
                             return Result<std::optional<Json>>(
                                 is_done ? std::optional(Json("found")) : std::nullopt);
                           }});
    EXPECT_TRUE(jobs->Start().ok());
    return jobs;
  }
  std::unique_ptr<JobManager> Server(const std::string& name = "a") {
    return Server(Options(name));
  }

  static JobRecord Submit(JobManager& jobs, const std::string& kind,
                          const std::string& owner = "ada",
                          Json request = Json::object()) {
    const auto job =
        jobs.Submit({.kind = kind, .owner = owner, .request = std::move(request)});
    EXPECT_TRUE(job.ok()) << job.status();
    return job.ValueOr({});
  }
  static JobRecord End(JobManager& jobs, const JobRecord& job) {
    const auto ended = jobs.Wait(job.id, kLong);
    EXPECT_TRUE(ended.ok()) << ended.status();
    return ended.ValueOr({});
  }
  static JobRecord Until(JobManager& jobs, JobRecord job, JobState state) {
    for (int i = 0; i < 1'000 && job.state != state; ++i) {
      job = *jobs.WaitForChange(job, seconds(1));
    }
    EXPECT_EQ(job.state, state);
    return job;
  }

  /// Until so many jobs have come to wait at the gate.
  void AwaitRuns(size_t count) {
    const auto num_runs = [this] {
      const std::lock_guard lock(mutex_);
      return order_.size();
    };
    for (int i = 0; i < 2'000 && num_runs() < count; ++i) {
      SystemClock().Sleep(milliseconds(5));
    }
    EXPECT_GE(num_runs(), count);
  }

  std::filesystem::path directory_;
  std::unique_ptr<io::FileIO> io_;
  tarn::testing::FakeClock clock_;
  tarn::testing::SeededRandom random_;
  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<FlakyDocuments> documents_;
  Gate gate_;
  std::mutex mutex_;
  std::vector<std::string> order_;
  std::atomic<int> runs_ = 0;
  std::atomic<int> look_ups_ = 0;

 private:
  Result<Json> WaitAtGate(JobContext& context) {
    context.OnCancel([this] { gate_.Open(); });
    mutex_.unlock();
    gate_.Wait();
    mutex_.lock();
    if (context.cancelled()) {
      return MakeError(ErrorCode::kCancelled, "The job was cancelled");
    }
    return Json();
  }
};

TEST_F(Jobs, AJobRunsAndItsRecordStays) {
  std::string id;
  {
    const auto jobs = Server();
    const JobRecord job = Submit(*jobs, "quick", "ada", {{"table", "t"}});
    EXPECT_EQ(job.state, JobState::kQueued);
    const JobRecord ended = End(*jobs, job);
    EXPECT_EQ(ended.state, JobState::kSucceeded);
    EXPECT_EQ(ended.result, (Json{{"rows", 3}}));
    EXPECT_EQ(ended.progress.part, 1);
    EXPECT_EQ(ended.attempts, 1);
    id = job.id;
  }
  const auto later = Server("b");
  const auto found = *later->Find(id);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->state, JobState::kSucceeded);
  EXPECT_EQ(found->request, (Json{{"table", "t"}}));
  EXPECT_EQ(runs_, 1);
}

TEST_F(Jobs, AFailureIsTold) {
  const auto jobs = Server();
  const JobRecord ended = End(*jobs, Submit(*jobs, "fail"));
  EXPECT_EQ(ended.state, JobState::kFailed);
  EXPECT_EQ(ended.failure->code, ErrorCode::kNoSuchTable);
  EXPECT_EQ(ended.failure->message, "Table does not exist: t");
}

TEST_F(Jobs, UnknownKindsAndJobsAreRefused) {
  const auto jobs = Server();
  EXPECT_THAT(jobs->Submit({.kind = "x"}).status().message(), HasSubstr("no such kind"));
  EXPECT_THAT(jobs->Wait("x", seconds(1)).status().message(), HasSubstr("no such job"));
  EXPECT_FALSE(jobs->Cancel("x").ok());
  EXPECT_FALSE(jobs->Retry("x").ok());
  EXPECT_FALSE(jobs->Find("x")->has_value());
}

TEST_F(Jobs, SomeRunAtOnceAndOwnersTakeTurns) {
  auto options = Options();
  options.running_max = 1;
  const auto jobs = Server(options);
  std::vector<JobRecord> all;
  all.push_back(Submit(*jobs, "wait", "ada", {{"name", "a1"}}));
  all[0] = Until(*jobs, all[0], JobState::kRunning);
  for (const auto& [owner, name] : std::vector<std::pair<std::string, std::string>>{
           {"ada", "a2"}, {"ada", "a3"}, {"bob", "b1"}}) {
    all.push_back(Submit(*jobs, "wait", owner, {{"name", name}}));
  }
  EXPECT_EQ(jobs->counts().running, 1);
  EXPECT_EQ(jobs->counts().queued, 3);
  gate_.Open();
  for (const JobRecord& job : all) {
    EXPECT_EQ(End(*jobs, job).state, JobState::kSucceeded);
  }
  EXPECT_THAT(order_, ElementsAre("a1", "b1", "a2", "a3"));
}

TEST_F(Jobs, TooManyWaitingAreRefused) {
  auto options = Options();
  options.running_max = 1;
  options.queued_max = 1;
  const auto jobs = Server(options);
  const JobRecord first = Submit(*jobs, "wait");
  Until(*jobs, first, JobState::kRunning);
  Submit(*jobs, "quick");
  const auto refused = jobs->Submit({.kind = "quick", .owner = "ada"});
  EXPECT_EQ(CodeOf(refused.status()), ErrorCode::kUnavailable);
  gate_.Open();
}

TEST_F(Jobs, OneThatRunsAndOneThatWaitsAreCancelled) {
  auto options = Options();
  options.running_max = 1;
  const auto jobs = Server(options);
  const JobRecord running = Until(*jobs, Submit(*jobs, "wait"), JobState::kRunning);
  const JobRecord queued = Submit(*jobs, "quick");
  EXPECT_EQ(jobs->Cancel(queued.id)->state, JobState::kCancelled);
  EXPECT_TRUE(jobs->Cancel(running.id).ok());
  EXPECT_EQ(End(*jobs, running).state, JobState::kCancelled);
  EXPECT_EQ(End(*jobs, queued).state, JobState::kCancelled);
  EXPECT_EQ(jobs->Cancel(running.id)->state, JobState::kCancelled);  // again: nothing
  EXPECT_EQ(runs_, 0);
}

TEST_F(Jobs, AreListedByTheStateThatTheyHaveNow) {
  auto options = Options();
  options.running_max = 2;
  options.keep_interval = std::chrono::minutes(10);  // records are behind
  const auto jobs = Server(options);
  std::vector<std::string> ids;
  for (const char* owner : {"ada", "bob", "ada"}) {
    ids.push_back(Submit(*jobs, "wait", owner).id);
  }
  Until(*jobs, *jobs->Find(ids[0]).ValueOrDie(), JobState::kRunning);
  Until(*jobs, *jobs->Find(ids[1]).ValueOrDie(), JobState::kRunning);
  const auto listed = [&](const JobQuery& query) {
    std::vector<std::string> found;
    for (const JobRecord& job : *jobs->List(query)) {
      found.push_back(job.id);
    }
    return found;
  };
  const auto [older, newer] = std::minmax(ids[0], ids[1]);  // made in one millisecond
  EXPECT_THAT(listed({.state = JobState::kRunning}), ElementsAre(newer, older));
  EXPECT_THAT(listed({.state = JobState::kQueued}), ElementsAre(ids[2]));
  EXPECT_THAT(listed({.state = JobState::kRunning, .owner = "bob"}), ElementsAre(ids[1]));
  EXPECT_THAT(listed({.state = JobState::kRunning, .limit = 1}), ElementsAre(newer));
  EXPECT_THAT(listed({.state = JobState::kRunning, .before = newer, .limit = 1}),
              ElementsAre(older));
  EXPECT_THAT(listed({}), UnorderedElementsAre(ids[0], ids[1], ids[2]));
  gate_.Open();
}

TEST_F(Jobs, AJobIsDoneAgainAsANewOne) {
  const auto jobs = Server();
  const JobRecord first = End(*jobs, Submit(*jobs, "fail", "ada", {{"x", 1}}));
  const auto again = jobs->Retry(first.id);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->id, first.id);
  EXPECT_EQ(again->retry_of, first.id);
  EXPECT_EQ(again->owner, "ada");
  EXPECT_EQ(again->request, first.request);
  const JobRecord waiting = Submit(*jobs, "wait");
  EXPECT_THAT(jobs->Retry(waiting.id).status().message(), HasSubstr("has not ended"));
  gate_.Open();
}

TEST_F(Jobs, AreToldToEndUntilTheyDo) {
  const auto jobs = Server();
  const JobRecord cancelled = Until(*jobs, Submit(*jobs, "deaf"), JobState::kRunning);
  AwaitRuns(1);
  EXPECT_TRUE(jobs->Cancel(cancelled.id).ok());
  EXPECT_EQ(End(*jobs, cancelled).state, JobState::kCancelled);
  const JobRecord stopped = Submit(*jobs, "deaf");
  AwaitRuns(2);
  jobs->Stop();
  EXPECT_EQ((*jobs->Find(stopped.id))->state, JobState::kQueued);
}

TEST_F(Jobs, SecretsReachTheRunAndNoRecord) {
  const auto jobs = Server();
  const auto given = jobs->Submit({.kind = "secret",
                                   .owner = "ada",
                                   .request = Json::object(),
                                   .secrets = {{"password", "pssst"}}});
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(End(*jobs, *given).result, 5);  // its length
  const auto documents = documents_->List("job", {});
  ASSERT_TRUE(documents.ok());
  for (const catalog::Document& document : *documents) {
    EXPECT_EQ(document.text.find("pssst"), std::string::npos) << document.text;
  }
  const Status again = jobs->Retry(given->id).status();
  EXPECT_EQ(CodeOf(again), ErrorCode::kInvalidArgument);
  EXPECT_THAT(again.message(), HasSubstr("never written down"));
  for (const Json& wrong : {Json{{"key", "x"}}, Json{{"password", "x"}, {"key", "y"}},
                            Json{{"password", ""}}, Json::object()}) {
    EXPECT_FALSE(jobs->Retry(given->id, wrong).ok()) << wrong;
  }
  const auto anew = jobs->Retry(given->id, {{"password", "psst"}});
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_EQ(End(*jobs, *anew).result, 4);
  const JobRecord plain = End(*jobs, Submit(*jobs, "quick"));
  EXPECT_THAT(jobs->Retry(plain.id, {{"password", "x"}}).status().message(),
              HasSubstr("no passwords or keys"));
}

TEST_F(Jobs, TheNextAttemptKnowsWhatTheOneBeforeRemembered) {
  std::string id;
  {
    const auto jobs = Server("a");
    id = Until(*jobs, Submit(*jobs, "remember"), JobState::kRunning).id;
    AwaitRuns(1);
    const auto kept = documents_->Find("job", id);
    ASSERT_TRUE(kept.ok() && *kept) << kept.status();
    EXPECT_THAT((*kept)->text, HasSubstr(R"("memory":{"attempt":1})"));
  }
  const auto next = Server("b");
  const auto ended = next->Wait(id, kLong);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->result, (Json{{"attempt", 1}}));
}

TEST_F(Jobs, AJobWhoseSecretsAreGoneWithItsServerSaysSo) {
  JobManagerOptions options = Options("a");
  options.running_max = 1;
  std::string id;
  {
    const auto jobs = Server(options);
    Until(*jobs, Submit(*jobs, "wait"), JobState::kRunning);
    const auto queued = jobs->Submit({.kind = "secret",
                                      .owner = "ada",
                                      .request = Json::object(),
                                      .secrets = {{"password", "pssst"}}});
    ASSERT_TRUE(queued.ok()) << queued.status();
    id = queued->id;
  }
  const auto next = Server("b");
  const auto ended = next->Wait(id, kLong);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->state, JobState::kFailed);
  EXPECT_THAT(ended->failure->message, HasSubstr("never written down"));
}

TEST_F(Jobs, ACommandLeavesAloneWhatDeadServersLeft) {
  std::string id;
  {
    const auto jobs = Server("a");
    id = Until(*jobs, Submit(*jobs, "wait"), JobState::kRunning).id;
  }  // it goes to the next server
  JobManagerOptions options = Options("b");
  options.takes_over = false;
  const auto command = Server(options);
  const JobRecord own = Submit(*command, "quick");
  EXPECT_EQ(End(*command, own).state, JobState::kSucceeded);
  EXPECT_EQ((*command->Find(id))->state, JobState::kQueued);
}

TEST_F(Jobs, AreListedNewestFirst) {
  const auto jobs = Server();
  std::vector<std::string> ids;
  for (const char* owner : {"ada", "bob", "ada"}) {
    ids.push_back(End(*jobs, Submit(*jobs, "quick", owner)).id);
    clock_.Advance(seconds(1));
  }
  const auto listed = [&](const JobQuery& query) {
    std::vector<std::string> found;
    for (const JobRecord& job : jobs->List(query).ValueOrDie()) {
      found.push_back(job.id);
    }
    return found;
  };
  EXPECT_THAT(listed({}), ElementsAre(ids[2], ids[1], ids[0]));
  EXPECT_THAT(listed({.owner = "ada"}), ElementsAre(ids[2], ids[0]));
  EXPECT_THAT(listed({.before = ids[2], .limit = 1}), ElementsAre(ids[1]));
  EXPECT_THAT(listed({.state = JobState::kFailed}), ElementsAre());
}

TEST_F(Jobs, AStoppedServersJobsWaitForTheNext) {
  auto options = Options();
  options.running_max = 1;
  JobRecord running;
  JobRecord queued;
  {
    const auto jobs = Server(options);
    running =
        Until(*jobs, Submit(*jobs, "wait", "ada", {{"name", "r"}}), JobState::kRunning);
    queued = Submit(*jobs, "quick");
    AwaitRuns(1);
    jobs->Stop();
    EXPECT_FALSE(jobs->Submit({.kind = "quick", .owner = "ada"}).ok());
  }
  gate_.Open();
  const auto next = Server("b");
  EXPECT_EQ(End(*next, running).state, JobState::kSucceeded);
  EXPECT_EQ(End(*next, running).attempts, 1);  // the one that was broken off is not one
  EXPECT_EQ(End(*next, queued).state, JobState::kSucceeded);
  EXPECT_THAT(order_, ElementsAre("r", "r"));
}

/// What a server that was killed leaves.
void LeaveRunning(catalog::DocumentStore& documents, const JobRecord& job) {
  ASSERT_TRUE(documents
                  .Create({.collection = "job",
                           .id = job.id,
                           .owner = job.owner,
                           .state = std::string(JobStateName(job.state)),
                           .text = JobToText(job)})
                  .ok());
}

TEST_F(Jobs, OfADeadServersJobWhatItDidIsLookedUp) {
  const auto left = [&](const std::string& id, const std::string& kind, Json request) {
    const JobRecord job{.id = id,
                        .kind = kind,
                        .owner = "ada",
                        .request = std::move(request),
                        .state = JobState::kRunning,
                        .attempts = 1,
                        .server = "dead"};
    LeaveRunning(store_->documents(), job);
    return job;
  };
  const JobRecord done = left("1", "find", {{"done", true}});
  const JobRecord undone = left("2", "find", {{"done", false}});
  const JobRecord blind = left("3", "quick", Json::object());
  JobRecord cancelled = done;
  cancelled.id = "4";
  cancelled.cancel_is_asked = true;
  LeaveRunning(store_->documents(), cancelled);

  const auto jobs = Server();
  EXPECT_EQ(End(*jobs, done).result, "found");
  EXPECT_EQ(End(*jobs, undone).result, (Json{{"rows", 3}}));
  EXPECT_EQ(End(*jobs, undone).attempts, 2);
  const JobRecord failed = End(*jobs, blind);
  EXPECT_EQ(failed.state, JobState::kFailed);
  EXPECT_THAT(failed.failure->message, HasSubstr("server ended while the job ran"));
  EXPECT_EQ(End(*jobs, cancelled).state, JobState::kCancelled);
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(look_ups_, 2);
}

TEST_F(Jobs, AServerThatIsHeardOfKeepsItsJobs) {
  const auto first = Server("a");
  const JobRecord job = Until(*first, Submit(*first, "wait"), JobState::kRunning);
  const auto second = Server("b");
  EXPECT_EQ(second->Wait(job.id, milliseconds(100))->state, JobState::kRunning);
  EXPECT_TRUE(second->Cancel(job.id).ok());  // at the other server
  EXPECT_EQ(End(*second, job).state, JobState::kCancelled);
  EXPECT_EQ(End(*first, job).state, JobState::kCancelled);
}

TEST_F(Jobs, AServerThatLostItsJobWritesNothing) {
  const auto first = Server("a");
  const JobRecord job = Until(*first, Submit(*first, "wait"), JobState::kRunning);
  auto& documents = store_->documents();
  ASSERT_TRUE(documents.Create({.collection = "server", .id = "b"}).ok());  // it lives
  const auto take = [&] {
    auto document = **documents.Find("job", job.id);
    JobRecord taken = *JobFromText(document.text);
    taken.server = "b";
    document.text = JobToText(taken);
    return document.state == "running" && documents.Replace(document).ok();
  };
  bool is_taken = take();
  for (int i = 0; i < 2'000 && !is_taken; ++i) {  // its server writes too
    SystemClock().Sleep(milliseconds(5));
    is_taken = take();
  }
  ASSERT_TRUE(is_taken);
  first->Stop();  // its run ends as cancelled
  const auto kept = **store_->documents().Find("job", job.id);
  EXPECT_EQ(JobFromText(kept.text)->server, "b");
  EXPECT_EQ(kept.state, "running");
}

TEST_F(Jobs, EndsAreWrittenDownOnceTheStoreIsBack) {
  const auto jobs = Server();
  const JobRecord job = Until(*jobs, Submit(*jobs, "wait"), JobState::kRunning);
  documents_->is_away = true;
  gate_.Open();
  EXPECT_EQ(End(*jobs, job).state, JobState::kSucceeded);  // known here already
  documents_->is_away = false;
  for (int i = 0; i < 1'000; ++i) {
    if (store_->documents().Find("job", job.id)->value().state == "succeeded") {
      break;
    }
    SystemClock().Sleep(milliseconds(10));
  }
  EXPECT_EQ(store_->documents().Find("job", job.id)->value().state, "succeeded");
}

TEST_F(Jobs, OldOnesAreForgotten) {
  std::string id;
  {
    const auto jobs = Server();
    id = End(*jobs, Submit(*jobs, "quick")).id;
  }
  clock_.Advance(std::chrono::hours(24 * 31));
  const auto jobs = Server("b");
  for (int i = 0; i < 1'000 && (*jobs->Find(id)).has_value(); ++i) {
    SystemClock().Sleep(milliseconds(10));
  }
  EXPECT_FALSE(jobs->Find(id)->has_value());
}

}  // namespace
}  // namespace tarn::service
