#include "tarn/table/internal/staged_files.h"

#include <utility>

#include "tarn/iceberg/encryption.h"
#include "tarn/storage/table_writer.h"

namespace tarn::table::internal {
namespace {

std::string MetadataFolder(const iceberg::TableMetadata& table) {
  const std::string folder = table.Property("write.metadata.path", "");
  return folder.empty() ? io::JoinLocation(table.location, "metadata") : folder;
}

}  // namespace

StagedFiles::StagedFiles(const Context& context)
    : io_(context.io),
      clock_(context.clock),
      journal_(context.writing == nullptr ? nullptr : context.writing->journal),
      token_(NewUuid(context.random)) {}

Result<iceberg::ManifestFile> StagedFiles::WriteManifest(
    const iceberg::TableMetadata& table, iceberg::ManifestWriter::Finished finished) {
  iceberg::ManifestFile& manifest = finished.manifest;
  manifest.path = io::JoinLocation(
      MetadataFolder(table), token_ + "-m" + std::to_string(manifests_++) + ".avro");
  if (iceberg::IsEncrypted(table)) {
    ARROW_ASSIGN_OR_RAISE(iceberg::SealedFile sealed,
                          iceberg::SealFile(table, finished.avro));
    finished.avro = std::move(sealed.bytes);
    manifest.length_bytes = static_cast<int64_t>(finished.avro.size());
    manifest.key_metadata = std::move(sealed.key_metadata);
  }
  RETURN_NOT_OK(Write(table, manifest.path, finished.avro));
  return std::move(manifest);
}

Status StagedFiles::WriteManifestList(const iceberg::TableMetadata& table,
                                      std::string_view avro,
                                      iceberg::Snapshot* snapshot) {
  iceberg::SealedManifestList sealed;
  if (iceberg::IsEncrypted(table)) {
    ARROW_ASSIGN_OR_RAISE(
        sealed, iceberg::SealManifestList(table, avro, io_.keys(), clock_.Now()));
    avro = sealed.bytes;
    snapshot->key_id = sealed.key_id;
    const std::lock_guard lock(mutex_);
    keys_[sealed.key_id] = std::move(sealed.added_keys);
  }
  const std::string name = "snap-" + std::to_string(snapshot->id.value) + "-" +
                           std::to_string(++lists_) + "-" + token_ + ".avro";
  snapshot->manifest_list = io::JoinLocation(MetadataFolder(table), name);
  return Write(table, snapshot->manifest_list, avro);
}

std::vector<iceberg::TableUpdate> StagedFiles::UpdatesToAdd(iceberg::Snapshot snapshot) {
  std::vector<iceberg::TableUpdate> updates;
  if (snapshot.key_id) {
    const std::lock_guard lock(mutex_);
    for (const iceberg::EncryptedKey& key : keys_[*snapshot.key_id]) {
      updates.emplace_back(iceberg::update::AddEncryptionKey{key});
    }
  }
  updates.emplace_back(iceberg::update::AddSnapshot{std::move(snapshot)});
  return updates;
}

Status StagedFiles::Write(const iceberg::TableMetadata& table,
                          const std::string& location, std::string_view bytes) {
  if (journal_ != nullptr) {
    RETURN_NOT_OK(journal_->Opened(table.location, location));
    journal_->Progress(location, static_cast<int64_t>(bytes.size()), 0);
  }
  {
    const std::lock_guard lock(mutex_);
    locations_.insert(location);
  }
  RETURN_NOT_OK(io_.WriteNew(location, bytes));
  storage::NoteFileState(journal_.get(), location, storage::FileState::kClosed);
  return Status::OK();
}

void StagedFiles::DeleteAllBut(const std::set<std::string>& kept) {
  const std::lock_guard lock(mutex_);
  std::erase_if(locations_, [&](const std::string& location) {
    if (kept.contains(location)) {
      storage::NoteFileState(journal_.get(), location, storage::FileState::kCommitted);
      return false;
    }
    const bool is_gone = io_.Delete(location).ok();
    if (is_gone) {
      storage::NoteFileState(journal_.get(), location, storage::FileState::kAborted);
    }
    return is_gone;
  });
}

}  // namespace tarn::table::internal
