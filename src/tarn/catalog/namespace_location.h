// Where the tables of a namespace are made.
#pragma once

#include <string>

#include "tarn/catalog/catalog.h"

namespace tarn::catalog {

/// Where tables of the namespace go that are made without a location: its property
/// "location", if `properties` has one, or a directory in the warehouse.
/// Errors: kNoSuchNamespace.
Result<std::string> NamespaceLocation(Catalog& catalog, const iceberg::Namespace& ns,
                                      const Properties& properties);

}  // namespace tarn::catalog
