#include "tarn/engine/internal/catalog_source.h"

#include <utility>

namespace tarn::engine {
namespace {

/// Less than the warehouse's: there may be several such catalogs.
constexpr int64_t kCacheBytes = int64_t{64} << 20;

}  // namespace

CatalogSource::CatalogSource(const table::Context& warehouse) : tarn_(warehouse) {}

CatalogSource::CatalogSource(std::unique_ptr<catalog::RestCatalog> rest,
                             const table::Context& warehouse)
    : rest_(std::move(rest)),
      deletions_(std::make_unique<storage::DeletedRows>(kCacheBytes)),
      manifests_(std::make_unique<table::ManifestCache>(kCacheBytes)),
      tarn_{.catalog = *rest_,
            .io = rest_->files(),
            .clock = warehouse.clock,
            .random = warehouse.random,
            .manifests = manifests_.get(),
            .deletions = deletions_.get()} {
  if (warehouse.writing != nullptr) {
    writing_ = *warehouse.writing;
    // Of files that it names, the warehouse would find no table that refers to them.
    writing_.journal = nullptr;
    tarn_.writing = &writing_;
  }
}

uint64_t CatalogSources::Add(const std::shared_ptr<CatalogSource>& source) {
  const std::lock_guard lock(mutex_);
  std::erase_if(sources_, [](const auto& entry) { return entry.second.expired(); });
  sources_[++last_] = source;
  return last_;
}

std::shared_ptr<CatalogSource> CatalogSources::Find(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = sources_.find(number);
  return found == sources_.end() ? nullptr : found->second.lock();
}

}  // namespace tarn::engine
