// Catalogs of other servers: those of the settings, and the one that --server names.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/catalog/rest_catalog.h"
#include "tarn/engine/engine.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/context.h"

namespace tarn::cli {

/// The setting `catalogs` by name. Errors: kInvalidArgument for one that SQL could not
/// tell from the warehouse or DuckDB's own, or of an unknown type.
Result<std::vector<engine::OtherCatalog>> OtherCatalogsOf(const Config& config);

/// What `server`, the name of one of these or a URL, means for the catalog called `name`.
/// A URL without a path is a Tarn server's, whose catalog is below /catalog. Errors:
/// kUsage.
Result<engine::OtherCatalog> CatalogOfServer(const Config& config,
                                             const std::string& server,
                                             const std::string& name);

/// The settings that say how files are reached: s3.*, adls.*, gcs.*.
std::map<std::string, std::string> FileProperties(const Config& config);

/// What of a home a catalog of another server works with; outlives it.
struct HomeParts {
  io::FileIO& io;
  table::ManifestCache* manifests = nullptr;
  storage::DeletedRows* deletions = nullptr;
  const storage::TableWriterOptions& writing;
};

/// A REST catalog with all that work on its tables needs. Thread-safe.
class OpenedCatalog {
 public:
  /// What it writes is in no journal of the home: nobody there could tell what became of
  /// it. Errors: those of OpenRestCatalog.
  static Result<std::unique_ptr<OpenedCatalog>> Open(const engine::OtherCatalog& other,
                                                     const Config& config,
                                                     const HomeParts& home);

  catalog::Catalog& catalog() { return *catalog_; }
  io::FileIO& files() { return catalog_->files(); }
  table::Context context();

 private:
  OpenedCatalog(std::unique_ptr<catalog::RestCatalog> catalog, const HomeParts& home);

  std::unique_ptr<catalog::RestCatalog> catalog_;
  const HomeParts home_;
  storage::TableWriterOptions writing_;
};

}  // namespace tarn::cli
