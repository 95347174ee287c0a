// Which files snapshots reach: the ground that expiry and orphan removal stand on.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table::internal {

/// Locations as 64-bit hashes of their keys (file_location.h), 16 bytes or so each.
/// Contains() never says no of a location that was added; a wrong yes (1 in 10^13 at a
/// million files) keeps a file that could have gone.
class LocationSet {
 public:
  void Add(std::string_view location) { hashes_.insert(HashOf(location)); }
  void AddHashes(const std::vector<uint64_t>& hashes) {
    hashes_.insert(hashes.begin(), hashes.end());
  }
  void AddAll(const LocationSet& other) {
    hashes_.insert(other.hashes_.begin(), other.hashes_.end());
  }
  bool Contains(std::string_view location) const {
    return hashes_.contains(HashOf(location));
  }
  static uint64_t HashOf(std::string_view location);

 private:
  std::unordered_set<uint64_t> hashes_;
};

/// Reads manifest lists and manifests of one table, each once over its life. Whole
/// reachable sets are compared, over all snapshots that stay: what a snapshot's parent
/// had or what its manifests say was added counts for nothing. Thread-compatible.
class SnapshotFiles {
 public:
  SnapshotFiles(io::FileIO& io, const ActionControl& control)
      : io_(io), control_(control) {}

  /// What is reached from some snapshot of `expired` and from none of `remaining`:
  /// content files, manifests and manifest lists, in this order. A manifest or list that
  /// only expired snapshots need and that is gone is no error.
  Result<std::vector<TableFile>> OnlyReachableFrom(
      const iceberg::TableMetadata& metadata,
      const std::vector<iceberg::Snapshot>& expired,
      const std::vector<iceberg::Snapshot>& remaining);

  /// Manifest lists, manifests and live content files of `snapshots`.
  Status AddReachable(const iceberg::TableMetadata& metadata,
                      const std::vector<iceberg::Snapshot>& snapshots,
                      LocationSet* reachable);

  /// Partition specs of the manifests of `snapshots`, and the columns of their equality
  /// deletes.
  struct InUse {
    std::set<iceberg::SpecId> specs;
    std::set<iceberg::FieldId> equality_columns;
  };
  Result<InUse> InUseBy(const iceberg::TableMetadata& metadata,
                        const std::vector<iceberg::Snapshot>& snapshots);

 private:
  enum class IfMissing : uint8_t { kFail, kSkip };
  struct ManifestInfo {
    iceberg::ManifestFile description;
    bool is_read = false;
    std::vector<uint64_t> live = {};  // hashes of the live files, once it is read
    std::vector<iceberg::FieldId> equality_columns = {};
  };

  Status ReadLists(const iceberg::TableMetadata& metadata,
                   const std::vector<iceberg::Snapshot>& snapshots, IfMissing if_missing);
  Status ReadManifests(const std::vector<std::string>& keys);
  Result<std::map<std::string, TableFile>> LiveFilesOf(
      const std::vector<std::string>& manifest_keys);
  std::set<std::string> ManifestKeysOf(
      const std::vector<iceberg::Snapshot>& snapshots) const;

  io::FileIO& io_;
  const ActionControl& control_;
  std::map<iceberg::SnapshotId, std::vector<std::string>> lists_;  // keys of manifests
  std::unordered_map<std::string, ManifestInfo> manifests_;        // by location key
};

}  // namespace tarn::table::internal
