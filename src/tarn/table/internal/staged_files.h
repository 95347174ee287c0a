// The manifests and manifest lists that a commit in the making has written.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/io/file_io.h"
#include "tarn/table/context.h"

namespace tarn::storage {
class WriteJournal;
}

namespace tarn::table::internal {

/// Thread-safe. Files are remembered before they are written, since a write that fails
/// may leave one.
class StagedFiles {
 public:
  explicit StagedFiles(const Context& context);

  /// Writes a finished manifest to the table's metadata folder; the result has its path,
  /// and its key if the table is encrypted.
  Result<iceberg::ManifestFile> WriteManifest(const iceberg::TableMetadata& table,
                                              iceberg::ManifestWriter::Finished finished);
  /// Writes the manifest list of `snapshot`, which gets its location and, if the table is
  /// encrypted, the id of its key. Errors: also those of iceberg::SealManifestList.
  Status WriteManifestList(const iceberg::TableMetadata& table, std::string_view avro,
                           iceberg::Snapshot* snapshot);
  /// What must be committed with `snapshot`: it, after the keys that its list is read
  /// with.
  std::vector<iceberg::TableUpdate> UpdatesToAdd(iceberg::Snapshot snapshot);

  /// Deletes all files but those in `kept`, as far as they can be: what cannot be deleted
  /// is unreferenced and is found by ListUnreferencedFiles.
  void DeleteAllBut(const std::set<std::string>& kept);

 private:
  Status Write(const iceberg::TableMetadata& table, const std::string& location,
               std::string_view bytes);

  io::FileIO& io_;
  Clock& clock_;
  const std::shared_ptr<storage::WriteJournal> journal_;
  const std::string token_;  // makes the names unique
  std::atomic<int32_t> manifests_{0};
  std::atomic<int32_t> lists_{0};
  std::mutex mutex_;
  // Guarded by mutex_:
  std::set<std::string> locations_;
  std::map<std::string, std::vector<iceberg::EncryptedKey>> keys_;  // by list's key id
};

}  // namespace tarn::table::internal
