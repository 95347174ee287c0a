#include "tarn/service/internal/job_records.h"

#include <utility>

namespace tarn::service::internal {
namespace {

using catalog::Document;

constexpr char kJobs[] = "job";
constexpr char kServers[] = "server";

Document DocumentOf(const JobRecord& job) {
  return {.collection = kJobs,
          .id = job.id,
          .owner = job.owner,
          .state = std::string(JobStateName(job.state)),
          .text = JobToText(job)};
}

Result<KeptJob> KeptJobOf(const Document& document) {
  auto job = JobFromText(document.text);
  if (!job.ok()) {
    return WithContext("Job " + document.id + " in the store: ", job.status());
  }
  return KeptJob{.job = *std::move(job), .version = document.version};
}

}  // namespace

Result<KeptJob> JobRecords::Create(const JobRecord& job) {
  ARROW_ASSIGN_OR_RAISE(const Document made, documents_.Create(DocumentOf(job)));
  return KeptJob{.job = job, .version = made.version};
}

Result<std::optional<KeptJob>> JobRecords::Find(const std::string& id) {
  ARROW_ASSIGN_OR_RAISE(const auto found, documents_.Find(kJobs, id));
  if (!found) {
    return std::optional<KeptJob>();
  }
  ARROW_ASSIGN_OR_RAISE(KeptJob kept, KeptJobOf(*found));
  return std::optional(std::move(kept));
}

Result<std::vector<KeptJob>> JobRecords::List(const catalog::DocumentQuery& query) {
  ARROW_ASSIGN_OR_RAISE(const auto documents, documents_.List(kJobs, query));
  std::vector<KeptJob> jobs;
  jobs.reserve(documents.size());
  for (const Document& document : documents) {
    ARROW_ASSIGN_OR_RAISE(jobs.emplace_back(), KeptJobOf(document));
  }
  return jobs;
}

Result<KeptJob> JobRecords::Replace(const KeptJob& kept) {
  Document document = DocumentOf(kept.job);
  document.version = kept.version;
  ARROW_ASSIGN_OR_RAISE(const Document next, documents_.Replace(std::move(document)));
  return KeptJob{.job = kept.job, .version = next.version};
}

Status JobRecords::Prune(std::chrono::milliseconds before) {
  for (const JobState state :
       {JobState::kSucceeded, JobState::kFailed, JobState::kCancelled}) {
    RETURN_NOT_OK(
        documents_.Prune(kJobs, std::string(JobStateName(state)), before).status());
  }
  return Status::OK();
}

Status JobRecords::Beat() {
  ARROW_ASSIGN_OR_RAISE(const auto found, documents_.Find(kServers, server_));
  const Status beaten =
      found ? documents_.Replace(*found).status()
            : documents_.Create({.collection = kServers, .id = server_}).status();
  if (beaten.ok()) {
    return beaten;
  }
  const ErrorCode code = CodeOf(beaten);
  const bool was_another_thread =
      code == ErrorCode::kCommitConflict || code == ErrorCode::kAlreadyExists;
  return was_another_thread ? Status::OK() : beaten;
}

Status JobRecords::RemoveBeat() { return documents_.Remove(kServers, server_); }

Result<std::optional<std::chrono::milliseconds>> JobRecords::BeatOf(
    const std::string& server) {
  ARROW_ASSIGN_OR_RAISE(const auto found, documents_.Find(kServers, server));
  return found ? std::optional(found->updated_at) : std::nullopt;
}

}  // namespace tarn::service::internal
