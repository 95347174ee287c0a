// Moving an append to a newer head: the files that it takes (iceberg/append_rebase.h says
// what goes into them).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tarn/base/clock.h"
#include "tarn/base/result.h"
#include "tarn/catalog/internal/lru_cache.h"
#include "tarn/iceberg/append_rebase.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::catalog::internal {

using ManifestList = std::vector<iceberg::ManifestFile>;

/// A manifest list that is to be written before its snapshot is committed.
struct NewManifestList {
  std::string location;
  std::string bytes;
  std::shared_ptr<const ManifestList> manifests;  // what they say
};

/// Thread-safe.
class AppendMover {
 public:
  AppendMover(io::FileIO& io, Random& random) : io_(io), random_(random) {}

  /// Reads what an append to `table` brings, whatever head it goes to. Errors:
  /// kCommitConflict for any reason not to move it, also that its files cannot be read.
  Result<std::shared_ptr<const iceberg::AppendedManifests>> Examine(
      const iceberg::TableMetadata& table, const iceberg::AppendUpdate& append);

  struct Moved {
    iceberg::Snapshot snapshot;
    NewManifestList list;  // not written yet
  };
  /// The append on the head of its branch in `table`. `unwritten` are lists that heads in
  /// `table` have and no file has yet. Errors: kCommitConflict.
  Result<Moved> Move(const iceberg::TableMetadata& table,
                     const iceberg::AppendUpdate& append,
                     const iceberg::AppendedManifests& appended,
                     const std::vector<NewManifestList>& unwritten);

  /// True if the snapshot that `table` has under the append's id has its manifests, and
  /// is not another writer's that took the same number. Errors: kCommitConflict if the
  /// lists cannot be read.
  Result<bool> IsSame(const iceberg::TableMetadata& table,
                      const iceberg::AppendUpdate& append,
                      const std::vector<NewManifestList>& unwritten);

  /// Creates the file. Errors: those of FileIO.
  Status Write(const NewManifestList& list);
  /// Removes a file of Write(), or what it left; a failure only leaves an orphan.
  void Discard(const NewManifestList& list);

 private:
  Result<std::shared_ptr<const ManifestList>> ReadList(
      const iceberg::Snapshot& snapshot,
      const std::vector<NewManifestList>& unwritten = {});
  Result<std::shared_ptr<const iceberg::AppendedManifests>> ReadAppended(
      const iceberg::TableMetadata& table, const iceberg::AppendUpdate& append);

  io::FileIO& io_;
  Random& random_;
  // Heads' lists are asked for again by each of the writers that started from them.
  LruCache<ManifestList> lists_{"manifest_lists", 256, size_t{32} << 20};
};

}  // namespace tarn::catalog::internal
