// What a catalog that holds all its tables in one place can tell of one moment.
#pragma once

#include <map>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::catalog {

/// Beside Catalog: catalogs of other servers know each table for itself only.
/// Thread-safe.
class OneMoment {
 public:
  virtual ~OneMoment() = default;

  /// Where the metadata of every table is: what reads several tables together goes by it.
  virtual Result<std::map<iceberg::TableIdent, std::string>> TableLocations() = 0;
  /// The table as the file at a location of TableLocations() says. Errors: kNoSuchFile if
  /// it was removed since, kInvalidData.
  virtual Result<LoadedTable> LoadTableAt(const iceberg::TableIdent& ident,
                                          const std::string& metadata_location) = 0;
};

}  // namespace tarn::catalog
