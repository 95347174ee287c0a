#include "tarn/service/work/job_snapshot.h"

#include <algorithm>
#include <charconv>

#include "tarn/base/error.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::service {

Result<std::optional<JobSnapshot>> FindJobSnapshot(
    catalog::Catalog& catalog, const iceberg::TableIdent& table,
    const std::string& job_id, const std::map<std::string, std::string>& properties) {
  const Result<catalog::LoadedTable> loaded = catalog.LoadTable(table);
  if (!loaded.ok()) {
    const ErrorCode code = CodeOf(loaded.status());
    if (code == ErrorCode::kNoSuchTable || code == ErrorCode::kNoSuchNamespace) {
      return std::optional<JobSnapshot>();
    }
    return loaded.status();
  }
  const auto& snapshots = loaded->metadata->snapshots;
  for (auto snapshot = snapshots.rbegin(); snapshot != snapshots.rend(); ++snapshot) {
    const auto has = [&](const std::string& name, const std::string& value) {
      const auto found = snapshot->summary.find(name);
      return found != snapshot->summary.end() && found->second == value;
    };
    const bool has_all = std::ranges::all_of(
        properties, [&](const auto& pair) { return has(pair.first, pair.second); });
    if (has_all && has(kJobIdProperty, job_id)) {
      return std::optional(JobSnapshot{.table = *loaded, .snapshot = *snapshot});
    }
  }
  return std::optional<JobSnapshot>();
}

int64_t SummaryNumber(const iceberg::Snapshot& snapshot, const std::string& name) {
  const auto found = snapshot.summary.find(name);
  int64_t number = 0;
  if (found != snapshot.summary.end()) {
    const std::string& text = found->second;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    number = parsed.ec == std::errc() ? number : 0;
  }
  return number;
}

}  // namespace tarn::service
