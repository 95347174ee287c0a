#include "tarn/service/internal/takeover.h"

#include <utility>

#include "tarn/base/logging.h"
#include "tarn/service/internal/server_identity.h"

namespace tarn::service::internal {
namespace {

constexpr size_t kPage = 500;

}  // namespace

Result<std::vector<KeptJob>> Takeover::TakeAll(
    const std::function<bool(const JobRecord&)>& is_wanted) {
  std::vector<KeptJob> taken;
  for (const JobState state : {JobState::kQueued, JobState::kRunning}) {
    catalog::DocumentQuery query{.state = std::string(JobStateName(state)),
                                 .limit = kPage};
    for (bool has_more = true; has_more;) {
      ARROW_ASSIGN_OR_RAISE(auto page, records_.List(query));
      has_more = page.size() == kPage;
      for (KeptJob& kept : page) {
        query.before = kept.job.id;
        if (kept.job.server != records_.server() && is_wanted(kept.job)) {
          RETURN_NOT_OK(Take(std::move(kept), &taken));
        }
      }
    }
  }
  return taken;
}

Status Takeover::Take(KeptJob kept, std::vector<KeptJob>* taken) {
  if (!kept.job.server.empty()) {
    ARROW_ASSIGN_OR_RAISE(const bool is_dead, IsDead(kept.job.server));
    if (!is_dead) {
      return Status::OK();
    }
    LogInfo("A job is taken over from a server that has died", {{"job", kept.job.id}});
  }
  RETURN_NOT_OK(records_.Beat());  // so that others leave it to us
  kept.job.state = JobState::kQueued;
  kept.job.server = records_.server();
  if (kept.job.cancel_is_asked) {
    kept.job.state = JobState::kCancelled;
    kept.job.ended_at = clock_.Now();
  }
  auto replaced = records_.Replace(kept);
  if (!replaced.ok()) {
    const bool was_faster = CodeOf(replaced.status()) == ErrorCode::kCommitConflict;
    return was_faster ? Status::OK() : replaced.status();
  }
  if (!HasEnded(replaced->job.state)) {
    taken->push_back(*std::move(replaced));
  }
  return Status::OK();
}

Result<bool> Takeover::IsDead(const std::string& server) {
  if (const auto lives = LivesHere(server)) {
    return !*lives;
  }
  ARROW_ASSIGN_OR_RAISE(const auto beat, records_.BeatOf(server));
  return !beat || *beat + lease_ < clock_.Now();
}

}  // namespace tarn::service::internal
