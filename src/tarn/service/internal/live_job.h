// A job that this server queues or runs.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "tarn/service/internal/job_records.h"
#include "tarn/service/job_manager.h"

namespace tarn::service::internal {

/// Thread-safe.
class LiveJob : public JobContext {
 public:
  /// `records` outlives it.
  LiveJob(KeptJob kept, JobRecords& records, Json secrets = nullptr)
      : records_(records),
        id_(kept.job.id),
        owner_(kept.job.owner),
        secrets_(std::move(secrets)),
        kept_(std::move(kept)) {}

  const std::string& id() const { return id_; }
  const std::string& owner() const { return owner_; }
  JobRecord record() const;
  /// Changes the record.
  void Change(const std::function<void(JobRecord&)>& change);

  /// Writes it down if it has changed since. OK without doing so if it was lost. A wish
  /// to cancel that another server wrote down is taken over. Errors: those of the store.
  Status Save();
  /// Whether another server wants something of it. Errors: those of the store.
  Status Look();
  /// Another server has taken it: whatever happens here must not be written down.
  bool is_lost() const { return is_lost_; }
  bool is_saved() const;

  /// The run shall end. Once is enough.
  void Interrupt();
  /// Calls what OnCancel() set once more if it is cancelled: what is to end may not have
  /// begun the first time.
  void InterruptAgain();
  /// Somebody wants it to end.
  void Cancel();

  // Of the run:
  void Begin();  // an attempt: job() is the record of now
  const JobRecord& job() const override { return begun_; }
  const Json& secrets() const override { return secrets_; }
  bool cancelled() const override { return is_cancelled_; }
  void OnCancel(std::function<void()> call) override;
  Status Remember(Json memory) override;
  void Report(const JobProgress& progress) override;

 private:
  /// Save(); false if it could not be written this time, or never will (is_lost).
  Result<bool> Write();
  /// Goes on from what the store has, which somebody else may have written.
  Status Adopt();

  JobRecords& records_;
  const std::string id_;
  const std::string owner_;
  const Json secrets_;
  JobRecord begun_;
  std::atomic<bool> is_cancelled_ = false;
  std::atomic<bool> is_lost_ = false;

  std::mutex cancelling_;
  std::function<void()> on_cancel_;  // guarded by cancelling_

  std::mutex saving_;  // one at a time; taken before mutex_
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  KeptJob kept_;
  std::string saved_text_;
};

}  // namespace tarn::service::internal
