// The catalog in SQLite, in the tables that every SQL/JDBC catalog shares, so that
// PyIceberg's SqlCatalog and Java's JdbcCatalog open the same file.
#pragma once

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
};

/// `io`, `clock` and `random` outlive the catalog. Several processes may open one file.
/// Errors: kIoFailed, kForbidden, kInvalidData (not a catalog database).
Result<std::unique_ptr<Catalog>> OpenSqliteCatalog(SqliteCatalogOptions options,
                                                   io::FileIO& io, Clock& clock,
                                                   Random& random);

}  // namespace tarn::catalog
