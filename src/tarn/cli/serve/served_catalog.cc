#include "tarn/cli/serve/served_catalog.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::cli {

Status ServedCatalog::AddWarehouse(Workspace& workspace, const ServeSettings& settings,
                                   const WarehouseSettings& warehouse,
                                   catalog::Catalog& catalog) {
  const std::string& name = warehouse.name;
  const bool is_taken = std::ranges::any_of(
      warehouses_, [&](const auto& known) { return known.name == name; });
  if (is_taken || name.empty() || name.find_first_of("/?#% ") != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The setting warehouses needs names that differ from each other and "
                     "from catalog.name, without spaces, slashes and % ? #, not: " +
                         name);
  }
  auto vending = gateway::VendingOptionsFrom(warehouse.config, warehouse.location);
  if (!vending.ok()) {
    return WithContext("Warehouse " + name + ": ", vending.status());
  }
  vendors_.push_back(
      std::make_unique<gateway::CredentialVendor>(*std::move(vending), SystemClock()));
  warehouses_.push_back({.name = name,
                         .location = warehouse.location,
                         .context = workspace.ContextOf(catalog),
                         .services = {.operations = &workspace.store().operations(),
                                      .settings = &workspace.store().settings(),
                                      .vendor = vendors_.back().get(),
                                      .level_separator = settings.namespace_separator}});
  return Status::OK();
}

Result<std::unique_ptr<ServedCatalog>> ServedCatalog::Make(
    Workspace& workspace, const ServeSettings& settings,
    governance::Authenticator* authenticator) {
  std::unique_ptr<ServedCatalog> served(new ServedCatalog());
  RETURN_NOT_OK(served->AddWarehouse(workspace, settings,
                                     {.name = workspace.catalog().name(),
                                      .location = workspace.warehouse_location(),
                                      .config = workspace.config()},
                                     workspace.catalog()));
  ARROW_ASSIGN_OR_RAISE(auto others, WarehouseSettingsFrom(workspace.config()));
  for (WarehouseSettings& other : others) {
    other.location = WarehouseUri(other.location);
    served->catalogs_.push_back(workspace.OpenWarehouse(other.name, other.location));
    RETURN_NOT_OK(
        served->AddWarehouse(workspace, settings, other, *served->catalogs_.back()));
  }
  served->rest_ = std::make_unique<gateway::RestCatalog>(
      gateway::RestCatalogOptions{.warehouses = served->warehouses_,
                                  .authenticator = authenticator,
                                  .public_url = settings.public_url,
                                  .body_bytes_max = settings.body_bytes_max});
  return served;
}

}  // namespace tarn::cli
