// Parsed manifests and manifest lists, shared by everybody who plans. What is cached is
// immutable: a path in an Iceberg table is written once.
//
//   ManifestCache cache(256 << 20);
//   Context context{catalog, io, clock, random, &cache};
//   ARROW_ASSIGN_OR_RAISE(ScanPlan plan, PlanScan(context, request));
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tarn/base/cache_metrics.h"
#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/manifest_columns.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/io/file_io.h"

namespace tarn::table {

/// Keeps what was used last within a budget of bytes. What several threads ask for at
/// once is read by one of them. Failures are not kept. One cache belongs to one FileIO:
/// locations are all it goes by. Thread-safe.
class ManifestCache {
 public:
  using Manifest = std::shared_ptr<const iceberg::ManifestColumns>;
  using List = std::shared_ptr<const std::vector<iceberg::ManifestFile>>;

  /// With 0 bytes nothing is kept.
  explicit ManifestCache(int64_t bytes_max);
  ~ManifestCache();
  ManifestCache(const ManifestCache&) = delete;
  ManifestCache& operator=(const ManifestCache&) = delete;

  /// The manifest that `list_entry` describes, with what its entries inherit from it.
  /// Errors name the manifest: kInvalidData, kNotSupported, those of FileIO.
  Result<Manifest> ReadManifest(io::FileIO& io, const iceberg::ManifestFile& list_entry);
  /// The same if it is cached, else nullptr.
  Manifest FindManifest(const iceberg::ManifestFile& list_entry);

  /// Manifests of a snapshot of `table`, v1's embedded list included. Errors as above;
  /// kForbidden without the key of an encrypted table.
  Result<List> ReadList(io::FileIO& io, const iceberg::TableMetadata& table,
                        const iceberg::Snapshot& snapshot);

  /// Anything else that follows from files which never change, by a `key` of its own.
  struct Loaded {
    std::shared_ptr<const void> value;
    size_t bytes = 0;
  };
  Result<std::shared_ptr<const void>> ReadDerived(
      std::string_view key, const std::function<Result<Loaded>()>& load);

  struct Usage {
    int64_t hits = 0;
    int64_t misses = 0;     // each was read once
    int64_t evictions = 0;  // left to make room
    int64_t entries = 0;
    int64_t bytes = 0;
    int64_t bytes_max = 0;
  };
  Usage usage() const;
  /// Forgets everything.
  void Clear();

 private:
  using Outcome = Result<std::shared_ptr<const void>>;
  struct Entry {
    std::string_view key;  // that of the map
    std::shared_ptr<const void> value;
    size_t bytes = 0;
  };
  using Entries = std::list<Entry>;  // used last first

  Outcome Get(const std::string& key, const std::function<Result<Loaded>()>& load);
  std::shared_ptr<const void> Find(const std::string& key);
  void CountHit();
  void Keep(const std::string& key, const Loaded& loaded);
  void Evict();

  const size_t bytes_max_;
  iceberg::ManifestReader reader_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::unordered_map<std::string, std::shared_future<Outcome>> in_flight_;
  Usage usage_;
  CacheMetrics metrics_{"manifests"};
};

}  // namespace tarn::table
