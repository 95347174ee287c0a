// One catalog in a SQLite file of its own: a store (catalog/store.h) for programs that
// need no more of it.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tarn/base/clock.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"

namespace tarn::catalog {

struct SqliteCatalogOptions {
  std::string path;              // catalog.db; made if missing
  std::string warehouse;         // default location of tables, absolute
  std::string name = "iceberg";  // `catalog_name` in the rows
  std::chrono::milliseconds undrop_retention{0};
};

/// As OpenStore and Store::OpenCatalog. Errors: kIoFailed, kForbidden, kInvalidData (not
/// a catalog database).
Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(SqliteCatalogOptions options,
                                                   io::FileIO& io, Clock& clock,
                                                   Random& random);

}  // namespace tarn::catalog
