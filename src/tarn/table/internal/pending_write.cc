#include "tarn/table/internal/pending_write.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/request_checks.h"

namespace tarn::table::internal {
namespace {

using iceberg::Field;
using iceberg::FieldId;
using iceberg::Schema;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;
using iceberg::TableRequirement;
using iceberg::TableUpdate;
namespace require = iceberg::require;
namespace update = iceberg::update;

/// Where `branch` is; main's head for a branch that does not exist yet. nullptr: nowhere.
const Snapshot* HeadOf(const TableMetadata& table, const std::string& branch) {
  const auto ref = table.refs.find(branch);
  return ref != table.refs.end() ? table.FindSnapshot(ref->second.snapshot_id)
                                 : table.current_snapshot();
}

/// What a commit to `branch` requires it to be at; unset: it must not exist.
std::optional<SnapshotId> RefOf(const TableMetadata& table, const std::string& branch) {
  const auto ref = table.refs.find(branch);
  if (ref != table.refs.end()) {
    return ref->second.snapshot_id;
  }
  return branch == iceberg::kMainBranch ? table.current_snapshot_id : std::nullopt;
}

void CollectIds(const std::vector<Field>& fields, std::vector<FieldId>* ids) {
  for (const Field& field : fields) {
    ids->push_back(field.id);
    CollectIds(field.type.fields(), ids);
  }
}

/// True if every schema of `table` that has column `id` means the same by it as `schema`
/// does.
bool MeansTheSame(const TableMetadata& table, const Schema& schema, FieldId id) {
  bool is_known = false;
  for (const auto& old_schema : table.schemas) {
    const Field* old_field = old_schema->FindById(id);
    if (old_field == nullptr) {
      continue;
    }
    is_known = true;
    const Field* field = schema.FindById(id);
    const bool same_type = field->type.is_nested()
                               ? old_field->type.id() == field->type.id()
                               : old_field->type == field->type;
    if (old_schema->NameOf(id) != schema.NameOf(id) || !same_type) {
      return false;
    }
  }
  return is_known || id > table.last_column_id;
}

bool SameSpec(const iceberg::PartitionSpec* left, const iceberg::PartitionSpec& right) {
  return left != nullptr && *left == right;
}

}  // namespace

RetryPolicy PendingWrite::retry_policy() const {
  return RetryPolicyFor(base_ == nullptr ? std::map<std::string, std::string>()
                                         : base_->properties);
}

bool PendingWrite::MayMakeSnapshot() const {
  if (!request_.files.empty() || !request_.delete_files.empty() ||
      !request_.removed_files.empty() || request_.removed_rows.has_value()) {
    return true;
  }
  return request_.mode == WriteMode::kOverwrite && HeadOf(base(), request_.branch);
}

/// An attempt can land no more once another commit took its sequence number or moved the
/// branch that it requires. But a catalog may move an append that it still has in hand.
bool PendingWrite::HasMovedOn(const TableMetadata& before) const {
  if (is_append_) {
    return false;
  }
  const bool took_number = before.format_version >= 2 &&
                           base().last_sequence_number > before.last_sequence_number;
  return took_number || (!request_.stage_only && RefOf(before, request_.branch) !=
                                                     RefOf(base(), request_.branch));
}

/// The catalog checks requirements only, and no conflicts: it may move what has none.
catalog::Rebase PendingWrite::MayBeMoved() const {
  const bool appends =
      request_.mode == WriteMode::kAppend || request_.mode == WriteMode::kFastAppend;
  const bool depends_on_rows = request_.checks.isolation != Isolation::kNone ||
                               request_.checks.base.has_value() ||
                               request_.picked_from.has_value() ||
                               request_.summary.contains("source-snapshot-id") ||
                               request_.summary.contains("published-wap-id");
  return appends && !depends_on_rows ? catalog::Rebase::kAlways : catalog::Rebase::kNever;
}

Status PendingWrite::Refresh() {
  has_landed_ = has_changed_ = head_has_moved_ = false;
  commit_.reset();
  return request_.create != nullptr ? RefreshNewTable() : RefreshExistingTable();
}

Status PendingWrite::RefreshNewTable() {
  base_ = request_.create;
  if (!was_staged_) {
    return Status::OK();
  }
  Result<catalog::LoadedTable> loaded = context_.catalog.LoadTable(request_.ident);
  if (!loaded.ok()) {
    const bool is_missing = CodeOf(loaded.status()) == ErrorCode::kNoSuchTable;
    return is_missing ? Status::OK() : loaded.status();
  }
  const TableMetadata& found = *loaded->metadata;
  has_landed_ = found.table_uuid == request_.create->table_uuid &&
                (!snapshot_id_ || found.FindSnapshot(*snapshot_id_) != nullptr);
  if (has_landed_) {
    loaded_ = std::move(loaded).ValueUnsafe();
    return Status::OK();
  }
  head_has_moved_ = true;
  return MakeError(
      ErrorCode::kAlreadyExists,
      "Table already exists, another writer made it first: " + request_.ident.ToString());
}

Status PendingWrite::RefreshExistingTable() {
  ARROW_ASSIGN_OR_RAISE(catalog::LoadedTable loaded,
                        context_.catalog.LoadTable(request_.ident));
  const std::shared_ptr<const TableMetadata> before =
      std::exchange(base_, loaded.metadata);
  has_changed_ = loaded_ && loaded_->metadata_location != loaded.metadata_location;
  loaded_ = std::move(loaded);
  if (before == nullptr) {
    table_uuid_ = base().table_uuid;
    return Status::OK();
  }
  has_landed_ =
      was_staged_ && snapshot_id_ && base().FindSnapshot(*snapshot_id_) != nullptr;
  if (has_landed_) {
    return Status::OK();
  }
  const bool is_other_table = base().table_uuid != table_uuid_;
  head_has_moved_ = is_other_table || HasMovedOn(*before);
  if (!is_other_table) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "Table was dropped and made anew while it was written to; run the "
                   "statement again: " +
                       request_.ident.ToString());
}

Status PendingWrite::CheckSchema() const {
  if (!request_.schema_id || *request_.schema_id == base().current_schema_id) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "The schema of " + request_.ident.ToString() +
                       " was changed while rows were written for schema " +
                       std::to_string(request_.schema_id->value) +
                       "; run the statement again, it is now " +
                       std::to_string(base().current_schema_id.value));
}

/// The files were written with the replacement's column ids, so these must not mean
/// something else in the table, whose old snapshots stay readable.
Status PendingWrite::CheckReplacement() const {
  const Schema& schema = request_.replace->schema();
  std::vector<FieldId> ids;
  CollectIds(schema.fields(), &ids);
  for (const FieldId id : ids) {
    if (MeansTheSame(base(), schema, id)) {
      continue;
    }
    const std::string what = "Cannot replace " + request_.ident.ToString() +
                             ": column id " + std::to_string(id) + " of " +
                             schema.NameOf(id) + " is taken by another column";
    // Ids chosen for this very table can clash only because it has changed since.
    const bool is_stale = request_.replace->table_uuid == base().table_uuid;
    if (is_stale) {
      return MakeError(ErrorCode::kCommitConflict,
                       what + " that was added meanwhile; run the statement again");
    }
    return MakeError(ErrorCode::kInvalidArgument, what);
  }
  return Status::OK();
}

std::vector<TableRequirement> PendingWrite::Requirements() const {
  if (request_.create != nullptr) {
    return {require::AssertCreate{}};
  }
  std::vector<TableRequirement> requirements = {
      require::AssertTableUuid{base().table_uuid}};
  if (!request_.stage_only) {
    requirements.emplace_back(
        require::AssertRefSnapshotId{request_.branch, RefOf(base(), request_.branch)});
  }
  if (request_.schema_id || request_.replace != nullptr) {
    requirements.emplace_back(require::AssertCurrentSchemaId{base().current_schema_id});
  }
  if (request_.replace != nullptr) {
    requirements.emplace_back(require::AssertLastAssignedFieldId{base().last_column_id});
    requirements.emplace_back(
        require::AssertLastAssignedPartitionId{base().last_partition_id});
    requirements.emplace_back(require::AssertDefaultSpecId{base().default_spec_id});
    requirements.emplace_back(
        require::AssertDefaultSortOrderId{base().default_sort_order_id});
  }
  return requirements;
}

/// What makes the table's schema, spec, order and properties those of the replacement.
std::vector<TableUpdate> PendingWrite::ShapeUpdates() const {
  std::vector<TableUpdate> updates;
  if (request_.replace == nullptr) {
    return updates;
  }
  const TableMetadata& wanted = *request_.replace;
  if (wanted.format_version > base().format_version) {
    updates.emplace_back(update::UpgradeFormatVersion{wanted.format_version});
  }
  updates.emplace_back(update::AddSchema{wanted.schema_ptr()});
  updates.emplace_back(update::SetCurrentSchema{iceberg::SchemaId{{-1}}});
  updates.emplace_back(update::AddPartitionSpec{wanted.spec()});
  updates.emplace_back(update::SetDefaultSpec{iceberg::SpecId{{-1}}});
  updates.emplace_back(update::AddSortOrder{wanted.sort_order()});
  updates.emplace_back(update::SetDefaultSortOrder{iceberg::SortOrderId{{-1}}});
  if (!wanted.properties.empty()) {
    updates.emplace_back(update::SetProperties{wanted.properties});
  }
  return updates;
}

/// Positive, and no snapshot of the table has it.
void PendingWrite::ChooseSnapshotId() {
  while (!snapshot_id_ ||
         (!was_staged_ && base().FindSnapshot(*snapshot_id_) != nullptr)) {
    const uint64_t bits = context_.random.Next() &
                          static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (bits != 0) {
      snapshot_id_ = SnapshotId{{static_cast<int64_t>(bits)}};
    }
  }
}

/// The metadata that the new snapshot is built on: the base or its replacement.
Result<std::shared_ptr<const TableMetadata>> PendingWrite::Shape(
    std::vector<TableUpdate>* updates) const {
  if (request_.replace == nullptr) {
    return base_;
  }
  RETURN_NOT_OK(CheckReplacement());
  *updates = ShapeUpdates();
  ARROW_ASSIGN_OR_RAISE(auto table,
                        ApplyUpdates(base(), "", *updates, base().last_updated));
  if (SameSpec(table->FindSpec(request_.replace->default_spec_id),
               request_.replace->spec())) {
    return table;
  }
  return MakeError(ErrorCode::kCommitConflict,
                   "The partitioning of " + request_.ident.ToString() +
                       " was changed while it was being replaced; run the statement "
                       "again");
}

namespace {

/// Updates that only a table which still has snapshot `id` takes, and that change
/// nothing.
std::vector<TableUpdate> RequireSnapshot(iceberg::SnapshotId id) {
  const std::string name = "picking-" + std::to_string(id.value);
  iceberg::SnapshotRef tag;
  tag.snapshot_id = id;
  tag.type = iceberg::RefType::kTag;
  return {update::SetSnapshotRef{name, tag}, update::RemoveSnapshotRef{name}};
}

}  // namespace

Status PendingWrite::Stage() {
  RETURN_NOT_OK(CheckSchema());
  if (request_.picked_from && base().FindSnapshot(*request_.picked_from) == nullptr) {
    return MakeError(ErrorCode::kNoSuchSnapshot,
                     "The snapshot was expired while it was being picked: " +
                         std::to_string(request_.picked_from->value));
  }
  RETURN_NOT_OK(CheckNotPublished(base(), HeadOf(base(), request_.branch), request_));
  const bool changes_shape = request_.replace != nullptr;
  const bool is_new = request_.create != nullptr;
  std::vector<TableUpdate> updates;
  ARROW_ASSIGN_OR_RAISE(const auto table, Shape(&updates));
  bool makes_snapshot = MayMakeSnapshot() || changes_shape;
  if (makes_snapshot) {
    ChooseSnapshotId();
    ARROW_ASSIGN_OR_RAISE(
        std::optional<Snapshot> snapshot,
        builder_.Build(*table, HeadOf(base(), request_.branch), *snapshot_id_));
    makes_snapshot = snapshot.has_value();
    if (makes_snapshot) {
      is_append_ = snapshot->operation == "append";
      std::ranges::move(builder_.UpdatesToAdd(std::move(*snapshot)),
                        std::back_inserter(updates));
    }
    if (makes_snapshot && request_.picked_from) {
      std::ranges::move(RequireSnapshot(*request_.picked_from),
                        std::back_inserter(updates));
    }
    if (makes_snapshot && !request_.stage_only) {
      iceberg::SnapshotRef ref;
      ref.snapshot_id = *snapshot_id_;
      updates.emplace_back(update::SetSnapshotRef{request_.branch, ref});
    }
  }
  if (!makes_snapshot && !is_new) {
    return Status::OK();
  }
  commit_ = catalog::TableCommit{request_.ident, Requirements(), std::move(updates),
                                 request_.create, MayBeMoved()};
  was_staged_ = true;
  return Status::OK();
}

void PendingWrite::CleanUp(const TableMetadata* committed) {
  if (committed == nullptr) {
    builder_.CleanUp(nullptr);
    return;
  }
  const Snapshot* snapshot =
      snapshot_id_ ? committed->FindSnapshot(*snapshot_id_) : nullptr;
  const bool had_nothing_to_do = !commit_.has_value() && !has_landed_;
  if (snapshot != nullptr || had_nothing_to_do) {
    builder_.CleanUp(snapshot);
  }
}

}  // namespace tarn::table::internal
