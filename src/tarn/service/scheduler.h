// Starts jobs when they are due. Several servers may share one store: each run that is
// due is started by one of them, once, also when the one that took it dies over it.
//
//   auto scheduler = Scheduler::Make({.documents = store.documents(), .jobs = *jobs, …});
//   scheduler->Start();
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/service/job_manager.h"
#include "tarn/service/job_owner.h"
#include "tarn/service/schedule.h"

namespace tarn::catalog {
class DocumentStore;
}  // namespace tarn::catalog

namespace tarn::service {

struct SchedulerOptions {
  catalog::DocumentStore& documents;
  JobManager& jobs;
  Clock& clock;
  Random& random;
  /// Asked before each job is made.
  OwnerFinder find_owner = {};
  /// Told apart from all other servers on the store; empty: this process.
  std::string server = {};
  /// A run that is later than this was missed: CatchUp says what becomes of it.
  std::chrono::milliseconds grace{30'000};
  /// What another server took and did not hand on for so long is handed on by us.
  std::chrono::milliseconds lease{10'000};
  /// How often the store is looked at for others' changes, and the jobs under way.
  std::chrono::milliseconds look_interval{5'000};
  std::chrono::milliseconds watch_interval{500};
  size_t schedules_max = 10'000;
};

/// Thread-safe. Errors of all: those of the store.
class Scheduler {
 public:
  static std::unique_ptr<Scheduler> Make(SchedulerOptions options);
  virtual ~Scheduler() = default;  // as Stop()

  virtual void Start() = 0;
  /// Jobs go on.
  virtual void Stop() = 0;

  /// Errors: kInvalidArgument, kAlreadyExists, kResourceLimit.
  virtual Result<Schedule> Create(std::string name, std::string owner,
                                  bool reaches_server, ScheduleRules rules) = 0;
  /// As it and its job are now. Errors: kNoSuchSchedule.
  virtual Result<Schedule> Find(const std::string& name) = 0;
  /// By name; `owner` empty: everybody's.
  virtual Result<std::vector<Schedule>> List(const std::string& owner) = 0;
  /// Other rules from now on; what ran stays in its history. `reaches_server` is of who
  /// changes it. Errors: kNoSuchSchedule, kInvalidArgument.
  virtual Result<Schedule> Change(const std::string& name, bool reaches_server,
                                  ScheduleRules rules) = 0;
  /// A job that runs goes on. What is due while it is paused is left out. Errors:
  /// kNoSuchSchedule.
  virtual Result<Schedule> Pause(const std::string& name, std::string reason) = 0;
  virtual Result<Schedule> Resume(const std::string& name) = 0;
  /// Now, or when the run before has ended, also if it is paused. Errors:
  /// kNoSuchSchedule, kResourceLimit.
  virtual Result<Schedule> RunNow(const std::string& name) = 0;
  /// A job that runs goes on. Errors: kNoSuchSchedule.
  virtual Status Remove(const std::string& name) = 0;

  /// Does what is due by now, once; gives when there will be something to do again. What
  /// the thread of Start() does over and over.
  virtual Result<std::chrono::milliseconds> RunDue() = 0;
};

/// The next `count` times at which it is due; none if it is not active.
std::vector<std::chrono::milliseconds> NextRuns(const Schedule& schedule,
                                                std::chrono::milliseconds now,
                                                size_t count);

}  // namespace tarn::service
