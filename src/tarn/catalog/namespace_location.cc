#include "tarn/catalog/namespace_location.h"

namespace tarn::catalog {

Result<std::string> NamespaceLocation(Catalog& catalog, const iceberg::Namespace& ns,
                                      const Properties& properties) {
  const auto given = properties.find("location");
  if (given != properties.end() && !given->second.empty()) {
    return given->second;
  }
  ARROW_ASSIGN_OR_RAISE(const std::string table, catalog.NewTableLocation({ns, "t"}));
  return table.substr(0, table.rfind('/'));
}

}  // namespace tarn::catalog
