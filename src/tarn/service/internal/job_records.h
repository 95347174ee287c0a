// Records of jobs in the store, each with the version it was read at.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/document_store.h"
#include "tarn/service/job.h"

namespace tarn::service::internal {

struct KeptJob {
  JobRecord job;
  int64_t version = 0;
};

/// Thread-safe, as the store. Errors of all: those of the store; kInvalidData.
class JobRecords {
 public:
  JobRecords(catalog::DocumentStore& documents, std::string server)
      : documents_(documents), server_(std::move(server)) {}

  const std::string& server() const { return server_; }

  Result<KeptJob> Create(const JobRecord& job);
  Result<std::optional<KeptJob>> Find(const std::string& id);
  Result<std::vector<KeptJob>> List(const catalog::DocumentQuery& query);
  /// Errors: kCommitConflict if it was changed since `version`, or is gone.
  Result<KeptJob> Replace(const KeptJob& kept);
  /// Forgets those that ended before `before`.
  Status Prune(std::chrono::milliseconds before);

  /// Says that this server lives.
  Status Beat();
  /// Says that it does not any more.
  Status RemoveBeat();
  /// When `server` last said so; unset if never, or if it has ended.
  Result<std::optional<std::chrono::milliseconds>> BeatOf(const std::string& server);

 private:
  catalog::DocumentStore& documents_;
  const std::string server_;
};

}  // namespace tarn::service::internal
