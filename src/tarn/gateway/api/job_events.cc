#include "tarn/gateway/api/job_events.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::gateway {
namespace {

using service::JobRecord;
using service::JobState;
using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

/// How many of the newest jobs a stream of all looks through for new ones.
constexpr size_t kNewestJobs = 200;
constexpr milliseconds kLookAtAll(1'000);
constexpr milliseconds kStopPoll(250);

/// Differs when the job does.
std::string TagOf(const JobRecord& job) {
  return fmt::format("{:016x}", std::hash<std::string>()(service::JobToText(job)));
}

std::string EventText(const JobView& view, const std::string& id, const JobRecord& job,
                      milliseconds now) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", id,
                     service::HasEnded(job.state) ? "ended" : "progress",
                     DumpJson(view.Show(job, now)));
}

net::HttpResponse StreamOf(std::function<Status(net::HttpBodyWriter&)> stream) {
  net::HttpResponse response{.stream = std::move(stream)};
  response.headers.Set("Content-Type", "text/event-stream");
  response.headers.Set("Cache-Control", "no-store");
  response.headers.Set("X-Accel-Buffering", "no");  // proxies pass events on at once
  return response;
}

/// A comment now and then.
class Heartbeat {
 public:
  explicit Heartbeat(milliseconds interval) : interval_(interval) {}
  Status Beat(net::HttpBodyWriter& out) {
    if (Steady::now() - last_ < interval_) {
      return Status::OK();
    }
    return Write(out, ": still there\n\n");
  }
  Status Write(net::HttpBodyWriter& out, std::string_view text) {
    last_ = Steady::now();
    return out.Write(text);
  }

 private:
  const milliseconds interval_;
  Steady::time_point last_ = Steady::now();
};

}  // namespace

/// One of the streams that there may be.
class JobEvents::Place {
 public:
  explicit Place(std::shared_ptr<JobEvents> events) : events_(std::move(events)) {}
  ~Place() { --events_->num_watchers_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  JobEvents& events() const { return *events_; }

 private:
  const std::shared_ptr<JobEvents> events_;
};

Result<std::shared_ptr<JobEvents::Place>> JobEvents::TakePlace() {
  if (++num_watchers_ > options_.watchers_max) {
    --num_watchers_;
    return MakeError(ErrorCode::kResourceLimit,
                     fmt::format("There are {} streams of events already; ask for "
                                 "/api/v1/jobs/{{id}} now and then instead",
                                 options_.watchers_max));
  }
  return std::make_shared<Place>(shared_from_this());
}

Result<net::HttpResponse> JobEvents::OfJob(const JobRecord& job,
                                           const std::string& last_event_id) {
  if (service::HasEnded(job.state) && last_event_id == TagOf(job)) {
    return net::HttpResponse{.status = 204};
  }
  ARROW_ASSIGN_OR_RAISE(auto place, TakePlace());
  return StreamOf([place, job, last_event_id](net::HttpBodyWriter& out) {
    return place->events().TellOne(job, last_event_id, out);
  });
}

Status JobEvents::TellOne(JobRecord job, std::string told, net::HttpBodyWriter& out) {
  Heartbeat heartbeat(options_.heartbeat);
  for (;;) {
    if (const std::string tag = TagOf(job); tag != told) {
      told = tag;
      RETURN_NOT_OK(heartbeat.Write(
          out, EventText(*options_.view, tag, job, options_.clock.Now())));
    }
    const auto told_at = Steady::now();
    if (service::HasEnded(job.state) || stops_) {
      return Status::OK();
    }
    RETURN_NOT_OK(heartbeat.Beat(out));
    ARROW_ASSIGN_OR_RAISE(job, options_.jobs.WaitForChange(job, kStopPoll));
    const auto left = options_.interval - (Steady::now() - told_at);
    if (!service::HasEnded(job.state) && left > milliseconds(0)) {
      std::this_thread::sleep_for(std::min<Steady::duration>(left, kStopPoll));
      ARROW_ASSIGN_OR_RAISE(const auto newer, options_.jobs.Find(job.id));
      job = newer.value_or(std::move(job));
    }
  }
}

Result<net::HttpResponse> JobEvents::OfAll(const std::string& owner,
                                           const std::string& last_event_id) {
  ARROW_ASSIGN_OR_RAISE(auto place, TakePlace());
  return StreamOf([place, owner, last_event_id](net::HttpBodyWriter& out) {
    return place->events().TellAll(owner, last_event_id, out);
  });
}

/// Ids are times: what ended before one has been told.
Status JobEvents::TellAll(const std::string& owner, const std::string& last_event_id,
                          net::HttpBodyWriter& out) {
  Heartbeat heartbeat(options_.heartbeat);
  int64_t since = options_.clock.Now().count();
  std::from_chars(last_event_id.data(), last_event_id.data() + last_event_id.size(),
                  since);
  std::map<std::string, std::string> told;  // tags, of those that had not ended
  while (!stops_) {
    std::string text;
    ARROW_ASSIGN_OR_RAISE(auto jobs,
                          options_.jobs.List({.owner = owner, .limit = kNewestJobs}));
    for (const auto& [id, tag] : told) {  // older ones that went on meanwhile
      if (std::ranges::find(jobs, id, &JobRecord::id) == jobs.end()) {
        ARROW_ASSIGN_OR_RAISE(const auto job, options_.jobs.Find(id));
        if (job) {
          jobs.push_back(*job);
        }
      }
    }
    const milliseconds now = options_.clock.Now();
    for (const JobRecord& job : jobs) {
      const bool has_ended = service::HasEnded(job.state);
      const auto known = told.find(job.id);
      if (has_ended && known == told.end() &&
          job.ended_at.value_or(milliseconds(0)).count() < since) {
        continue;
      }
      if (const std::string tag = TagOf(job);
          known == told.end() || known->second != tag) {
        told[job.id] = tag;
        text += EventText(*options_.view, std::to_string(now.count()), job, now);
      }
    }
    RETURN_NOT_OK(text.empty() ? heartbeat.Beat(out) : heartbeat.Write(out, text));
    for (auto slept = milliseconds(0); slept < kLookAtAll && !stops_;
         slept += kStopPoll) {
      std::this_thread::sleep_for(kStopPoll);
    }
  }
  return Status::OK();
}

}  // namespace tarn::gateway
