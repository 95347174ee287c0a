#include "tarn/service/job_manager.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/base/metrics.h"
#include "tarn/service/internal/fair_queue.h"
#include "tarn/service/internal/job_page.h"
#include "tarn/service/internal/job_records.h"
#include "tarn/service/internal/job_secrets.h"
#include "tarn/service/internal/live_job.h"
#include "tarn/service/internal/server_identity.h"
#include "tarn/service/internal/takeover.h"

namespace tarn::service {
namespace {

using internal::FairQueue;
using internal::JobRecords;
using internal::KeptJob;
using internal::LiveJob;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

/// How often a job that another server runs is looked at for somebody who waits.
constexpr milliseconds kLookInterval(500);
constexpr milliseconds kInterruptInterval(100);
constexpr milliseconds kPruneInterval(std::chrono::hours(1));
constexpr std::array<double, 9> kRunTimeBuckets = {0.1, 0.5, 2,     10,    30,
                                                   120, 600, 3'600, 14'400};
/// A store that is away may come back: a commit's outcome is asked for so often.
constexpr int kLookUps = 5;

Status NoSuchJob(const std::string& id) {
  return MakeError(ErrorCode::kNoSuchJob, "There is no such job: " + id);
}

/// `because` begins the message.
void Tell(const JobRecord& job) {
  static auto& ended = ProcessMetrics().MakeCounters(
      "tarn_jobs_total", "Jobs that ended, by kind and state.", {"kind", "state"});
  static auto& seconds = ProcessMetrics().MakeHistograms(
      "tarn_job_seconds", "How long jobs ran that ended, by kind.", {"kind"},
      kRunTimeBuckets);
  const std::string_view state = JobStateName(job.state);
  ended.With({job.kind, state}).Add();
  if (job.started_at && job.ended_at) {
    const milliseconds ran = *job.ended_at - *job.started_at;
    seconds.With({job.kind}).Observe(static_cast<double>(ran.count()) / 1000.0);
  }
  LogInfo("A job has ended", {{"job", job.id},
                              {"kind", job.kind},
                              {"state", std::string(state)},
                              {"reason", job.failure ? job.failure->message : ""}});
}

class ThreadedJobs : public JobManager {
 public:
  explicit ThreadedJobs(JobManagerOptions options)
      : options_(std::move(options)),
        records_(options_.documents, options_.server),
        takeover_(records_, options_.clock, options_.lease) {}
  ~ThreadedJobs() override { ThreadedJobs::Stop(); }
  ThreadedJobs(const ThreadedJobs&) = delete;
  ThreadedJobs& operator=(const ThreadedJobs&) = delete;

  void AddKind(std::string name, JobKind kind) override {
    kinds_.emplace(std::move(name), std::move(kind));
  }

  Status Start() override {
    RETURN_NOT_OK(Sweep());
    const std::lock_guard lock(mutex_);
    keeper_ = std::thread([this] { Keep(); });
    return Status::OK();
  }

  void Stop() override;
  Result<JobRecord> Submit(JobRequest request) override;
  Result<std::optional<JobRecord>> Find(const std::string& id) override;
  Result<std::vector<JobRecord>> List(const JobQuery& query) override;
  Result<JobRecord> Wait(const std::string& id, milliseconds timeout) override;
  Result<JobRecord> WaitForChange(const JobRecord& last, milliseconds timeout) override;
  Result<JobRecord> Cancel(const std::string& id) override;
  Result<JobRecord> Retry(const std::string& id, Json secrets) override;
  Counts counts() const override {
    const std::lock_guard lock(mutex_);
    return {.queued = static_cast<int64_t>(queue_.size()), .running = running_};
  }

 private:
  using Job = std::shared_ptr<LiveJob>;

  std::vector<Job> LiveJobs() const {
    const std::lock_guard lock(mutex_);
    std::vector<Job> jobs;
    for (const auto& [id, job] : live_) {
      jobs.push_back(job);
    }
    return jobs;
  }
  Job FindLive(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = live_.find(id);
    return found == live_.end() ? nullptr : found->second;
  }
  Status BeatIfIdle();
  void Notify() {
    {
      const std::lock_guard lock(mutex_);
      ++num_changes_;
    }
    changed_.notify_all();
  }
  uint64_t NumChanges() const {
    const std::lock_guard lock(mutex_);
    return num_changes_;
  }
  /// Takes a record of ours into the queue.
  void Enqueue(KeptJob kept, Json secrets);
  void Work();
  void Run(LiveJob& job);
  Result<Json> RunKind(LiveJob& job);
  Result<Json> LookUp(const JobKind& kind, const JobRecord& job, const Status& unknown);
  void Finish(LiveJob& job, const Result<Json>& result);
  /// Writes the end down, now or as soon as the store is there, and lets go of the job.
  void Release(LiveJob& job);

  void Keep();
  void KeepRecords();
  /// Queues what servers left that have died.
  Status Sweep();

  Result<JobRecord> CancelElsewhere(const std::string& id);
  /// Until `is_it`, asked whenever something may have changed.
  Result<JobRecord> WaitUntil(const std::string& id, milliseconds timeout,
                              const std::function<bool(const JobRecord&)>& is_it);

  const JobManagerOptions options_;
  JobRecords records_;
  internal::Takeover takeover_;
  std::map<std::string, JobKind> kinds_;

  mutable std::mutex mutex_;
  std::condition_variable work_;      // there is some, or no more ever
  std::condition_variable stopping_;  // the keeper's: it must not take a worker's call
  std::condition_variable changed_;   // a job's state
  std::condition_variable ended_;     // a run
  // Guarded by mutex_:
  bool stops_ = false;
  uint64_t num_changes_ = 0;  // of states
  std::map<std::string, Job> live_;
  FairQueue queue_;
  int32_t running_ = 0;
  std::vector<std::thread> workers_;
  std::thread keeper_;
};

/// Others must not take the first job because we were not heard of for long.
Status ThreadedJobs::BeatIfIdle() {
  {
    const std::lock_guard lock(mutex_);
    if (!live_.empty()) {
      return Status::OK();
    }
  }
  return records_.Beat();
}

Result<JobRecord> ThreadedJobs::Submit(JobRequest request) {
  if (!kinds_.contains(request.kind)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "There is no such kind of job: " + request.kind);
  }
  {
    const std::lock_guard lock(mutex_);
    if (stops_) {
      return MakeError(ErrorCode::kUnavailable, "The server is shutting down");
    }
    if (queue_.size() >= static_cast<size_t>(options_.queued_max)) {
      return MakeError(ErrorCode::kUnavailable,
                       fmt::format("There are {} jobs waiting already; try again later",
                                   options_.queued_max));
    }
  }
  const milliseconds now = options_.clock.Now();
  JobRecord job{.id = request.id.empty() ? NewUlid(now, options_.random) : request.id,
                .kind = std::move(request.kind),
                .owner = std::move(request.owner),
                .request = std::move(request.request),
                .created_at = now,
                .retry_of = std::move(request.retry_of),
                .schedule = std::move(request.schedule),
                .call = std::move(request.call),
                .request_id = std::move(request.request_id),
                .server = records_.server(),
                .has_secrets = !request.secrets.is_null(),
                .secret_names = request.secrets.is_null()
                                    ? std::vector<std::string>()
                                    : internal::SecretNames(request.secrets),
                .reaches_server = request.reaches_server};
  RETURN_NOT_OK(BeatIfIdle());
  ARROW_ASSIGN_OR_RAISE(KeptJob kept, records_.Create(job));
  Enqueue(std::move(kept), std::move(request.secrets));
  return job;
}

void ThreadedJobs::Enqueue(KeptJob kept, Json secrets) {
  const std::lock_guard lock(mutex_);
  const JobRecord& record = kept.job;
  queue_.Push(record.owner, record.id);
  const std::string id = record.id;
  live_.emplace(id,
                std::make_shared<LiveJob>(std::move(kept), records_, std::move(secrets)));
  const size_t busy = static_cast<size_t>(running_) + queue_.size();
  const auto workers_max = static_cast<size_t>(options_.running_max);
  if (!stops_ && workers_.size() < std::min(busy, workers_max)) {
    workers_.emplace_back([this] { Work(); });
  }
  work_.notify_one();
}

void ThreadedJobs::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stops_ || queue_.size() > 0; });
    if (stops_) {
      return;
    }
    const std::string id = *queue_.Pop();
    const Job job = live_.at(id);
    ++running_;
    lock.unlock();
    Run(*job);
    lock.lock();
    --running_;
    queue_.Done(job->owner());
    ended_.notify_all();
  }
}

void ThreadedJobs::Run(LiveJob& job) {
  const milliseconds now = options_.clock.Now();
  job.Change([&](JobRecord& record) {
    record.state = JobState::kRunning;
    record.started_at = now;
    record.ended_at.reset();
    record.progress = {};
    ++record.attempts;
  });
  const Status saved = job.Save();
  if (!saved.ok()) {
    LogWarn("A job's record could not be written; it is tried again",
            {{"job", job.id()}, {"reason", saved.message()}});
  }
  Notify();
  job.Begin();
  const Result<Json> result =
      job.cancelled() ? MakeError(ErrorCode::kCancelled, "The job was cancelled")
                      : RunKind(job);
  job.OnCancel({});
  Finish(job, result);
}

Result<Json> ThreadedJobs::RunKind(LiveJob& job) {
  const JobRecord& record = job.job();
  const JobKind& kind = kinds_.at(record.kind);
  if (record.attempts > 1) {
    const Status died = MakeError(
        ErrorCode::kUnavailable,
        "The server ended while the job ran; nothing shows that it did its work. Retry "
        "it after looking at its target");
    if (!kind.find_done) {
      return died;
    }
    ARROW_ASSIGN_OR_RAISE(const auto done, kind.find_done(record));
    if (done) {
      return *done;
    }
    if (record.attempts > options_.attempts_max) {
      return died;
    }
  }
  if (record.has_secrets && job.secrets().is_null()) {
    return internal::SecretsAreGone(
        "The server ended before the job was done, and with it");
  }
  const Result<Json> result = kind.run(job);
  return !result.ok() && IsOutcomeUnknown(result.status()) && kind.find_done
             ? LookUp(kind, job.record(), result.status())
             : result;
}

Result<Json> ThreadedJobs::LookUp(const JobKind& kind, const JobRecord& job,
                                  const Status& unknown) {
  for (int i = 0; i < kLookUps; ++i) {
    const auto done = kind.find_done(job);
    if (done.ok() && *done) {
      return **done;
    }
    options_.clock.Sleep(options_.keep_interval);
  }
  return unknown;
}

void ThreadedJobs::Finish(LiveJob& job, const Result<Json>& result) {
  const milliseconds now = options_.clock.Now();
  const bool is_cancelled =
      !result.ok() && CodeOf(result.status()) == ErrorCode::kCancelled;
  job.Change([&](JobRecord& record) {
    record.ended_at = now;
    if (result.ok()) {
      record.state = JobState::kSucceeded;
      record.result = *result;
      if (record.progress.part) {
        record.progress.part = 1;
      }
    } else if (is_cancelled && record.cancel_is_asked) {
      record.state = JobState::kCancelled;
    } else if (is_cancelled && job.cancelled()) {
      // The server stops: the attempt did nothing, and does not count.
      record.state = JobState::kQueued;
      record.ended_at.reset();
      record.server.clear();
      --record.attempts;
    } else {
      record.state = JobState::kFailed;
      record.failure = {.code = CodeOf(result.status()),
                        .message = result.status().message()};
    }
  });
  if (const JobRecord record = job.record(); HasEnded(record.state)) {
    Tell(record);
  }
  Release(job);
}

void ThreadedJobs::Release(LiveJob& job) {
  const Status saved = job.Save();
  if (saved.ok() && (job.is_saved() || job.is_lost())) {
    const std::lock_guard lock(mutex_);
    live_.erase(job.id());
  }  // else the keeper tries again
  Notify();
}

void ThreadedJobs::Keep() {
  auto swept = Steady::now();
  std::optional<Steady::time_point> pruned;
  std::unique_lock lock(mutex_);
  while (!stops_) {
    stopping_.wait_for(lock, options_.keep_interval, [this] { return stops_; });
    if (stops_) {
      return;
    }
    lock.unlock();
    KeepRecords();
    const auto now = Steady::now();
    Status status;
    if (now - swept >= options_.sweep_interval) {
      swept = now;
      status = Sweep();
    }
    if (!pruned || now - *pruned >= kPruneInterval) {
      pruned = now;
      status &= records_.Prune(options_.clock.Now() - options_.history);
    }
    if (!status.ok()) {
      LogWarn("The records of jobs cannot be looked at", {{"reason", status.message()}});
    }
    lock.lock();
  }
}

void ThreadedJobs::KeepRecords() {
  const std::vector<Job> jobs = LiveJobs();
  if (jobs.empty()) {
    return;
  }
  Status status = records_.Beat();
  for (const Job& job : jobs) {
    const JobState state = job->record().state;
    if (state == JobState::kRunning) {
      status &= job->Save();
      status &= job->Look();
      job->InterruptAgain();
    } else if (HasEnded(state)) {
      Release(*job);
    }
  }
  if (!status.ok()) {
    LogWarn("The records of jobs cannot be written", {{"reason", status.message()}});
  }
}

Status ThreadedJobs::Sweep() {
  if (!options_.takes_over) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto taken, takeover_.TakeAll([this](const JobRecord& job) {
    return kinds_.contains(job.kind);
  }));
  for (KeptJob& kept : taken) {
    Enqueue(std::move(kept), nullptr);
  }
  return Status::OK();
}

Result<std::optional<JobRecord>> ThreadedJobs::Find(const std::string& id) {
  if (const Job live = FindLive(id)) {
    return std::optional(live->record());
  }
  ARROW_ASSIGN_OR_RAISE(const auto kept, records_.Find(id));
  return kept ? std::optional(kept->job) : std::nullopt;
}

Result<std::vector<JobRecord>> ThreadedJobs::List(const JobQuery& query) {
  std::vector<JobRecord> jobs;
  std::string before = query.before;
  for (bool is_last = false; !is_last && jobs.size() < query.limit;) {
    ARROW_ASSIGN_OR_RAISE(
        const auto page,
        records_.List(
            {.state = query.state ? std::string(JobStateName(*query.state)) : "",
             .owner = query.owner,
             .before = before,
             .limit = query.limit}));
    is_last = page.size() < query.limit;
    const std::string end = is_last ? "" : page.back().job.id;
    auto found = internal::PageAsItIs(page, LiveJobs(), query, before, end);
    std::ranges::move(found, std::back_inserter(jobs));
    before = end;
  }
  jobs.resize(std::min(jobs.size(), query.limit));
  return jobs;
}

Result<JobRecord> ThreadedJobs::WaitUntil(
    const std::string& id, milliseconds timeout,
    const std::function<bool(const JobRecord&)>& is_it) {
  const auto until = Steady::now() + timeout;
  for (;;) {
    const uint64_t seen = NumChanges();
    ARROW_ASSIGN_OR_RAISE(const auto job, Find(id));
    if (!job) {
      return NoSuchJob(id);
    }
    const auto now = Steady::now();
    if (is_it(*job) || now >= until) {
      return *job;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, std::min(until, now + kLookInterval),
                        [&] { return num_changes_ != seen; });
  }
}

Result<JobRecord> ThreadedJobs::Wait(const std::string& id, milliseconds timeout) {
  return WaitUntil(id, timeout, [](const JobRecord& job) { return HasEnded(job.state); });
}

Result<JobRecord> ThreadedJobs::WaitForChange(const JobRecord& last,
                                              milliseconds timeout) {
  return WaitUntil(last.id, timeout, [text = JobToText(last)](const JobRecord& job) {
    return JobToText(job) != text;
  });
}

Result<JobRecord> ThreadedJobs::Cancel(const std::string& id) {
  const Job job = FindLive(id);
  if (job == nullptr) {
    return CancelElsewhere(id);
  }
  job->Cancel();
  bool was_queued = false;
  {
    const std::lock_guard lock(mutex_);
    was_queued = queue_.Remove(job->owner(), id);
  }
  if (was_queued) {
    job->Change([&](JobRecord& record) {
      record.state = JobState::kCancelled;
      record.ended_at = options_.clock.Now();
    });
    Tell(job->record());
    Release(*job);
  }
  return job->record();
}

Result<JobRecord> ThreadedJobs::CancelElsewhere(const std::string& id) {
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(auto kept, records_.Find(id));
    if (!kept) {
      return NoSuchJob(id);
    }
    if (HasEnded(kept->job.state) || kept->job.cancel_is_asked) {
      return kept->job;
    }
    kept->job.cancel_is_asked = true;
    const auto replaced = records_.Replace(*kept);
    if (replaced.ok() || CodeOf(replaced.status()) != ErrorCode::kCommitConflict) {
      return replaced.ok() ? Result<JobRecord>(replaced->job) : replaced.status();
    }
  }
}

Result<JobRecord> ThreadedJobs::Retry(const std::string& id, Json secrets) {
  ARROW_ASSIGN_OR_RAISE(const auto job, Find(id));
  if (!job) {
    return NoSuchJob(id);
  }
  if (!HasEnded(job->state)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The job has not ended yet; cancel it first: " + id);
  }
  RETURN_NOT_OK(internal::CheckSecrets(*job, secrets));
  return Submit({.kind = job->kind,
                 .owner = job->owner,
                 .request = job->request,
                 .retry_of = id,
                 .secrets = std::move(secrets),
                 .reaches_server = job->reaches_server,
                 .call = job->call,
                 .request_id = job->request_id});
}

void ThreadedJobs::Stop() {
  std::vector<Job> jobs;
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    if (stops_) {
      return;
    }
    stops_ = true;
    for (const auto& [id, job] : live_) {
      jobs.push_back(job);
    }
    threads = std::move(workers_);
    if (keeper_.joinable()) {
      threads.push_back(std::move(keeper_));
    }
  }
  work_.notify_all();
  stopping_.notify_all();
  for (const Job& job : jobs) {
    job->Interrupt();
  }
  for (std::unique_lock lock(mutex_);
       !ended_.wait_for(lock, kInterruptInterval, [this] { return running_ == 0; });) {
    lock.unlock();
    for (const Job& job : jobs) {
      job->InterruptAgain();
    }
    lock.lock();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  Status status;
  for (const Job& job : jobs) {
    if (job->record().state == JobState::kQueued) {
      job->Change([](JobRecord& record) { record.server.clear(); });
    }
    status &= job->Save();
  }
  if (!jobs.empty()) {
    status &= records_.RemoveBeat();
  }
  if (!status.ok()) {
    LogWarn("The records of jobs cannot be written; the next server looks them up",
            {{"reason", status.message()}});
  }
}

}  // namespace

std::unique_ptr<JobManager> JobManager::Make(JobManagerOptions options) {
  if (options.server.empty()) {
    // Without /proc every start is another server.
    options.server = internal::OwnServerIdentity().ValueOr(NewUuid(options.random));
  }
  return std::make_unique<ThreadedJobs>(std::move(options));
}

}  // namespace tarn::service
