#include "tarn/service/internal/live_job.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::service::internal {

JobRecord LiveJob::record() const {
  const std::lock_guard lock(mutex_);
  return kept_.job;
}

void LiveJob::Change(const std::function<void(JobRecord&)>& change) {
  const std::lock_guard lock(mutex_);
  change(kept_.job);
}

bool LiveJob::is_saved() const {
  const std::lock_guard lock(mutex_);
  return saved_text_ == JobToText(kept_.job);
}

Status LiveJob::Save() { return Write().status(); }

Result<bool> LiveJob::Write() {
  const std::lock_guard one_at_a_time(saving_);
  constexpr int kTries = 3;  // against wishes to cancel, which are few
  for (int i = 0; i < kTries && !is_lost_; ++i) {
    KeptJob kept;
    {
      const std::lock_guard lock(mutex_);
      kept = kept_;
    }
    const std::string text = JobToText(kept.job);
    if (text == saved_text_) {
      return true;
    }
    const auto replaced = records_.Replace(kept);
    if (replaced.ok()) {
      const std::lock_guard lock(mutex_);
      kept_.version = replaced->version;
      saved_text_ = text;
      return true;
    }
    if (CodeOf(replaced.status()) != ErrorCode::kCommitConflict) {
      return replaced.status();
    }
    RETURN_NOT_OK(Adopt());
  }
  return false;  // the next time
}

Status LiveJob::Look() {
  const std::lock_guard one_at_a_time(saving_);
  return Adopt();
}

Status LiveJob::Adopt() {
  ARROW_ASSIGN_OR_RAISE(const auto found, records_.Find(id_));
  if (!found || found->job.server != records_.server()) {
    is_lost_ = true;
    Interrupt();
    return Status::OK();
  }
  {
    const std::lock_guard lock(mutex_);
    kept_.version = found->version;
  }
  if (found->job.cancel_is_asked) {
    Cancel();
  }
  return Status::OK();
}

void LiveJob::Interrupt() {
  const std::lock_guard lock(cancelling_);
  if (!is_cancelled_.exchange(true) && on_cancel_) {
    on_cancel_();
  }
}

void LiveJob::InterruptAgain() {
  const std::lock_guard lock(cancelling_);
  if (is_cancelled_ && on_cancel_) {
    on_cancel_();
  }
}

void LiveJob::Cancel() {
  Change([](JobRecord& job) { job.cancel_is_asked = true; });
  Interrupt();
}

void LiveJob::Begin() {
  const std::lock_guard lock(mutex_);
  begun_ = kept_.job;
}

void LiveJob::OnCancel(std::function<void()> call) {
  const std::lock_guard lock(cancelling_);
  on_cancel_ = std::move(call);
  if (is_cancelled_ && on_cancel_) {
    on_cancel_();
  }
}

Status LiveJob::Remember(Json memory) {
  Change([&](JobRecord& job) { job.memory = std::move(memory); });
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    ARROW_ASSIGN_OR_RAISE(const bool is_written, Write());
    if (is_written) {
      return Status::OK();
    }
    if (is_lost_) {
      return MakeError(ErrorCode::kUnavailable,
                       "Another server has taken the job over: " + id_);
    }
  }
  return MakeError(ErrorCode::kUnavailable,
                   "The job's record is changed by others all the time: " + id_);
}

void LiveJob::Report(const JobProgress& progress) {
  Change([&](JobRecord& job) { job.progress = progress; });
}

}  // namespace tarn::service::internal
