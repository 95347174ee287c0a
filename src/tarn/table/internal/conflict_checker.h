// What others committed since a change was computed, and whether the change still holds
// (Java's validations in MergingSnapshotProducer).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/table/context.h"
#include "tarn/table/internal/partition_set.h"
#include "tarn/table/internal/row_filter.h"
#include "tarn/table/write.h"

namespace tarn::table::internal {

/// Thread-compatible. `context` and `request` outlive it.
class ConflictChecker {
 public:
  ConflictChecker(const Context& context, const WriteRequest& request)
      : context_(context), request_(request) {}

  /// Errors: kCommitConflict if a snapshot between the request's base and `head`
  /// (nullptr: none) keeps the request from being applied. `removed_data` are the data
  /// files it would take away.
  Status Check(const iceberg::TableMetadata& table, const iceberg::Snapshot* head,
               const std::vector<iceberg::DataFile>& removed_data);

 private:
  using Snapshots = std::vector<const iceberg::Snapshot*>;
  using EntryCheck = std::function<Status(const iceberg::ManifestEntry&)>;
  struct Targets;

  Result<Snapshots> SnapshotsSinceBase(const iceberg::TableMetadata& table,
                                       const iceberg::Snapshot* head) const;
  Status CheckDeletesOf(const std::vector<iceberg::DataFile>& removed_data);
  bool StaysInReach(const iceberg::DataFile& delete_file,
                    const std::vector<iceberg::DataFile>& removed_data) const;
  Status ChooseRange();
  Status CheckRange();
  Status CheckReadRows();
  Result<bool> IsInRange(const iceberg::DataFile& file) const;
  /// Calls `check` for each entry of `content` and `status` that one of `snapshots` made.
  Status ForEachChange(const Snapshots& snapshots, iceberg::ManifestContent content,
                       iceberg::EntryStatus status, const EntryCheck& check);
  Result<const std::vector<iceberg::ManifestFile>*> ManifestsMadeBy(
      const iceberg::Snapshot& snapshot);
  bool TakesAwayByRule() const;

  const Context& context_;
  const WriteRequest& request_;
  const iceberg::TableMetadata* table_ = nullptr;  // of the Check() under way
  Snapshots since_;                                // newest first
  Snapshots changing_;                             // those of `since_` that change rows
  std::optional<RowFilter> read_rows_;
  std::optional<PartitionSet> replaced_partitions_;
  std::map<int64_t, std::vector<iceberg::ManifestFile>> made_;  // by snapshot id
};

}  // namespace tarn::table::internal
