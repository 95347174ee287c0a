// A page of a list of jobs: records, and what this server knows better.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tarn/service/internal/job_records.h"
#include "tarn/service/internal/live_job.h"
#include "tarn/service/job_manager.h"

namespace tarn::service::internal {

/// The jobs of `kept`, records in the order of their ids from before `before` (empty:
/// all) down to `end` (empty: the last one), as they are now: `live` are this server's,
/// which may be further than their records. The newest first.
std::vector<JobRecord> PageAsItIs(const std::vector<KeptJob>& kept,
                                  const std::vector<std::shared_ptr<LiveJob>>& live,
                                  const JobQuery& query, const std::string& before,
                                  const std::string& end);

}  // namespace tarn::service::internal
