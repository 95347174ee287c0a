// What an attached catalog works with: the warehouse's, or another server's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/rest_catalog.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"
#include "tarn/table/manifest_cache.h"

namespace tarn::engine {

/// Immutable; what it refers to is thread-safe.
class CatalogSource {
 public:
  /// The warehouse, whose parts outlive the engine.
  explicit CatalogSource(const table::Context& warehouse);
  /// A REST catalog with caches of its own, and the clock and settings of `warehouse`.
  CatalogSource(std::unique_ptr<catalog::RestCatalog> rest,
                const table::Context& warehouse);

  const table::Context& tarn() const { return tarn_; }
  /// nullptr for the warehouse.
  catalog::RestCatalog* rest() const { return rest_.get(); }

 private:
  std::unique_ptr<catalog::RestCatalog> rest_;
  std::unique_ptr<storage::DeletedRows> deletions_;
  std::unique_ptr<table::ManifestCache> manifests_;
  storage::TableWriterOptions writing_;
  table::Context tarn_;
};

/// The catalogs of an engine by number, for DuckDB's file system: it gets a file's
/// location and the number of the catalog whose credentials open it. Thread-safe.
class CatalogSources {
 public:
  /// A number that no other catalog had or gets; never 0.
  uint64_t Add(const std::shared_ptr<CatalogSource>& source);
  /// nullptr if the catalog has been detached.
  std::shared_ptr<CatalogSource> Find(uint64_t number) const;

 private:
  mutable std::mutex mutex_;
  std::map<uint64_t, std::weak_ptr<CatalogSource>> sources_;
  uint64_t last_ = 0;
};

}  // namespace tarn::engine
