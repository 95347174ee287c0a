// Server-sent events of jobs: `progress` while they change, `ended` at their end, a
// comment now and then so that nobody takes the line for dead.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/gateway/api/job_json.h"
#include "tarn/net/http_message.h"
#include "tarn/service/job_manager.h"

namespace tarn::gateway {

struct JobEventsOptions {
  service::JobManager& jobs;
  std::shared_ptr<const JobView> view;
  Clock& clock;
  size_t watchers_max = 24;
  std::chrono::milliseconds heartbeat{15'000};
  /// At most so often for one job.
  std::chrono::milliseconds interval{500};
};

/// Thread-safe. Outlived by its streams only as far as they share it.
class JobEvents : public std::enable_shared_from_this<JobEvents> {
 public:
  explicit JobEvents(const JobEventsOptions& options) : options_(options) {}

  /// Ends with the job; 204 if `last_event_id` is that of its end, which browsers take as
  /// the wish not to come again. Errors: kResourceLimit if too many watch already.
  Result<net::HttpResponse> OfJob(const service::JobRecord& job,
                                  const std::string& last_event_id);
  /// Of all of `owner`'s jobs (empty: everybody's): those that are not done, and what
  /// becomes of them and of new ones; with a `last_event_id`, also those that ended
  /// since. Errors: as OfJob.
  Result<net::HttpResponse> OfAll(const std::string& owner,
                                  const std::string& last_event_id);
  /// All streams end.
  void Stop() { stops_ = true; }

 private:
  class Place;
  Result<std::shared_ptr<Place>> TakePlace();
  Status TellOne(service::JobRecord job, std::string told, net::HttpBodyWriter& out);
  Status TellAll(const std::string& owner, const std::string& last_event_id,
                 net::HttpBodyWriter& out);

  const JobEventsOptions options_;
  std::atomic<size_t> num_watchers_ = 0;
  std::atomic<bool> stops_ = false;
};

}  // namespace tarn::gateway
