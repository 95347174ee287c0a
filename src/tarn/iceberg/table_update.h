// Requirements and updates, the language of commits (REST spec: TableRequirement,
// TableUpdate), used in process as well as over HTTP.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::iceberg {

namespace require {
struct AssertCreate {};
struct AssertTableUuid {
  std::string uuid;
};
/// `snapshot_id` unset: the ref must not exist.
struct AssertRefSnapshotId {
  std::string ref;
  std::optional<SnapshotId> snapshot_id;
};
struct AssertLastAssignedFieldId {
  FieldId id;
};
struct AssertCurrentSchemaId {
  SchemaId id;
};
struct AssertLastAssignedPartitionId {
  FieldId id;
};
struct AssertDefaultSpecId {
  SpecId id;
};
struct AssertDefaultSortOrderId {
  SortOrderId id;
};
}  // namespace require
using TableRequirement =
    std::variant<require::AssertCreate, require::AssertTableUuid,
                 require::AssertRefSnapshotId, require::AssertLastAssignedFieldId,
                 require::AssertCurrentSchemaId, require::AssertLastAssignedPartitionId,
                 require::AssertDefaultSpecId, require::AssertDefaultSortOrderId>;

namespace update {
struct AssignUuid {
  std::string uuid;
};
struct UpgradeFormatVersion {
  int32_t version;
};
struct AddSchema {
  std::shared_ptr<const Schema> schema;
};
/// -1 means the schema added last in the same commit.
struct SetCurrentSchema {
  SchemaId id;
};
struct AddPartitionSpec {
  PartitionSpec spec;
};
struct SetDefaultSpec {
  SpecId id;
};  // -1: the one added last
struct AddSortOrder {
  SortOrder order;
};
struct SetDefaultSortOrder {
  SortOrderId id;
};  // -1: the one added last
struct AddSnapshot {
  Snapshot snapshot;
};
struct SetSnapshotRef {
  std::string name;
  SnapshotRef ref;
};
struct RemoveSnapshots {
  std::vector<SnapshotId> ids;
};
struct RemoveSnapshotRef {
  std::string name;
};
struct SetLocation {
  std::string location;
};
struct SetProperties {
  std::map<std::string, std::string> updates;
};
struct RemoveProperties {
  std::vector<std::string> keys;
};
/// Replaces what the file's snapshot had.
struct SetStatistics {
  StatisticsFile file;
};
struct RemoveStatistics {
  SnapshotId snapshot_id;
};
struct SetPartitionStatistics {
  PartitionStatisticsFile file;
};
struct RemovePartitionStatistics {
  SnapshotId snapshot_id;
};
struct RemovePartitionSpecs {
  std::vector<SpecId> ids;
};
struct RemoveSchemas {
  std::vector<SchemaId> ids;
};
struct AddEncryptionKey {
  EncryptedKey key;
};
struct RemoveEncryptionKey {
  std::string key_id;
};
}  // namespace update
using TableUpdate = std::variant<
    update::AssignUuid, update::UpgradeFormatVersion, update::AddSchema,
    update::SetCurrentSchema, update::AddPartitionSpec, update::SetDefaultSpec,
    update::AddSortOrder, update::SetDefaultSortOrder, update::AddSnapshot,
    update::SetSnapshotRef, update::RemoveSnapshots, update::RemoveSnapshotRef,
    update::SetLocation, update::SetProperties, update::RemoveProperties,
    update::SetStatistics, update::RemoveStatistics, update::SetPartitionStatistics,
    update::RemovePartitionStatistics, update::RemovePartitionSpecs,
    update::RemoveSchemas, update::AddEncryptionKey, update::RemoveEncryptionKey>;

/// Checks `requirements` against the table as it is (nullptr: it does not exist).
/// Errors: kCommitConflict, with the value found and the value required; kAlreadyExists
/// for AssertCreate.
Status CheckRequirements(const std::vector<TableRequirement>& requirements,
                         const TableMetadata* base);

/// The table after `updates`. `previous_location` is where `base` was read from: it
/// enters the metadata log, once if several commits make one file out of it, and the log
/// is trimmed to write.metadata.previous-versions-max (100). `now` becomes
/// last-updated-ms unless a snapshot added is newer. Errors: kInvalidArgument (an update
/// that makes no valid table); kCommitConflict for a snapshot whose sequence number or
/// first row id the table has passed meanwhile.
Result<std::shared_ptr<const TableMetadata>> ApplyUpdates(
    const TableMetadata& base, const std::string& previous_location,
    const std::vector<TableUpdate>& updates, std::chrono::milliseconds now);

nlohmann::json TableUpdateToJson(const TableUpdate& update);
Result<TableUpdate> TableUpdateFromJson(const nlohmann::json& json);
nlohmann::json TableRequirementToJson(const TableRequirement& requirement);
Result<TableRequirement> TableRequirementFromJson(const nlohmann::json& json);

}  // namespace tarn::iceberg
