#include "tarn/table/internal/file_removal.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/table/internal/delete_index.h"
#include "tarn/table/internal/manifest_files.h"
#include "tarn/table/internal/parallel.h"

namespace tarn::table::internal {
namespace {

using iceberg::DataFile;
using iceberg::FileContent;
using iceberg::ManifestContent;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::SequenceNumber;

/// Deletion vectors share a Puffin file: they are known by path and offset (trap 25).
std::string DeleteFileKey(const DataFile& file) {
  if (!IsDeletionVector(file)) {
    return file.file_path;
  }
  return file.file_path + '\n' + std::to_string(file.content_offset.value_or(-1));
}

Status Conflict(const WriteRequest& request, const std::string& what) {
  return MakeError(ErrorCode::kCommitConflict, "Cannot commit to " +
                                                   request.ident.ToString() +
                                                   ", another writer was first: " + what +
                                                   "; run the statement again");
}

}  // namespace

FileRemoval::FileRemoval(const WriteRequest& request, const RewriteTarget& target)
    : request_(request),
      target_(target),
      data_partitions_(target.table),
      delete_partitions_(target.table),
      replaced_partitions_(target.table) {}

Status FileRemoval::Prepare() {
  for (const DataFile& file : request_.removed_files) {
    if (file.content == FileContent::kData) {
      removed_data_.names.insert(file.file_path);
      RETURN_NOT_OK(data_partitions_.Add(file));
    } else {
      removed_deletes_.names.insert(DeleteFileKey(file));
      RETURN_NOT_OK(delete_partitions_.Add(file));
    }
  }
  Names added;
  for (const DataFile& file : request_.files) {
    added.insert(file.file_path);
  }
  for (const DataFile& file : request_.delete_files) {
    // Rows may come and go in one commit: such a file is not in the head.
    if (!added.contains(ReferencedDataFile(file))) {
      RETURN_NOT_OK(PrepareDeleteFile(file));
    }
  }
  if (request_.mode == WriteMode::kOverwritePartitions) {
    for (const DataFile& file : request_.files) {
      RETURN_NOT_OK(replaced_partitions_.Add(file));
    }
  }
  if (request_.removed_rows.has_value()) {
    ARROW_ASSIGN_OR_RAISE(removed_rows_,
                          RowFilter::Make(*request_.removed_rows, target_.table));
  }
  return Status::OK();
}

Status FileRemoval::PrepareDeleteFile(const DataFile& file) {
  const std::string data_file(ReferencedDataFile(file));
  if (data_file.empty()) {
    return Status::OK();
  }
  if (removed_data_.names.contains(data_file)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot delete data file " + data_file +
                         " that is referenced by new delete file " + file.file_path);
  }
  referenced_data_.names.insert(data_file);
  RETURN_NOT_OK(data_partitions_.Add(file));
  if (!IsDeletionVector(file)) {
    return Status::OK();
  }
  vector_targets_.insert(data_file);
  return delete_partitions_.Add(file);
}

bool FileRemoval::Find(std::string_view name, Wanted* wanted) {
  if (!wanted->names.contains(name)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  wanted->found.emplace(name);
  return true;
}

Status FileRemoval::RequireAll(const Wanted& wanted, const char* what) const {
  for (const std::string& name : wanted.names) {
    if (!wanted.found.contains(name)) {
      return Conflict(request_, what + name.substr(0, name.find('\n')));
    }
  }
  return Status::OK();
}

bool FileRemoval::MayConcernData(const ManifestFile& manifest) const {
  return data_partitions_.MayBeIn(manifest) || replaced_partitions_.MayBeIn(manifest) ||
         (removed_rows_ && removed_rows_->MayMatch(manifest));
}

bool FileRemoval::MayConcernDeletes(const ManifestFile& manifest) const {
  return delete_partitions_.MayBeIn(manifest) || replaced_partitions_.MayBeIn(manifest) ||
         (removed_rows_ && removed_rows_->MayMatch(manifest)) ||
         manifest.min_sequence_number < oldest_data_;
}

Result<bool> FileRemoval::DataFileGoes(const OpenedManifest& manifest, size_t row) {
  const std::string_view path = manifest.columns->file_path(row);
  const bool is_referenced = Find(path, &referenced_data_);
  if (Find(path, &removed_data_)) {
    return true;
  }
  if (!replaced_partitions_.empty()) {
    return replaced_partitions_.Contains(manifest.FileAt(row));
  }
  if (!removed_rows_.has_value()) {
    return false;
  }
  const DataFile file = manifest.EntryAt(row).file;
  ARROW_ASSIGN_OR_RAISE(const Matching matching, removed_rows_->Match(file));
  if (matching == Matching::kMaybeSome) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot delete file where some, but not all, rows match filter " +
                         ExpressionToString(*request_.removed_rows) + ": " +
                         file.file_path);
  }
  if (matching == Matching::kEveryRow && is_referenced) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Cannot delete data file " + file.file_path +
                         " that is referenced by a new delete file");
  }
  return matching == Matching::kEveryRow;
}

/// True for older deletes of a data file that gets a new vector, which has taken them
/// over (trap 25). Those that the writer of the vector cannot have known are a conflict.
Result<bool> FileRemoval::IsSuperseded(const ManifestEntry& entry) const {
  const std::string data_file(ReferencedDataFile(entry.file));
  if (data_file.empty() || !vector_targets_.contains(data_file)) {
    return false;
  }
  const iceberg::Snapshot* base =
      request_.checks.base ? target_.table.FindSnapshot(*request_.checks.base) : nullptr;
  const SequenceNumber sequence = entry.sequence_number.value_or(SequenceNumber{0});
  if (IsDeletionVector(entry.file) ||
      (base != nullptr && sequence > base->sequence_number)) {
    return Conflict(request_, "found concurrently added deletes for " + data_file);
  }
  return true;
}

/// Deletes without any data left to apply to: their whole partition went. Equality
/// deletes of an unpartitioned spec apply to other specs' partitions too.
Result<bool> FileRemoval::GoesWithItsPartition(const DataFile& file) const {
  const iceberg::PartitionSpec* spec = target_.table.FindSpec(file.spec_id);
  if (spec == nullptr ||
      (file.content == FileContent::kEqualityDeletes && spec->is_unpartitioned())) {
    return false;
  }
  ARROW_ASSIGN_OR_RAISE(const bool is_replaced, replaced_partitions_.Contains(file));
  if (is_replaced || !removed_rows_.has_value()) {
    return is_replaced;
  }
  ARROW_ASSIGN_OR_RAISE(const Matching matching, removed_rows_->Match(file));
  return matching == Matching::kEveryRow;
}

Result<bool> FileRemoval::DeleteFileGoes(const ManifestEntry& entry) {
  const DataFile& file = entry.file;
  if (Find(DeleteFileKey(file), &removed_deletes_)) {
    return true;
  }
  if (gone_data_.contains(ReferencedDataFile(file))) {
    return true;
  }
  ARROW_ASSIGN_OR_RAISE(const bool is_superseded, IsSuperseded(entry));
  if (is_superseded || entry.sequence_number.value_or(SequenceNumber{0}) < oldest_data_) {
    return true;
  }
  return GoesWithItsPartition(file);
}

Status FileRemoval::FilterAll(const Manifests& manifests,
                              const std::function<bool(const ManifestFile&)>& may_concern,
                              const RemovalPredicate& goes, RemainingFiles* result) {
  std::vector<FilteredManifest> parts(manifests.size());
  RETURN_NOT_OK(
      ForEachParallel(manifests.size(), kManifestThreads, [&](size_t i) -> Status {
        if (!may_concern(manifests[i])) {
          parts[i].manifest = manifests[i];
          return Status::OK();
        }
        ARROW_ASSIGN_OR_RAISE(parts[i], FilterManifest(target_, manifests[i], goes));
        return Status::OK();
      }));
  for (FilteredManifest& part : parts) {
    result->removed.Add(part.removed);
    std::ranges::move(part.removed_data_files,
                      std::back_inserter(result->removed_data_files));
    if (part.is_rewritten || !HasNoLiveEntries(part.manifest)) {
      result->manifests.push_back(std::move(part.manifest));
    }
  }
  return Status::OK();
}

/// A delete file older than every data file applies to none. New data files without a
/// sequence number of their own get one that is above all of the head's.
void FileRemoval::ForgetDeletesOlderThanData(const Manifests& data,
                                             const Manifests& added) {
  oldest_data_ = SequenceNumber{target_.table.last_sequence_number.value + 1};
  const auto look_at = [&](const ManifestFile& manifest) {
    if (manifest.content == ManifestContent::kData && !HasNoLiveEntries(manifest) &&
        manifest.min_sequence_number != iceberg::kUnassignedSequence) {
      oldest_data_ = std::min(oldest_data_, manifest.min_sequence_number);
    }
  };
  std::ranges::for_each(data, look_at);
  std::ranges::for_each(added, look_at);
}

Result<RemainingFiles> FileRemoval::Run(const Manifests& head, const Manifests& added) {
  RETURN_NOT_OK(Prepare());
  Manifests data;
  Manifests deletes;
  for (const ManifestFile& manifest : head) {
    (manifest.content == ManifestContent::kData ? data : deletes).push_back(manifest);
  }
  RemainingFiles result;
  RETURN_NOT_OK(FilterAll(
      data, [this](const ManifestFile& manifest) { return MayConcernData(manifest); },
      [this](const OpenedManifest& manifest, size_t row) {
        return DataFileGoes(manifest, row);
      },
      &result));
  RETURN_NOT_OK(RequireAll(removed_data_, "missing required file to delete: "));
  RETURN_NOT_OK(RequireAll(referenced_data_, "missing data file: "));
  for (const DataFile& file : result.removed_data_files) {
    gone_data_.insert(file.file_path);
    RETURN_NOT_OK(delete_partitions_.Add(file));
  }
  ForgetDeletesOlderThanData(result.manifests, added);
  RETURN_NOT_OK(FilterAll(
      deletes,
      [this](const ManifestFile& manifest) { return MayConcernDeletes(manifest); },
      [this](const OpenedManifest& manifest, size_t row) {
        return DeleteFileGoes(manifest.EntryAt(row));
      },
      &result));
  RETURN_NOT_OK(RequireAll(removed_deletes_, "missing required delete file to delete: "));
  return result;
}

}  // namespace tarn::table::internal
