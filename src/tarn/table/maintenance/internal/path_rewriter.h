// A table's metadata with other paths in it.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::table::internal {

/// What a path is at the source, at the target, and in the staging directory.
struct PathMapping {
  std::string source_prefix;  // without a slash at the end, as the next
  std::string target_prefix;
  std::string staging;

  /// `path` may spell its store otherwise than the source prefix does. Errors:
  /// kInvalidArgument if it does not lie below that.
  Result<std::string> Target(const std::string& path) const;
  Result<std::string> Staged(const std::string& path) const;
};

/// Rewrites files of one table; each at most once. Thread-safe.
class PathRewriter {
 public:
  PathRewriter(io::FileIO& io, PathMapping mapping)
      : io_(io), mapping_(std::move(mapping)) {}

  /// `metadata` with the target's paths. Log entries not in `kept_log` are left out.
  Result<iceberg::TableMetadata> Rewrite(
      iceberg::TableMetadata metadata,
      const std::map<std::string, bool>& exists_by_log_entry) const;

  /// Stages the manifest that `manifest` describes, and the delete files in it whose
  /// content names data files; `manifest` becomes what the target's list says of it.
  Status StageManifest(iceberg::ManifestFile* manifest);
  /// Stages the list of `snapshot` with `manifests` as StageManifest left them.
  Status StageManifestList(const iceberg::Snapshot& snapshot,
                           const std::vector<iceberg::ManifestFile>& manifests,
                           int32_t format_version);

  /// Adds a file that is copied as it is.
  Status CopyAsIs(const std::string& path);

  /// Where each file of the target comes from: by target path.
  const std::map<std::string, std::string>& copies() const { return copies_; }
  int64_t num_delete_files() const { return num_delete_files_; }
  const PathMapping& mapping() const { return mapping_; }

  /// Writes `bytes` as the staged form of `path`.
  Status Stage(const std::string& path, const std::string& bytes);

 private:
  Status RewriteEntry(iceberg::ManifestEntry* entry);
  Status RewriteDeleteFile(iceberg::DataFile* file);
  Result<int64_t> StagePositionDeletes(const iceberg::DataFile& file);
  Result<int64_t> StageDeletionVectors(const std::string& path);
  Status Record(const std::string& path, const std::string& from);

  io::FileIO& io_;
  const PathMapping mapping_;
  std::mutex mutex_;  // guards copies_
  std::map<std::string, std::string> copies_;
  std::mutex delete_mutex_;  // guards what follows; one delete file is staged at a time
  std::map<std::string, int64_t> staged_bytes_;  // by source path
  int64_t num_delete_files_ = 0;
};

}  // namespace tarn::table::internal
