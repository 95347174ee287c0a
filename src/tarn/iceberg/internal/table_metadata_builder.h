// Applies updates one by one to a copy of a table's metadata; Finish checks the whole.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"

namespace tarn::iceberg::internal {

class TableMetadataBuilder {
 public:
  /// `base` outlives the builder.
  TableMetadataBuilder(const TableMetadata& base, std::chrono::milliseconds now)
      : base_(base), table_(base), now_(now) {}

  /// Errors: kInvalidArgument, kNotSupported; the builder must not be used afterwards.
  Status Apply(const TableUpdate& update);
  Result<std::shared_ptr<const TableMetadata>> Finish(
      const std::string& previous_location);

 private:
  // The table as a whole: table_metadata_builder.cc.
  Status On(const update::AssignUuid& update);
  Status On(const update::UpgradeFormatVersion& update);
  Status On(const update::SetLocation& update);
  Status On(const update::SetProperties& update);
  Status On(const update::RemoveProperties& update);
  // Schemas, specs, orders: metadata_shape.cc.
  Status On(const update::AddSchema& update);
  Status On(const update::SetCurrentSchema& update);
  Status On(const update::AddPartitionSpec& update);
  Status On(const update::SetDefaultSpec& update);
  Status On(const update::AddSortOrder& update);
  Status On(const update::SetDefaultSortOrder& update);
  Status On(const update::RemovePartitionSpecs& update);
  Status On(const update::RemoveSchemas& update);
  // Snapshots and what hangs on them: metadata_history.cc.
  Status On(const update::AddSnapshot& update);
  Status On(const update::SetSnapshotRef& update);
  Status On(const update::RemoveSnapshots& update);
  Status On(const update::RemoveSnapshotRef& update);
  // Statistics files and encryption keys: metadata_statistics.cc.
  Status On(const update::SetStatistics& update);
  Status On(const update::RemoveStatistics& update);
  Status On(const update::SetPartitionStatistics& update);
  Status On(const update::RemovePartitionStatistics& update);
  Status On(const update::AddEncryptionKey& update);
  Status On(const update::RemoveEncryptionKey& update);

  Status AssignPartitionFieldIds(PartitionSpec* spec);
  Status CheckPartitionFieldIds(const PartitionSpec& spec) const;
  /// The schema that new specs and orders refer to.
  Result<std::shared_ptr<const Schema>> SchemaForNewParts() const;

  // Parts of Finish.
  void FillInNewTable();
  Status CheckShape() const;
  Status CheckDefaults(const Schema& schema, const PartitionSpec& spec) const;
  Status CheckRefs() const;
  Status CheckEncryptionKeys() const;
  Status CheckEncryptionProperty() const;
  void UpdateSnapshotLog();
  void UpdateMetadataLog(const std::string& previous_location);

  const TableMetadata& base_;
  TableMetadata table_;
  std::chrono::milliseconds now_;
  std::chrono::milliseconds newest_snapshot_{0};  // of those added
  bool is_changed_ = false;
  bool are_keys_removed_ = false;
  std::optional<SchemaId> last_added_schema_ = {};
  std::optional<SpecId> last_added_spec_ = {};
  std::optional<SortOrderId> last_added_order_ = {};
  std::set<SnapshotId> added_snapshots_ = {};
};

Status InvalidUpdate(std::string message);

}  // namespace tarn::iceberg::internal
