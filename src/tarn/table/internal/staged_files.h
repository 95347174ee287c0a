// The manifests and manifest lists that a commit in the making has written.
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::table::internal {

/// Thread-safe. Files are remembered before they are written, since a write that fails
/// may leave one.
class StagedFiles {
 public:
  StagedFiles(io::FileIO& io, Random& random) : io_(io), token_(NewUuid(random)) {}

  /// Writes a finished manifest to the table's metadata folder; the result has its path.
  Result<iceberg::ManifestFile> WriteManifest(const iceberg::TableMetadata& table,
                                              iceberg::ManifestWriter::Finished finished);
  /// Writes a manifest list and returns its location.
  Result<std::string> WriteManifestList(const iceberg::TableMetadata& table,
                                        iceberg::SnapshotId snapshot_id,
                                        std::string_view avro);

  /// Deletes all files but those in `kept`, as far as they can be: what cannot be deleted
  /// is unreferenced and is found by ListUnreferencedFiles.
  void DeleteAllBut(const std::set<std::string>& kept);

 private:
  Status Write(const std::string& location, std::string_view bytes);

  io::FileIO& io_;
  const std::string token_;  // makes the names unique
  std::atomic<int32_t> manifests_{0};
  std::atomic<int32_t> lists_{0};
  std::mutex mutex_;
  std::set<std::string> locations_;  // guarded by mutex_
};

}  // namespace tarn::table::internal
