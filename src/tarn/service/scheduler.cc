#include "tarn/service/scheduler.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/base/logging.h"
#include "tarn/base/metrics.h"
#include "tarn/catalog/document_store.h"
#include "tarn/service/internal/schedule_steps.h"
#include "tarn/service/internal/server_identity.h"

namespace tarn::service {
namespace {

using catalog::Document;
using std::chrono::milliseconds;

constexpr char kCollection[] = "schedule";
/// States of documents: those with something to do, now or later, and the others.
constexpr char kLive[] = "live";
constexpr char kIdle[] = "idle";
constexpr size_t kPage = 500;
/// A record changes under our hands only so often.
constexpr int kTriesMax = 50;

Status NoSuchSchedule(const std::string& name) {
  return MakeError(ErrorCode::kNoSuchSchedule, "There is no such schedule: " + name);
}

bool IsConflict(const Status& status) {
  return !status.ok() && CodeOf(status) == ErrorCode::kCommitConflict;
}

bool HasSomethingToDo(const Schedule& schedule) {
  return schedule.state == ScheduleState::kActive || schedule.handed ||
         !schedule.current_job.empty() || !schedule.waiting.empty();
}

Document DocumentOf(const Schedule& schedule) {
  return {.collection = kCollection,
          .id = schedule.name,
          .owner = schedule.owner,
          .state = HasSomethingToDo(schedule) ? kLive : kIdle,
          .text = ScheduleToText(schedule),
          .version = schedule.version};
}

Result<Schedule> ScheduleOf(const Document& document) {
  ARROW_ASSIGN_OR_RAISE(Schedule schedule, ScheduleFromText(document.text));
  schedule.version = document.version;
  return schedule;
}

void Count(const char* outcome) {
  static auto& runs = ProcessMetrics().MakeCounters(
      "tarn_schedule_runs_total",
      "Runs of schedules that were due, by what came of them.", {"outcome"});
  runs.With({outcome}).Add();
}

class StoredSchedules : public Scheduler {
 public:
  explicit StoredSchedules(SchedulerOptions options) : options_(std::move(options)) {}
  ~StoredSchedules() override { StoredSchedules::Stop(); }
  StoredSchedules(const StoredSchedules&) = delete;
  StoredSchedules& operator=(const StoredSchedules&) = delete;

  void Start() override {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable() && !stops_) {
      thread_ = std::thread([this] { Loop(); });
    }
  }
  void Stop() override;

  Result<Schedule> Create(std::string name, std::string owner, bool reaches_server,
                          ScheduleRules rules) override;
  Result<Schedule> Find(const std::string& name) override;
  Result<std::vector<Schedule>> List(const std::string& owner) override;
  Result<Schedule> Change(const std::string& name, bool reaches_server,
                          ScheduleRules rules) override;
  Result<Schedule> Pause(const std::string& name, std::string reason) override;
  Result<Schedule> Resume(const std::string& name) override;
  Result<Schedule> RunNow(const std::string& name) override;
  Status Remove(const std::string& name) override;
  Result<milliseconds> RunDue() override;

 private:
  using Edit = std::function<Status(Schedule*)>;

  Result<std::vector<Schedule>> ListAll(catalog::DocumentQuery query);
  /// Writes it down if nobody else has meanwhile. Errors: kCommitConflict.
  Status Save(Schedule* schedule);
  /// Changes it, again and again until nobody else does at the same time.
  Result<Schedule> Apply(const std::string& name, const Edit& edit);
  Result<Schedule> ApplyAndPoke(const std::string& name, const Edit& edit) {
    ARROW_ASSIGN_OR_RAISE(Schedule schedule, Apply(name, edit));
    Poke();
    return schedule;
  }
  void Poke();
  void Loop();

  /// Does what is due of one; gives when there will be something to do again.
  Result<std::optional<milliseconds>> RunOne(Schedule schedule);
  /// True if something about it has changed.
  Result<bool> LookAtCurrent(milliseconds now, Schedule* schedule);
  /// Makes the job of the run that was taken, unless it is there already.
  Status HandOn(Schedule* schedule);
  Status MakeJob(const Schedule& schedule, const HandedRun& handed);

  const SchedulerOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_:
  bool stops_ = false;
  bool is_poked_ = false;
  std::thread thread_;
};

void StoredSchedules::Stop() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
    thread = std::move(thread_);
  }
  wake_.notify_all();
  if (thread.joinable()) {
    thread.join();
  }
}

void StoredSchedules::Poke() {
  {
    const std::lock_guard lock(mutex_);
    is_poked_ = true;
  }
  wake_.notify_all();
}

void StoredSchedules::Loop() {
  std::unique_lock lock(mutex_);
  while (!stops_) {
    is_poked_ = false;
    lock.unlock();
    const Result<milliseconds> next = RunDue();
    if (!next.ok()) {
      LogWarn("The schedules cannot be looked at; it is tried again",
              {{"reason", next.status().message()}});
    }
    const milliseconds wait = next.ok()
                                  ? std::clamp(*next - options_.clock.Now(),
                                               milliseconds(1), options_.look_interval)
                                  : options_.look_interval;
    lock.lock();
    wake_.wait_for(lock, wait, [this] { return stops_ || is_poked_; });
  }
}

Result<std::vector<Schedule>> StoredSchedules::ListAll(catalog::DocumentQuery query) {
  std::vector<Schedule> all;
  query.limit = kPage;
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto page, options_.documents.List(kCollection, query));
    for (const Document& document : page) {
      Result<Schedule> schedule = ScheduleOf(document);
      if (!schedule.ok()) {  // one must not hold up the others
        LogError("A schedule cannot be read",
                 {{"schedule", document.id}, {"reason", schedule.status().message()}});
        continue;
      }
      all.push_back(*std::move(schedule));
    }
    if (page.size() < kPage) {
      std::ranges::reverse(all);
      return all;
    }
    query.before = page.back().id;
  }
}

Status StoredSchedules::Save(Schedule* schedule) {
  ARROW_ASSIGN_OR_RAISE(const Document kept,
                        options_.documents.Replace(DocumentOf(*schedule)));
  schedule->version = kept.version;
  return Status::OK();
}

Result<Schedule> StoredSchedules::Apply(const std::string& name, const Edit& edit) {
  for (int i = 0;; ++i) {
    ARROW_ASSIGN_OR_RAISE(Schedule schedule, Find(name));
    RETURN_NOT_OK(edit(&schedule));
    const Status saved = Save(&schedule);
    if (saved.ok()) {
      return schedule;
    }
    if (!IsConflict(saved) || i >= kTriesMax) {
      return saved;
    }
  }
}

Result<Schedule> StoredSchedules::Create(std::string name, std::string owner,
                                         bool reaches_server, ScheduleRules rules) {
  RETURN_NOT_OK(CheckScheduleName(name));
  const milliseconds now = options_.clock.Now();
  rules.timing.anchor = now;
  RETURN_NOT_OK(CheckScheduleRules(rules));
  ARROW_ASSIGN_OR_RAISE(
      const auto others,
      options_.documents.List(kCollection, {.limit = options_.schedules_max}));
  if (others.size() >= options_.schedules_max) {
    return MakeError(ErrorCode::kResourceLimit, "There are too many schedules already");
  }
  Schedule schedule{.name = std::move(name),
                    .owner = std::move(owner),
                    .rules = std::move(rules),
                    .reaches_server = reaches_server,
                    .created_at = now,
                    .decided_until = now};
  const Result<Document> created = options_.documents.Create(DocumentOf(schedule));
  if (!created.ok() && CodeOf(created.status()) == ErrorCode::kAlreadyExists) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "There is a schedule of this name already: " + schedule.name);
  }
  RETURN_NOT_OK(created.status());
  schedule.version = created->version;
  Poke();
  return schedule;
}

Result<Schedule> StoredSchedules::Find(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto document, options_.documents.Find(kCollection, name));
  if (!document) {
    return NoSuchSchedule(name);
  }
  ARROW_ASSIGN_OR_RAISE(Schedule schedule, ScheduleOf(*document));
  RETURN_NOT_OK(LookAtCurrent(options_.clock.Now(), &schedule).status());
  return schedule;
}

Result<std::vector<Schedule>> StoredSchedules::List(const std::string& owner) {
  ARROW_ASSIGN_OR_RAISE(auto schedules, ListAll({.owner = owner}));
  for (Schedule& schedule : schedules) {
    RETURN_NOT_OK(LookAtCurrent(options_.clock.Now(), &schedule).status());
  }
  return schedules;
}

Result<Schedule> StoredSchedules::Change(const std::string& name, bool reaches_server,
                                         ScheduleRules rules) {
  return ApplyAndPoke(name, [&](Schedule* schedule) {
    ScheduleRules changed = rules;
    changed.timing.anchor = schedule->rules.timing.anchor;
    RETURN_NOT_OK(CheckScheduleRules(changed));
    schedule->rules = std::move(changed);
    schedule->reaches_server = reaches_server;
    schedule->decided_until = options_.clock.Now();
    std::erase_if(schedule->waiting,
                  [](const WaitingRun& run) { return !run.is_by_hand; });
    if (schedule->state == ScheduleState::kEnded) {
      schedule->state = ScheduleState::kActive;
    }
    return Status::OK();
  });
}

Result<Schedule> StoredSchedules::Pause(const std::string& name, std::string reason) {
  return Apply(name, [&](Schedule* schedule) {
    schedule->state = ScheduleState::kPaused;
    schedule->pause_reason = reason;
    schedule->waiting.clear();
    return Status::OK();
  });
}

Result<Schedule> StoredSchedules::Resume(const std::string& name) {
  return ApplyAndPoke(name, [&](Schedule* schedule) {
    if (schedule->state == ScheduleState::kActive) {
      return Status::OK();
    }
    schedule->state = ScheduleState::kActive;
    schedule->pause_reason.clear();
    schedule->failures_in_a_row = 0;
    schedule->decided_until = options_.clock.Now();
    return Status::OK();
  });
}

Result<Schedule> StoredSchedules::RunNow(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(
      Schedule schedule, Apply(name, [&](Schedule* changed) {
        if (changed->waiting.size() >= kScheduleWaitingMax) {
          return MakeError(ErrorCode::kResourceLimit,
                           "Too many runs of the schedule wait already: " + name);
        }
        const milliseconds now = options_.clock.Now();
        changed->waiting.insert(changed->waiting.begin(),
                                {.due = now, .not_before = now, .is_by_hand = true});
        return Status::OK();
      }));
  // Others may be at it too: until it is a job, or waits for one.
  for (int i = 0; i < kTriesMax; ++i) {
    const auto next = RunOne(schedule);
    if (!next.ok()) {
      LogWarn("A schedule's run is tried again",
              {{"schedule", name}, {"reason", next.status().message()}});
      break;
    }
    ARROW_ASSIGN_OR_RAISE(schedule, Find(name));
    const bool may_start = schedule.current_job.empty() && !schedule.waiting.empty() &&
                           schedule.waiting.front().is_by_hand;
    if (!schedule.handed && !may_start) {
      break;
    }
  }
  Poke();
  return schedule;
}

Status StoredSchedules::Remove(const std::string& name) {
  RETURN_NOT_OK(Find(name).status());
  return options_.documents.Remove(kCollection, name);
}

Result<milliseconds> StoredSchedules::RunDue() {
  ARROW_ASSIGN_OR_RAISE(auto schedules, ListAll({.state = kLive}));
  milliseconds next = options_.clock.Now() + options_.look_interval;
  for (Schedule& schedule : schedules) {
    const std::string name = schedule.name;
    const auto one = RunOne(std::move(schedule));
    if (!one.ok()) {
      LogWarn("A schedule's run is tried again",
              {{"schedule", name}, {"reason", one.status().message()}});
    } else if (*one) {
      next = std::min(next, **one);
    }
  }
  return next;
}

Result<bool> StoredSchedules::LookAtCurrent(milliseconds now, Schedule* schedule) {
  if (schedule->current_job.empty()) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(const auto job, options_.jobs.Find(schedule->current_job));
  if (job && !HasEnded(job->state)) {
    return false;
  }
  internal::NoteEnd(job, now, schedule);
  return true;
}

Result<std::optional<milliseconds>> StoredSchedules::RunOne(Schedule schedule) {
  const milliseconds now = options_.clock.Now();
  const std::optional<milliseconds> soon = now + options_.watch_interval;
  if (schedule.handed) {
    const bool is_ours = schedule.handed->server == options_.server;
    if (!is_ours && now - schedule.handed->at < options_.lease) {
      return soon;
    }
    const Status handed = HandOn(&schedule);
    return handed.ok() || IsConflict(handed) ? Result<std::optional<milliseconds>>(soon)
                                             : handed;
  }
  ARROW_ASSIGN_OR_RAISE(bool has_changed, LookAtCurrent(now, &schedule));
  ARROW_ASSIGN_OR_RAISE(const bool was_due,
                        internal::DecideDue(now, options_.grace, &schedule));
  const internal::Choice choice = internal::ChooseRun(now, &schedule);
  has_changed = has_changed || was_due || choice.has_changed;
  if (choice.run) {
    schedule.handed = HandedRun{.run = *choice.run,
                                .job_id = NewUlid(now, options_.random),
                                .server = options_.server,
                                .at = now};
  }
  if (has_changed) {
    const Status saved = Save(&schedule);
    if (IsConflict(saved)) {
      return std::optional(now);  // another one has seen to it
    }
    RETURN_NOT_OK(saved);
  }
  if (choice.cancels_current) {
    const auto cancelled = options_.jobs.Cancel(schedule.current_job);
    const bool is_gone =
        !cancelled.ok() && CodeOf(cancelled.status()) == ErrorCode::kNoSuchJob;
    RETURN_NOT_OK(is_gone ? Status::OK() : cancelled.status());
  }
  if (schedule.handed) {
    const Status handed = HandOn(&schedule);
    RETURN_NOT_OK(IsConflict(handed) ? Status::OK() : handed);
  }
  return schedule.handed || !schedule.current_job.empty()
             ? soon
             : internal::NextMoment(schedule);
}

Status StoredSchedules::MakeJob(const Schedule& schedule, const HandedRun& handed) {
  if (options_.find_owner) {
    ARROW_ASSIGN_OR_RAISE(const JobOwner owner, options_.find_owner(schedule.owner));
    if (schedule.reaches_server && !owner.reaches_server) {
      return MakeError(ErrorCode::kForbidden,
                       "The schedule was made by somebody who could reach the server's "
                       "files and network, and its owner no longer can: " +
                           schedule.owner);
    }
  }
  const auto job = options_.jobs.Submit({.kind = schedule.rules.kind,
                                         .owner = schedule.owner,
                                         .request = schedule.rules.request,
                                         .schedule = schedule.name,
                                         .id = handed.job_id,
                                         .reaches_server = schedule.reaches_server,
                                         .call = schedule.rules.call});
  const bool is_there = !job.ok() && CodeOf(job.status()) == ErrorCode::kAlreadyExists;
  return is_there ? Status::OK() : job.status();
}

Status StoredSchedules::HandOn(Schedule* schedule) {
  const HandedRun handed = *schedule->handed;
  const milliseconds now = options_.clock.Now();
  const Status made = MakeJob(*schedule, handed);
  if (!made.ok() && InfoOf(CodeOf(made)).retry != Retry::kNever) {
    return made;
  }
  schedule->handed.reset();
  if (made.ok()) {
    schedule->current_job = handed.job_id;
    AddToHistory({.due = handed.run.due,
                  .at = now,
                  .job_id = handed.job_id,
                  .outcome = "running",
                  .is_by_hand = handed.run.is_by_hand},
                 schedule);
  } else {
    internal::NoteRefusal(handed.run, made, now, schedule);
  }
  RETURN_NOT_OK(Save(schedule));
  Count(made.ok() ? "started" : "refused");
  return Status::OK();
}

}  // namespace

std::unique_ptr<Scheduler> Scheduler::Make(SchedulerOptions options) {
  if (options.server.empty()) {
    options.server = internal::OwnServerIdentity().ValueOr(NewUuid(options.random));
  }
  return std::make_unique<StoredSchedules>(std::move(options));
}

std::vector<milliseconds> NextRuns(const Schedule& schedule, milliseconds now,
                                   size_t count) {
  std::vector<milliseconds> runs;
  const Result<Timing> timing = Timing::Make(schedule.rules.timing);
  if (!timing.ok() || schedule.state != ScheduleState::kActive) {
    return runs;
  }
  for (auto next = timing->Next(now); next && runs.size() < count;
       next = timing->Next(*next)) {
    runs.push_back(*next);
  }
  return runs;
}

}  // namespace tarn::service
