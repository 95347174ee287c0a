// Jobs that move tables and that check them.
#pragma once

#include <functional>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/job_manager.h"
#include "tarn/service/lake.h"

namespace tarn::catalog {
class DocumentStore;
}  // namespace tarn::catalog

namespace tarn::service {

inline constexpr char kMigrateJob[] = "migrate";           // one table
inline constexpr char kMigrateBulkJob[] = "migrate_bulk";  // several
inline constexpr char kValidateJob[] = "validate";

/// Requests are those of the data service's calls (docs/user/migration.md), with
/// "reaches_server" beside: whether their SQL may reach files of the server. The record
/// of a migration goes to `records`' collection "migration", under the job's id. A job
/// that is done again takes up what an attempt before has committed. All outlive the
/// kinds.
JobKind MakeMigrateKind(const Lake& lake, catalog::DocumentStore& records);
JobKind MakeMigrateBulkKind(const Lake& lake, catalog::DocumentStore& records);
JobKind MakeValidateKind(const Lake& lake);

/// Checks a request as its job would read it. Errors: kInvalidArgument.
Status CheckMigrationRequest(const Json& request, const std::string& kind);

/// The same work without a job: for a command.
struct MigrationCommand {
  const Lake& lake;
  catalog::DocumentStore& records;
  std::string owner;
  std::function<bool()> cancelled = {};
  std::function<void(const JobProgress&)> progress = {};
};
/// What the job of `kind` would give for `request`. Errors: those of the job.
Result<Json> RunMigrationCommand(const MigrationCommand& command, const std::string& kind,
                                 const Json& request, const Json& secrets);

}  // namespace tarn::service
