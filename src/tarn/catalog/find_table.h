// Looks a table up that may not be there.
#pragma once

#include <optional>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"

namespace tarn::catalog {

/// Unset if there is no such table or namespace. Errors: those of the catalog.
Result<std::optional<LoadedTable>> FindTable(Catalog& catalog,
                                             const iceberg::TableIdent& ident);

}  // namespace tarn::catalog
