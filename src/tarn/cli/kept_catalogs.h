// Catalogs that CREATE CATALOG made, in the store that all servers of a home share.
#pragma once

#include <string>
#include <vector>

#include "tarn/catalog/key_value_store.h"
#include "tarn/engine/engine.h"

namespace tarn::cli {

/// Thread-safe. Secrets are references (base/secret_reference.h): none is stored.
class KeptCatalogs final : public engine::CatalogKeeper {
 public:
  /// `settings` outlives it.
  explicit KeptCatalogs(catalog::KeyValueStore& settings) : settings_(settings) {}

  /// Errors: kInvalidData for an entry that is none.
  Result<std::vector<engine::OtherCatalog>> List() override;
  Status Put(const engine::OtherCatalog& catalog) override;
  Status Remove(const std::string& name) override;

 private:
  catalog::KeyValueStore& settings_;
};

}  // namespace tarn::cli
