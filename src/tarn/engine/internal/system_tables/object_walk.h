// All catalogs, schemas or objects that names let through, one after the other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tarn/engine/internal/system_tables/catalog_listing.h"
#include "tarn/engine/internal/system_tables/name_filter.h"
#include "tarn/engine/internal/system_tables/system_table.h"

namespace tarn::engine::system_tables {

/// A catalog's schemas are listed when the walk comes to it, a schema's objects likewise.
/// Thread-compatible.
class ObjectWalk {
 public:
  /// Goes down to `per` in `catalogs`. `filter` outlives the walk.
  ObjectWalk(duckdb::ClientContext& context, std::vector<std::string> catalogs,
             RowsPer per, const NameFilter& filter);

  /// Unset at the end. May throw DuckDB's exceptions.
  std::optional<ListedObject> Next();

 private:
  bool EnterSchema();
  bool EnterCatalog();

  CatalogListing listing_;
  const RowsPer per_;
  const NameFilter& filter_;
  NameTest test_;
  bool is_begun_ = false;

  std::vector<std::string> catalogs_;
  size_t next_catalog_ = 0;
  ListedObject place_;  // where the walk is
  std::vector<std::string> schemas_;
  size_t next_schema_ = 0;
  std::vector<ListedObject> objects_;
  size_t next_object_ = 0;
};

}  // namespace tarn::engine::system_tables
