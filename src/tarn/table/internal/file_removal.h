// What a row delta, a rewrite or a partition overwrite takes from a table's head.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/table/internal/manifest_rewrite.h"
#include "tarn/table/internal/partition_set.h"
#include "tarn/table/internal/row_filter.h"
#include "tarn/table/internal/summary.h"
#include "tarn/table/write.h"

namespace tarn::table::internal {

/// The head without what went.
struct RemainingFiles {
  std::vector<iceberg::ManifestFile> manifests;  // those without live files left out,
                                                 // unless they say what went
  FileTotals removed;
  std::vector<iceberg::DataFile> removed_data_files;  // without statistics
};

/// Finds the files of one request in one head. Data manifests are looked through first,
/// for what goes and for what delete files of the request refer to; then delete
/// manifests, for what goes and what went with its data file. Manifests that cannot hold
/// any of them are not read. Thread-compatible; `request` and `target` outlive it.
class FileRemoval {
 public:
  FileRemoval(const WriteRequest& request, const RewriteTarget& target);

  /// `added` are the request's own manifests. Errors: kCommitConflict if a file that must
  /// be live is not, or if a data file has deletes that the request's deletion vector
  /// does not know; kInvalidArgument if only some rows of a file match `removed_rows`.
  Result<RemainingFiles> Run(const std::vector<iceberg::ManifestFile>& head,
                             const std::vector<iceberg::ManifestFile>& added);

 private:
  struct HashText {
    using is_transparent = void;
    size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Names = std::unordered_set<std::string, HashText, std::equal_to<>>;
  /// Paths or keys of files; which of them were found in the head.
  struct Wanted {
    Names names;
    Names found;
  };
  using Manifests = std::vector<iceberg::ManifestFile>;

  Status Prepare();
  Status PrepareDeleteFile(const iceberg::DataFile& file);
  Status FilterAll(const Manifests& manifests,
                   const std::function<bool(const iceberg::ManifestFile&)>& may_concern,
                   const RemovalPredicate& goes, RemainingFiles* result);
  bool MayConcernData(const iceberg::ManifestFile& manifest) const;
  bool MayConcernDeletes(const iceberg::ManifestFile& manifest) const;
  Result<bool> DataFileGoes(const OpenedManifest& manifest, size_t row);
  Result<bool> DeleteFileGoes(const iceberg::ManifestEntry& entry);
  Result<bool> IsSuperseded(const iceberg::ManifestEntry& entry) const;
  Result<bool> GoesWithItsPartition(const iceberg::DataFile& file) const;
  void ForgetDeletesOlderThanData(const Manifests& data, const Manifests& added);
  Status RequireAll(const Wanted& wanted, const char* what) const;
  /// True if `name` is wanted; remembers that it was found. Thread-safe.
  bool Find(std::string_view name, Wanted* wanted);

  const WriteRequest& request_;
  const RewriteTarget& target_;
  std::mutex mutex_;  // guards `found` of all Wanted
  Wanted removed_data_;
  Wanted referenced_data_;  // by delete files of the request
  Wanted removed_deletes_;  // DeleteFileKey
  Names vector_targets_;    // data files that get a new vector
  Names gone_data_;         // of this head, by whatever rule
  PartitionSet data_partitions_;
  PartitionSet delete_partitions_;
  PartitionSet replaced_partitions_;
  std::optional<RowFilter> removed_rows_;
  /// Delete files below apply to no data file of the head any more.
  iceberg::SequenceNumber oldest_data_;
};

}  // namespace tarn::table::internal
