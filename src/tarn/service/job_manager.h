// Runs long work: some at a time, fair between its owners, with a record of each job that
// outlives the process.
//
//   auto jobs = JobManager::Make({.documents = store->documents(), ...});
//   jobs->AddKind("load", {.run = &RunLoad, .find_done = &FindLoad});
//   RETURN_NOT_OK(jobs->Start());
//   ARROW_ASSIGN_OR_RAISE(auto job, jobs->Submit({.kind = "load", .owner = "ada"}));
//   ARROW_ASSIGN_OR_RAISE(job, jobs->Wait(job.id, std::chrono::minutes(5)));
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/service/job.h"

namespace tarn::catalog {
class DocumentStore;
}  // namespace tarn::catalog

namespace tarn::service {

/// What a job has while it runs; belongs to its thread but where it says otherwise.
class JobContext {
 public:
  virtual ~JobContext() = default;
  /// As it was when this attempt began.
  virtual const JobRecord& job() const = 0;
  /// JobRequest::secrets; null if it was given none. A job whose secrets are lost with
  /// their server does not run.
  virtual const Json& secrets() const = 0;
  /// The job shall end with kCancelled: somebody asked for it, or the server stops. Any
  /// thread.
  virtual bool cancelled() const = 0;
  /// Called as soon as the job is cancelled, on another thread, at once if it is already;
  /// and again now and then until it is taken away, as what it ends may not have begun
  /// the first time. Replaces the one before; empty takes it away, and waits for one that
  /// runs.
  virtual void OnCancel(std::function<void()> call) = 0;
  /// Has `memory` written down with the job (JobRecord::memory), in place of what was
  /// there, before it returns: the next attempt finds it, whatever becomes of this one.
  /// Errors: those of the store; kUnavailable if the job is another server's by now.
  virtual Status Remember(Json memory) = 0;
  /// Cheap. Any thread.
  virtual void Report(const JobProgress& progress) = 0;
};

struct JobKind {
  /// The job's result, for who asked. Errors: any; kCancelled if cancelled() said so.
  std::function<Result<Json>(JobContext&)> run;
  /// The result of an attempt whose end nobody saw (the server died, or its commit's
  /// outcome was unknown), if it did its work; unset if it did nothing, so that it may be
  /// done again. Empty: such a job fails.
  std::function<Result<std::optional<Json>>(const JobRecord&)> find_done = {};
};

struct JobManagerOptions {
  catalog::DocumentStore& documents;
  Clock& clock;
  Random& random;
  int32_t running_max = 8;
  int32_t queued_max = 10'000;
  int32_t attempts_max = 3;  // of a job whose servers died
  std::chrono::milliseconds history{std::chrono::hours(24 * 30)};
  /// How often records are brought up to date, and others' are looked at.
  std::chrono::milliseconds keep_interval{2'000};
  std::chrono::milliseconds sweep_interval{10'000};
  /// A server on another machine that was not heard of for so long is dead.
  std::chrono::milliseconds lease{60'000};
  /// Told apart from all other servers on the store; empty: this process.
  std::string server = {};
  /// Whether it does what dead servers left; a command that does one job does not.
  bool takes_over = true;
};

struct JobRequest {
  std::string kind;
  std::string owner;
  Json request;
  std::string retry_of = {};
  /// Passwords, keys, tokens: in this process's memory while the job waits and runs,
  /// never written down. Null: none.
  Json secrets = nullptr;
  std::string schedule = {};    // as in JobRecord
  std::string id = {};          // a ULID that is new; empty: one is made
  bool reaches_server = false;  // as in JobRecord
  std::string call = {};        // as in JobRecord
  std::string request_id = {};  // as in JobRecord
};

struct JobQuery {
  std::optional<JobState> state = {};
  std::string owner = {};   // empty: anybody's
  std::string before = {};  // only jobs older than this id
  size_t limit = 100;
};

/// Thread-safe. Several processes may share one store: each job is run by one of them. A
/// job whose server died is taken over by another one, or by the next to start: what it
/// did is looked up first. Errors of all: those of the store.
class JobManager {
 public:
  static std::unique_ptr<JobManager> Make(JobManagerOptions options);
  /// As Stop().
  virtual ~JobManager() = default;

  /// Before Start().
  virtual void AddKind(std::string name, JobKind kind) = 0;
  /// Takes over what dead servers left, and goes on looking for such.
  virtual Status Start() = 0;
  /// Jobs that run are cancelled and wait for the next server; returns when they ended.
  virtual void Stop() = 0;

  /// The job, written down. Errors: kInvalidArgument for an unknown kind; kUnavailable if
  /// too many wait, or when it stops; kAlreadyExists for an id that is taken.
  virtual Result<JobRecord> Submit(JobRequest request) = 0;
  /// unset if there is none.
  virtual Result<std::optional<JobRecord>> Find(const std::string& id) = 0;
  /// The newest first.
  virtual Result<std::vector<JobRecord>> List(const JobQuery& query) = 0;
  /// Until it has ended or `timeout` is over; the job as it is then. Errors: kNoSuchJob.
  virtual Result<JobRecord> Wait(const std::string& id,
                                 std::chrono::milliseconds timeout) = 0;
  /// Until it differs from `last` or `timeout` is over. Errors: as Wait.
  virtual Result<JobRecord> WaitForChange(const JobRecord& last,
                                          std::chrono::milliseconds timeout) = 0;
  /// Nothing for a job that has ended. One that runs ends soon after. Errors: kNoSuchJob.
  virtual Result<JobRecord> Cancel(const std::string& id) = 0;
  /// A new job of the same request and owner; `secrets` in place of those that it was
  /// given, which are gone: the same names, or null if there were none. Errors:
  /// kNoSuchJob; kInvalidArgument if it has not ended, or for other secrets than it had.
  virtual Result<JobRecord> Retry(const std::string& id, Json secrets = nullptr) = 0;

  struct Counts {
    int64_t queued = 0;
    int64_t running = 0;
  };
  /// Of this process.
  virtual Counts counts() const = 0;
};

}  // namespace tarn::service
