// Jobs whose servers have died.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/service/internal/job_records.h"

namespace tarn::service::internal {

class Takeover {
 public:
  /// What is given outlives it. A server of another machine that was not heard of for
  /// `lease` is dead.
  Takeover(JobRecords& records, Clock& clock, std::chrono::milliseconds lease)
      : records_(records), clock_(clock), lease_(lease) {}

  /// Jobs that nobody runs any more, those that `is_wanted`: they are ours now, and
  /// queued. Those that were to be cancelled are. Errors: those of the store.
  Result<std::vector<KeptJob>> TakeAll(
      const std::function<bool(const JobRecord&)>& is_wanted);

 private:
  Status Take(KeptJob kept, std::vector<KeptJob>* taken);
  Result<bool> IsDead(const std::string& server);

  JobRecords& records_;
  Clock& clock_;
  const std::chrono::milliseconds lease_;
};

}  // namespace tarn::service::internal
