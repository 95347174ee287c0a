// The snapshot that a job has committed: what tells whether it did its work.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::service {

/// In the summary of each snapshot that a job commits.
inline constexpr char kJobIdProperty[] = "tarn.job-id";

struct JobSnapshot {
  catalog::LoadedTable table;
  iceberg::Snapshot snapshot;
};
/// The newest one of the job in the table whose summary has all of `properties`; unset if
/// there is none, or no such table. Errors: those of Catalog::LoadTable.
Result<std::optional<JobSnapshot>> FindJobSnapshot(
    catalog::Catalog& catalog, const iceberg::TableIdent& table,
    const std::string& job_id, const std::map<std::string, std::string>& properties = {});

/// A number of the snapshot's summary; 0 if it does not have it.
int64_t SummaryNumber(const iceberg::Snapshot& snapshot, const std::string& name);

}  // namespace tarn::service
