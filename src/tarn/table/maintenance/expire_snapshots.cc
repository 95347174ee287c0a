#include "tarn/table/maintenance/expire_snapshots.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/maintenance/internal/expiry.h"
#include "tarn/table/maintenance/internal/file_deletion.h"
#include "tarn/table/maintenance/internal/metadata_commit.h"
#include "tarn/table/maintenance/internal/shared_files.h"
#include "tarn/table/maintenance/internal/snapshot_files.h"
#include "tarn/table/maintenance/internal/unused_metadata.h"

namespace tarn::table {
namespace {

using catalog::LoadedTable;
using iceberg::Snapshot;
using iceberg::SnapshotId;
using iceberg::TableMetadata;
using internal::Expiry;
namespace require = iceberg::require;
namespace update = iceberg::update;

std::vector<SnapshotId> IdsOf(const std::vector<Snapshot>& snapshots) {
  std::vector<SnapshotId> ids;
  for (const Snapshot& snapshot : snapshots) {
    ids.push_back(snapshot.id);
  }
  return ids;
}

bool IsContent(TableFileKind kind) {
  return kind == TableFileKind::kData || kind == TableFileKind::kPositionDeletes ||
         kind == TableFileKind::kEqualityDeletes;
}

void Count(const std::vector<TableFile>& files, ExpireSnapshotsResult* result) {
  for (const TableFile& file : files) {
    result->deleted_bytes += file.size_bytes;
    switch (file.kind) {
      case TableFileKind::kData:
        ++result->deleted_data_files_count;
        break;
      case TableFileKind::kPositionDeletes:
        ++result->deleted_position_delete_files_count;
        break;
      case TableFileKind::kEqualityDeletes:
        ++result->deleted_equality_delete_files_count;
        break;
      case TableFileKind::kManifest:
        ++result->deleted_manifest_files_count;
        break;
      case TableFileKind::kManifestList:
        ++result->deleted_manifest_lists_count;
        break;
      case TableFileKind::kStatistics:
        ++result->deleted_statistics_files_count;
        break;
      case TableFileKind::kMetadata:
        ++result->deleted_metadata_files_count;
        break;
    }
  }
}

class Expiration {
 public:
  Expiration(const Context& context, const iceberg::TableIdent& ident,
             const ExpireSnapshotsOptions& options)
      : context_(context),
        ident_(ident),
        options_(options),
        files_(context.io, options.control) {}

  Result<ExpireSnapshotsResult> Run() {
    ARROW_ASSIGN_OR_RAISE(LoadedTable table, context_.catalog.LoadTable(ident_));
    RETURN_NOT_OK(CheckIds(*table.metadata));
    now_ = context_.clock.Now();
    if (options_.dry_run == DryRun::kYes) {
      RETURN_NOT_OK(Plan(*table.metadata).status());
      return Preview(std::move(table));
    }
    ARROW_ASSIGN_OR_RAISE(
        const LoadedTable committed,
        internal::CommitMetadata(
            context_, ident_, table.metadata->table_uuid,
            [this](const TableMetadata& base) { return Plan(base); }, options_.control));
    Result<ExpireSnapshotsResult> result = CleanUp(committed);
    if (!result.ok()) {
      return WithContext("The snapshots of " + ident_.ToString() +
                             " have expired, but not all of their files were deleted "
                             "(orphan removal finds the rest): ",
                         result.status());
    }
    return result;
  }

 private:
  Status CheckIds(const TableMetadata& table) const {
    for (const SnapshotId id : options_.snapshot_ids) {
      if (table.FindSnapshot(id) == nullptr) {
        return MakeError(ErrorCode::kNoSuchSnapshot,
                         "Cannot expire a snapshot that " + ident_.ToString() +
                             " does not have: " + std::to_string(id.value));
      }
    }
    return Status::OK();
  }

  bool CleansUp() const { return options_.cleanup_level != CleanupLevel::kNone; }

  /// The change of metadata. What the expired snapshots reach is read before anything is
  /// committed, so that an unreadable manifest ends the action while it has done nothing.
  Result<Alteration> Plan(const TableMetadata& base) {
    RETURN_NOT_OK(
        internal::CheckGarbageCollection(base, "expire snapshots", ident_.ToString()));
    ARROW_ASSIGN_OR_RAISE(const Expiry expiry,
                          internal::DecideExpiry(base, options_, now_));
    if (CleansUp()) {
      RETURN_NOT_OK(
          files_.OnlyReachableFrom(base, expiry.expired, expiry.remaining).status());
    }
    Remember(base, expiry);
    Alteration alteration;
    for (const std::string& ref : expiry.refs) {
      alteration.updates.emplace_back(update::RemoveSnapshotRef{ref});
    }
    if (!expiry.expired.empty()) {
      alteration.updates.emplace_back(update::RemoveSnapshots{IdsOf(expiry.expired)});
    }
    if (options_.clean_expired_metadata) {
      RETURN_NOT_OK(RemoveUnused(base, expiry, &alteration));
    }
    for (const auto& [name, ref] : base.refs) {
      alteration.requirements.emplace_back(
          require::AssertRefSnapshotId{name, ref.snapshot_id});
    }
    return alteration;
  }

  Status RemoveUnused(const TableMetadata& base, const Expiry& expiry,
                      Alteration* alteration) {
    ARROW_ASSIGN_OR_RAISE(const auto in_use, files_.InUseBy(base, expiry.remaining));
    const auto unused = internal::FindUnusedMetadata(base, expiry.remaining, in_use);
    if (!unused.schemas.empty()) {
      alteration->updates.emplace_back(update::RemoveSchemas{unused.schemas});
      alteration->requirements.emplace_back(
          require::AssertCurrentSchemaId{base.current_schema_id});
    }
    if (!unused.specs.empty()) {
      alteration->updates.emplace_back(update::RemovePartitionSpecs{unused.specs});
      alteration->requirements.emplace_back(
          require::AssertDefaultSpecId{base.default_spec_id});
    }
    schemas_.insert(unused.schemas.begin(), unused.schemas.end());
    specs_.insert(unused.specs.begin(), unused.specs.end());
    return Status::OK();
  }

  void Remember(const TableMetadata& base, const Expiry& expiry) {
    for (const Snapshot& snapshot : expiry.expired) {
      expired_.insert_or_assign(snapshot.id, snapshot);
    }
    refs_.insert(expiry.refs.begin(), expiry.refs.end());
    for (TableFile& file : internal::StatisticsFilesOf(base)) {
      statistics_.insert_or_assign(LocationKey(file.location), std::move(file));
    }
  }

  /// The table as the commit would leave it, as far as files go.
  Result<ExpireSnapshotsResult> Preview(LoadedTable table) {
    std::vector<iceberg::TableUpdate> updates;
    for (const std::string& ref : refs_) {
      updates.emplace_back(update::RemoveSnapshotRef{ref});
    }
    std::vector<SnapshotId> ids;
    for (const auto& [id, snapshot] : expired_) {
      ids.push_back(id);
    }
    updates.emplace_back(update::RemoveSnapshots{ids});
    const TableMetadata& base = *table.metadata;
    ARROW_ASSIGN_OR_RAISE(const auto after,
                          iceberg::ApplyUpdates(base, "", updates, base.last_updated));
    ExpireSnapshotsResult result;
    result.expired_snapshot_ids = std::move(ids);
    result.expired_refs.assign(refs_.begin(), refs_.end());
    result.removed_schemas_count = static_cast<int64_t>(schemas_.size());
    result.removed_partition_specs_count = static_cast<int64_t>(specs_.size());
    table.metadata = after;
    ARROW_ASSIGN_OR_RAISE(result.files, UnreachableFiles(table));
    Count(result.files, &result);
    return result;
  }

  Result<ExpireSnapshotsResult> CleanUp(const LoadedTable& committed) {
    ExpireSnapshotsResult result = WhatIsGone(*committed.metadata);
    if (!CleansUp()) {
      return result;
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<TableFile> files,
                          UnreachableFiles(committed));
    ARROW_ASSIGN_OR_RAISE(
        internal::FileDeletion deletion,
        internal::DeleteFiles(context_.io, files, options_.max_concurrent_deletes,
                              options_.control));
    result.files = std::move(deletion.deleted);
    result.failed_files = std::move(deletion.failed);
    if (!deletion.first_error.ok()) {
      result.first_failure = deletion.first_error.message();
    }
    Count(result.files, &result);
    return result;
  }

  ExpireSnapshotsResult WhatIsGone(const TableMetadata& table) const {
    ExpireSnapshotsResult result;
    for (const auto& [id, snapshot] : expired_) {
      if (table.FindSnapshot(id) == nullptr) {
        result.expired_snapshot_ids.push_back(id);
      }
    }
    for (const std::string& ref : refs_) {
      if (!table.refs.contains(ref)) {
        result.expired_refs.push_back(ref);
      }
    }
    result.removed_schemas_count = std::ranges::count_if(
        schemas_, [&](iceberg::SchemaId id) { return table.FindSchema(id) == nullptr; });
    result.removed_partition_specs_count = std::ranges::count_if(
        specs_, [&](iceberg::SpecId id) { return table.FindSpec(id) == nullptr; });
    return result;
  }

  /// What may be deleted now that `table` is as it is.
  Result<std::vector<TableFile>> UnreachableFiles(const LoadedTable& table) {
    const TableMetadata& metadata = *table.metadata;
    std::vector<TableFile> files;
    if (!CleansUp()) {
      return files;
    }
    std::vector<Snapshot> expired;
    for (const auto& [id, snapshot] : expired_) {
      if (metadata.FindSnapshot(id) == nullptr) {
        expired.push_back(snapshot);
      }
    }
    ARROW_ASSIGN_OR_RAISE(
        files, files_.OnlyReachableFrom(metadata, expired, metadata.snapshots));
    if (options_.cleanup_level == CleanupLevel::kMetadataOnly) {
      std::erase_if(files, [](const TableFile& file) { return IsContent(file.kind); });
    }
    internal::LocationSet named;
    internal::AddMetadataFiles(table, &named);
    for (const auto& [key, file] : statistics_) {
      if (!named.Contains(file.location)) {
        files.push_back(file);
      }
    }
    ARROW_ASSIGN_OR_RAISE(const std::vector<TableFile> metadata_files,
                          internal::FindOldMetadataFiles(context_.io, table));
    files.insert(files.end(), metadata_files.begin(), metadata_files.end());
    return WithoutShared(table, std::move(files));
  }

  Result<std::vector<TableFile>> WithoutShared(const LoadedTable& table,
                                               std::vector<TableFile> files) {
    if (files.empty()) {
      return files;
    }
    ARROW_ASSIGN_OR_RAISE(
        const internal::SharedFiles shared,
        internal::FindSharedFiles(context_, table,
                                  internal::DirectoriesWith(*table.metadata, files),
                                  internal::IfUnreadable::kSkip, options_.control));
    std::erase_if(files, [&](const TableFile& file) {
      return shared.referenced.Contains(file.location);
    });
    return files;
  }

  const Context& context_;
  const iceberg::TableIdent& ident_;
  const ExpireSnapshotsOptions& options_;
  internal::SnapshotFiles files_;
  std::chrono::milliseconds now_{0};
  // What any attempt meant to remove; the table tells in the end what has gone.
  std::map<SnapshotId, Snapshot> expired_;
  std::set<std::string> refs_;
  std::set<iceberg::SchemaId> schemas_;
  std::set<iceberg::SpecId> specs_;
  std::map<std::string, TableFile> statistics_;  // of all attempts' bases, by key
};

}  // namespace

Result<ExpireSnapshotsResult> ExpireSnapshots(const Context& context,
                                              const iceberg::TableIdent& ident,
                                              const ExpireSnapshotsOptions& options) {
  return Expiration(context, ident, options).Run();
}

}  // namespace tarn::table
