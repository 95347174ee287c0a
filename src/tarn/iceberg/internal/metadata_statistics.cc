// Updates to what hangs on a table beside its snapshots: statistics files, at most one of
// each kind for a snapshot, and encryption keys.
#include <algorithm>
#include <utility>

#include "tarn/iceberg/encryption.h"
#include "tarn/iceberg/internal/table_metadata_builder.h"

namespace tarn::iceberg::internal {
namespace {

std::string IdText(SnapshotId id) { return std::to_string(id.value); }

template <typename File>
bool RemoveFileOf(SnapshotId id, std::vector<File>* files) {
  return std::erase_if(*files, [&](const File& file) { return file.snapshot_id == id; }) >
         0;
}

template <typename File>
Status SetFile(const TableMetadata& table, const char* what, const File& file,
               std::vector<File>* files) {
  if (table.FindSnapshot(file.snapshot_id) == nullptr) {
    return InvalidUpdate(std::string("Cannot set ") + what + " of snapshot " +
                         IdText(file.snapshot_id) + ", which does not exist");
  }
  if (file.path.empty()) {
    return InvalidUpdate(std::string("Cannot set ") + what + " of snapshot " +
                         IdText(file.snapshot_id) + ": the file has no path");
  }
  RemoveFileOf(file.snapshot_id, files);
  files->push_back(file);
  return Status::OK();
}

}  // namespace

Status TableMetadataBuilder::On(const update::SetStatistics& update) {
  is_changed_ = true;
  return SetFile(table_, "statistics", update.file, &table_.statistics);
}

Status TableMetadataBuilder::On(const update::RemoveStatistics& update) {
  is_changed_ = RemoveFileOf(update.snapshot_id, &table_.statistics) || is_changed_;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::SetPartitionStatistics& update) {
  is_changed_ = true;
  return SetFile(table_, "partition statistics", update.file,
                 &table_.partition_statistics);
}

Status TableMetadataBuilder::On(const update::RemovePartitionStatistics& update) {
  is_changed_ =
      RemoveFileOf(update.snapshot_id, &table_.partition_statistics) || is_changed_;
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::AddEncryptionKey& update) {
  const EncryptedKey& key = update.key;
  if (table_.format_version < 3) {
    return InvalidUpdate("Encryption keys need format version 3, the table's is " +
                         std::to_string(table_.format_version));
  }
  if (key.key_id.empty()) {
    return InvalidUpdate("An encryption key needs an id");
  }
  const auto known =
      std::ranges::find(table_.encryption_keys, key.key_id, &EncryptedKey::key_id);
  if (known == table_.encryption_keys.end()) {
    table_.encryption_keys.push_back(key);
    is_changed_ = true;
  } else if (*known != key) {
    // What was written with the one could never be read with the other.
    return InvalidUpdate("The table has another encryption key with id " + key.key_id);
  }
  return Status::OK();
}

Status TableMetadataBuilder::On(const update::RemoveEncryptionKey& update) {
  if (std::erase_if(table_.encryption_keys, [&](const EncryptedKey& key) {
        return key.key_id == update.key_id;
      }) > 0) {
    are_keys_removed_ = true;
    is_changed_ = true;
  }
  return Status::OK();
}

Status TableMetadataBuilder::CheckEncryptionKeys() const {
  for (const Snapshot& snapshot : table_.snapshots) {
    // A table that came without a key it needs is not this commit's fault.
    if (!snapshot.key_id ||
        (!are_keys_removed_ && !added_snapshots_.contains(snapshot.id))) {
      continue;
    }
    if (std::ranges::count(table_.encryption_keys, *snapshot.key_id,
                           &EncryptedKey::key_id) == 0) {
      return InvalidUpdate("Snapshot " + IdText(snapshot.id) +
                           " could not be read: the table would have no encryption key " +
                           *snapshot.key_id);
    }
  }
  return Status::OK();
}

/// The table's key stays the same for its life: other writers would go on with the old
/// one, or write in clear what readers take for encrypted.
Status TableMetadataBuilder::CheckEncryptionProperty() const {
  const std::string before = base_.Property(kEncryptionKeyIdProperty, "");
  const std::string after = table_.Property(kEncryptionKeyIdProperty, "");
  if (before == after) {
    return Status::OK();
  }
  const std::string name = kEncryptionKeyIdProperty;
  if (!base_.snapshots.empty()) {
    return InvalidUpdate(name + " of a table that has snapshots cannot change: it is \"" +
                         before + "\", not \"" + after + "\"");
  }
  if (!after.empty() && table_.format_version < 3) {
    return InvalidUpdate(name + " needs format version 3, the table's is " +
                         std::to_string(table_.format_version));
  }
  return Status::OK();
}

}  // namespace tarn::iceberg::internal
