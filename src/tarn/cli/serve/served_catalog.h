// The warehouses of a home behind the Iceberg REST catalog protocol.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tarn/catalog/catalog.h"
#include "tarn/cli/serve/serve_settings.h"
#include "tarn/cli/serve/warehouse_settings.h"
#include "tarn/cli/workspace.h"
#include "tarn/gateway/iceberg_rest/credential_vendor.h"
#include "tarn/gateway/iceberg_rest/rest_catalog.h"

namespace tarn::cli {

/// Thread-safe once it is made.
class ServedCatalog {
 public:
  /// The home's own warehouse, then those of the setting `warehouses`. `workspace` and
  /// `authenticator` (nullptr: everybody may call) outlive it. Errors: kInvalidArgument
  /// for warehouses whose names or settings do not fit.
  static Result<std::unique_ptr<ServedCatalog>> Make(
      Workspace& workspace, const ServeSettings& settings,
      governance::Authenticator* authenticator);

  const std::vector<gateway::RestWarehouse>& warehouses() const { return warehouses_; }
  gateway::RestCatalog& rest() { return *rest_; }

 private:
  ServedCatalog() = default;
  Status AddWarehouse(Workspace& workspace, const ServeSettings& settings,
                      const WarehouseSettings& warehouse, catalog::Catalog& catalog);

  std::vector<std::unique_ptr<catalog::Catalog>> catalogs_;  // of further warehouses
  std::vector<std::unique_ptr<gateway::CredentialVendor>> vendors_;
  std::vector<gateway::RestWarehouse> warehouses_;
  std::unique_ptr<gateway::RestCatalog> rest_;
};

}  // namespace tarn::cli
