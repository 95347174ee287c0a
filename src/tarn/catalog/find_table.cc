#include "tarn/catalog/find_table.h"

#include <utility>

#include "tarn/base/error.h"

namespace tarn::catalog {

Result<std::optional<LoadedTable>> FindTable(Catalog& catalog,
                                             const iceberg::TableIdent& ident) {
  Result<LoadedTable> loaded = catalog.LoadTable(ident);
  if (loaded.ok()) {
    return std::optional(std::move(*loaded));
  }
  const ErrorCode code = CodeOf(loaded.status());
  if (code == ErrorCode::kNoSuchTable || code == ErrorCode::kNoSuchNamespace) {
    return std::optional<LoadedTable>();
  }
  return loaded.status();
}

}  // namespace tarn::catalog
