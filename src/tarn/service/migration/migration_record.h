// What became of migrations: a document for each, for audit and reports.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"

namespace tarn::catalog {
class DocumentStore;
}  // namespace tarn::catalog

namespace tarn::service {

/// Written when a migration has ended; one that is done again replaces its record.
/// Members: migration_id, job_id, owner, status ("success", "partial", "error"),
/// started_at and ended_at (milliseconds since the Unix epoch), duration_seconds,
/// request, rows_migrated, and tables and views: the reports of TableReportToJson.
/// Thread-safe, as the store is, which outlives it.
class MigrationRecords {
 public:
  explicit MigrationRecords(catalog::DocumentStore& documents) : documents_(documents) {}

  Status Put(const Json& record);
  /// unset if there is none.
  Result<std::optional<Json>> Find(const std::string& id);
  /// The newest first. `owner` empty: anybody's; `before` empty: from the newest.
  Result<std::vector<Json>> List(const std::string& owner, const std::string& before,
                                 size_t limit);

 private:
  catalog::DocumentStore& documents_;
};

}  // namespace tarn::service
