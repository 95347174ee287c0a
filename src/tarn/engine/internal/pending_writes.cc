#include "tarn/engine/internal/pending_writes.h"

#include <string>
#include <unordered_set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/scan.h"

namespace tarn::engine {
namespace {

/// What changes of `branch` are computed from; unset: nothing is there.
std::optional<iceberg::SnapshotId> HeadOf(const iceberg::TableMetadata& table,
                                          const std::string& branch) {
  const auto ref = table.refs.find(branch);
  return ref != table.refs.end() ? ref->second.snapshot_id : table.current_snapshot_id;
}

/// Data files of a branch that are there `before` and not `after`.
Result<std::vector<iceberg::DataFile>> RemovedBetween(
    const table::Context& tarn,
    const std::shared_ptr<const iceberg::TableMetadata>& before,
    const std::shared_ptr<const iceberg::TableMetadata>& after,
    const std::string& branch) {
  const auto plan = [&](const std::shared_ptr<const iceberg::TableMetadata>& table)
      -> Result<table::ScanPlan> {
    const auto head = HeadOf(*table, branch);
    if (!head.has_value()) {
      return table::ScanPlan();
    }
    return table::PlanScan(
        tarn.io, {.metadata = table, .snapshot_id = head, .manifests = tarn.manifests});
  };
  ARROW_ASSIGN_OR_RAISE(const table::ScanPlan old_files, plan(before));
  ARROW_ASSIGN_OR_RAISE(const table::ScanPlan new_files, plan(after));
  std::unordered_set<std::string> kept;
  for (const table::FileScanTask& task : new_files.tasks) {
    kept.insert(task.file.file_path);
  }
  std::vector<iceberg::DataFile> removed;
  for (const table::FileScanTask& task : old_files.tasks) {
    if (!kept.contains(task.file.file_path)) {
      removed.push_back(task.file);
    }
  }
  return removed;
}

bool IsNew(const table::WriteRequest& request) {
  return request.create != nullptr || request.replace != nullptr;
}

Status AddSummary(const Result<std::map<std::string, std::string>>& summary,
                  std::vector<table::WriteRequest>* requests) {
  RETURN_NOT_OK(summary.status());
  for (table::WriteRequest& request : *requests) {
    request.summary.insert(summary->begin(), summary->end());
  }
  return Status::OK();
}

bool ChangesNothing(const table::WriteRequest& request) {
  return request.mode == table::WriteMode::kRowDelta && request.files.empty() &&
         request.delete_files.empty() && request.removed_files.empty();
}

}  // namespace

PendingWrites::~PendingWrites() { Abort(); }

Status PendingWrites::CreateTable(const NewTableWrite& table) {
  const std::lock_guard lock(mutex_);
  auto [found, inserted] = tables_.try_emplace(table.ident);
  if (!inserted) {
    if (!table.replaces) {
      return MakeError(ErrorCode::kAlreadyExists,
                       "Table already exists: " + table.ident.ToString());
    }
    return MakeError(
        ErrorCode::kNotSupported,
        "A table that this transaction has changed cannot be replaced before COMMIT: " +
            table.ident.ToString());
  }
  found->second.base = table.metadata;
  table::WriteRequest& request = found->second.request;
  request.ident = table.ident;
  if (table.replaces) {
    request.mode = table::WriteMode::kOverwrite;
    request.replace = table.metadata;
  } else {
    request.create = table.metadata;
  }
  ++version_;
  return Status::OK();
}

Status PendingWrites::ChooseBranch(const iceberg::TableIdent& ident,
                                   const std::string& branch) {
  const std::lock_guard lock(mutex_);
  const auto [chosen, is_new] = branches_.try_emplace(ident, branch);
  if (!is_new && chosen->second != branch) {
    return MakeError(ErrorCode::kNotSupported,
                     "A transaction writes one branch of a table; COMMIT what was "
                     "written to " +
                         chosen->second + " first: " + ident.ToString());
  }
  return Status::OK();
}

PendingWrites::Pending& PendingWrites::PendingOf(
    const iceberg::TableIdent& ident,
    std::shared_ptr<const iceberg::TableMetadata> metadata) {
  Pending& pending = tables_[ident];
  if (pending.base == nullptr) {
    pending.base = std::move(metadata);
    pending.request.ident = ident;
  }
  pending.is_stale = true;
  ++version_;
  return pending;
}

void PendingWrites::Insert(const iceberg::TableIdent& ident,
                           std::shared_ptr<const iceberg::TableMetadata> metadata,
                           WrittenFiles written) {
  const std::lock_guard lock(mutex_);
  Pending& pending = PendingOf(ident, std::move(metadata));
  if (!IsNew(pending.request)) {
    pending.request.schema_id = pending.base->current_schema_id;
  }
  pending.changes.Insert(std::move(written));
}

Status PendingWrites::Overwrite(const iceberg::TableIdent& ident,
                                std::shared_ptr<const iceberg::TableMetadata> metadata,
                                WrittenFiles written, bool is_last) {
  const std::lock_guard lock(mutex_);
  const bool is_first = !tables_.contains(ident);
  const table::WriteMode mode = metadata->spec().is_unpartitioned()
                                    ? table::WriteMode::kOverwrite
                                    : table::WriteMode::kOverwritePartitions;
  Pending& pending = PendingOf(ident, std::move(metadata));
  if (!IsNew(pending.request)) {
    pending.request.schema_id = pending.base->current_schema_id;
  }
  if (is_first && is_last) {
    pending.request.mode = mode;
    pending.changes.Insert(std::move(written));
    return Status::OK();
  }
  std::vector<iceberg::DataFile> files = written.files;
  auto table = pending.base;
  if (!is_first) {
    RETURN_NOT_OK(Stage(&pending));
    table = pending.staged->metadata();
  }
  table::WriteRequest request{.ident = ident, .mode = mode, .files = std::move(files)};
  request.branch = RequestOf(pending).branch;
  ARROW_ASSIGN_OR_RAISE(const auto replaced,
                        table::StagedWrite::Make(tarn_, request, table));
  RowDelta delta;
  delta.checks.isolation = table::Isolation::kSnapshot;
  ARROW_ASSIGN_OR_RAISE(
      delta.removed_files,
      RemovedBetween(tarn_, table, replaced->metadata(), request.branch));
  pending.changes.ChangeRows(std::move(delta));
  pending.changes.Insert(std::move(written));
  pending.is_stale = true;
  return Status::OK();
}

void PendingWrites::ChangeRows(const iceberg::TableIdent& ident,
                               std::shared_ptr<const iceberg::TableMetadata> metadata,
                               RowDelta delta) {
  const std::lock_guard lock(mutex_);
  if (delta.empty() && !tables_.contains(ident)) {
    return;
  }
  Pending& pending = PendingOf(ident, std::move(metadata));
  if (!delta.rewritten.files.empty() && !IsNew(pending.request)) {
    pending.request.schema_id = pending.base->current_schema_id;
  }
  pending.changes.ChangeRows(std::move(delta));
}

bool PendingWrites::empty() const {
  const std::lock_guard lock(mutex_);
  return tables_.empty();
}

bool PendingWrites::Changes(const iceberg::TableIdent& ident) const {
  const std::lock_guard lock(mutex_);
  return tables_.contains(ident);
}

Status PendingWrites::Stage(Pending* pending) {
  if (!pending->is_stale) {
    return Status::OK();
  }
  pending->staged.reset();
  ARROW_ASSIGN_OR_RAISE(pending->staged, table::StagedWrite::Make(
                                             tarn_, RequestOf(*pending), pending->base));
  pending->is_stale = false;
  return Status::OK();
}

Result<OwnView> PendingWrites::ViewOf(const iceberg::TableIdent& ident) {
  const std::lock_guard lock(mutex_);
  Pending& pending = tables_.at(ident);
  RETURN_NOT_OK(Stage(&pending));
  auto own = std::make_shared<OwnChanges>();
  own->first_own_row_id = pending.base->next_row_id.value_or(0);
  for (const iceberg::DataFile& file : pending.changes.files()) {
    own->files.insert(file.file_path);
  }
  return OwnView{pending.staged->metadata(), std::move(own)};
}

std::shared_ptr<const iceberg::TableMetadata> PendingWrites::Created(
    const iceberg::TableIdent& ident) const {
  const std::lock_guard lock(mutex_);
  const auto found = tables_.find(ident);
  if (found == tables_.end()) {
    return nullptr;
  }
  const table::WriteRequest& request = found->second.request;
  return request.create != nullptr ? request.create : request.replace;
}

std::vector<iceberg::TableIdent> PendingWrites::CreatedIn(
    const iceberg::Namespace& ns) const {
  const std::lock_guard lock(mutex_);
  std::vector<iceberg::TableIdent> created;
  for (const auto& [ident, pending] : tables_) {
    if (ident.ns == ns && pending.request.create != nullptr) {
      created.push_back(ident);
    }
  }
  return created;
}

void PendingWrites::Seal(const iceberg::TableIdent& ident,
                         std::map<std::string, std::string> summary) {
  const std::lock_guard lock(mutex_);
  seals_[ident] = std::move(summary);
}

table::WriteRequest PendingWrites::RequestOf(const Pending& pending) const {
  table::WriteRequest request = UnsealedRequestOf(pending);
  const auto sealed = seals_.find(request.ident);
  if (sealed == seals_.end() || IsNew(request)) {
    return request;
  }
  request.summary.insert(sealed->second.begin(), sealed->second.end());
  if (request.mode == table::WriteMode::kAppend) {
    request.mode = table::WriteMode::kRowDelta;  // an append would be moved to a new head
  }
  request.checks.isolation = table::Isolation::kSerializable;
  request.checks.read_rows = iceberg::AlwaysTrue();
  request.checks.base = HeadOf(*pending.base, request.branch);
  return request;
}

table::WriteRequest PendingWrites::UnsealedRequestOf(const Pending& pending) const {
  table::WriteRequest request = pending.request;
  const auto branch = branches_.find(request.ident);
  if (branch != branches_.end()) {
    request.branch = branch->second;
  }
  request.files = pending.changes.files();
  if (IsNew(request) || !pending.changes.changes_rows()) {
    return request;  // a new table has no rows but those of `files`
  }
  request.mode = table::WriteMode::kRowDelta;
  request.removed_files = pending.changes.removed_files();
  request.delete_files = pending.changes.delete_files();
  request.checks = pending.changes.checks();
  request.checks.base = HeadOf(*pending.base, request.branch);
  return request;
}

void PendingWrites::AbortAll() {
  for (auto& [ident, pending] : tables_) {
    pending.staged.reset();
    pending.changes.Abort(tarn_.io);
  }
}

Status PendingWrites::Commit(const Announce& announce) {
  const std::lock_guard lock(mutex_);
  if (tables_.empty()) {
    return Status::OK();
  }
  if (is_spoilt_) {
    AbortAll();
    tables_.clear();
    return MakeError(ErrorCode::kInvalidArgument,
                     "The transaction was rolled back because a statement in it had "
                     "failed; nothing was committed");
  }
  std::vector<table::WriteRequest> requests;
  requests.reserve(tables_.size());
  for (auto& [ident, pending] : tables_) {
    pending.staged.reset();
    table::WriteRequest request = RequestOf(pending);
    if (!ChangesNothing(request)) {
      requests.push_back(std::move(request));
    }
  }
  Status status;
  if (!requests.empty() && announce) {
    status = AddSummary(announce(requests), &requests);
  }
  if (!requests.empty() && status.ok()) {
    status = table::WriteAll(tarn_, requests).status();
  }
  // Files that a snapshot may refer to stay; cleaning up unreferenced files finds them if
  // none does.
  for (auto& [ident, pending] : tables_) {
    if (status.ok()) {
      pending.changes.DeleteDropped(tarn_.io);
    } else if (!IsOutcomeUnknown(status)) {
      pending.changes.Abort(tarn_.io);
    }
  }
  tables_.clear();
  return status;
}

void PendingWrites::Abort() {
  const std::lock_guard lock(mutex_);
  AbortAll();
  tables_.clear();
}

}  // namespace tarn::engine
