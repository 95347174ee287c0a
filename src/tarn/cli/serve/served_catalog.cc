#include "tarn/cli/serve/served_catalog.h"

#include <algorithm>
#include <utility>

#include "tarn/base/error.h"

namespace tarn::cli {

Status ServedCatalog::AddWarehouse(Workspace& workspace, const std::string& name,
                                   const std::string& location,
                                   catalog::Catalog& catalog) {
  const bool is_taken = std::ranges::any_of(
      warehouses_, [&](const auto& known) { return known.name == name; });
  if (is_taken || name.empty() || name.find_first_of("/?#% ") != std::string::npos) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The setting warehouses needs names that differ from each other and "
                     "from catalog.name, without spaces, slashes and % ? #, not: " +
                         name);
  }
  ARROW_ASSIGN_OR_RAISE(gateway::VendingOptions vending,
                        gateway::VendingOptionsFrom(workspace.config(), location));
  vendors_.push_back(
      std::make_unique<gateway::CredentialVendor>(std::move(vending), SystemClock()));
  warehouses_.push_back({.name = name,
                         .location = location,
                         .context = workspace.ContextOf(catalog),
                         .services = {.operations = &workspace.store().operations(),
                                      .settings = &workspace.store().settings(),
                                      .vendor = vendors_.back().get()}});
  return Status::OK();
}

Result<std::unique_ptr<ServedCatalog>> ServedCatalog::Make(
    Workspace& workspace, const ServeSettings& settings,
    governance::Authenticator* authenticator) {
  std::unique_ptr<ServedCatalog> served(new ServedCatalog());
  RETURN_NOT_OK(served->AddWarehouse(workspace, workspace.catalog().name(),
                                     workspace.warehouse_location(),
                                     workspace.catalog()));
  for (const auto& [name, location] : workspace.config().GetMap("warehouses")) {
    served->catalogs_.push_back(workspace.OpenWarehouse(name, location));
    RETURN_NOT_OK(served->AddWarehouse(workspace, name, WarehouseUri(location),
                                       *served->catalogs_.back()));
  }
  served->rest_ = std::make_unique<gateway::RestCatalog>(
      gateway::RestCatalogOptions{.warehouses = served->warehouses_,
                                  .authenticator = authenticator,
                                  .public_url = settings.public_url,
                                  .body_bytes_max = settings.body_bytes_max});
  return served;
}

}  // namespace tarn::cli
