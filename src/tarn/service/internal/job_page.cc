#include "tarn/service/internal/job_page.h"

#include <functional>
#include <map>
#include <utility>

namespace tarn::service::internal {

std::vector<JobRecord> PageAsItIs(const std::vector<KeptJob>& kept,
                                  const std::vector<std::shared_ptr<LiveJob>>& live,
                                  const JobQuery& query, const std::string& before,
                                  const std::string& end) {
  std::map<std::string, JobRecord, std::greater<>> jobs;
  for (const KeptJob& one : kept) {
    jobs.emplace(one.job.id, one.job);
  }
  for (const auto& one : live) {
    const JobRecord job = one->record();
    const bool is_between = (before.empty() || job.id < before) && job.id >= end;
    const bool is_owners = query.owner.empty() || job.owner == query.owner;
    if (jobs.contains(job.id) || (query.state && is_between && is_owners)) {
      jobs.insert_or_assign(job.id, job);
    }
  }
  std::vector<JobRecord> page;
  for (auto& [id, job] : jobs) {
    if (!query.state || job.state == *query.state) {
      page.push_back(std::move(job));
    }
  }
  return page;
}

}  // namespace tarn::service::internal
