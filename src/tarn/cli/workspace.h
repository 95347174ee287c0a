// A Tarn home: configuration, warehouse, catalog and engine of one directory.
//
//   ARROW_ASSIGN_OR_RAISE(auto workspace, Workspace::Open({.home = invocation.home}));
//   ARROW_ASSIGN_OR_RAISE(auto table, workspace->catalog().LoadTable(ident));
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/catalog/store.h"
#include "tarn/cli/kept_catalogs.h"
#include "tarn/cli/other_catalogs.h"
#include "tarn/engine/engine.h"
#include "tarn/io/file_io.h"
#include "tarn/storage/deleted_rows.h"
#include "tarn/storage/table_writer.h"
#include "tarn/table/manifest_cache.h"
#include "tarn/table/write.h"

namespace tarn::cli {

enum class HomeMode : uint8_t {
  kExisting,  // commands that only read: a missing home is an error
  kCreate,    // made if missing
};

/// A setting from the command line, which wins over tarn.yaml and the environment.
struct ConfigFlag {
  std::string key;
  std::string value;
  std::string flag;  // "--listen"
};

struct WorkspaceOptions {
  std::string home;  // empty: $TARN_HOME, then ./tarn-home
  HomeMode mode = HomeMode::kExisting;
  std::string config_file = {};  // in place of the home's tarn.yaml
  std::vector<ConfigFlag> flags = {};
  /// The catalog to work on: one of the setting `catalogs`; empty: the warehouse.
  std::string catalog = {};
  /// The server whose catalog takes the warehouse's place; no home is needed then.
  std::string server = {};
};

/// The home that `option` (--home) means, absolute.
std::string HomeDirectory(const std::string& option);

/// Where a program that works on a server keeps its history and spills; made if missing.
std::string StateDirectory();

/// Errors of the configuration in `home` and the environment name the key. A home without
/// tarn.yaml has the defaults; a `config_file`, read in its place, must be there.
Result<Config> ReadConfig(const std::string& home, const std::string& config_file = "");

/// `location` of a setting as an absolute URI.
std::string WarehouseUri(const std::string& location);

/// Thread-compatible.
class Workspace {
 public:
  /// Errors: kNoSuchFile for a missing home (kExisting), kForbidden, kInvalidData for a
  /// bad tarn.yaml or catalog.
  static Result<std::unique_ptr<Workspace>> Open(const WorkspaceOptions& options);

  const std::string& home() const { return home_; }
  /// Where new tables go, as a URI.
  const std::string& warehouse_location() const { return warehouse_location_; }
  const Config& config() const { return config_; }
  /// The files of the catalog's tables.
  io::FileIO& io() { return other_ == nullptr ? *io_ : other_->files(); }
  /// Files as the settings reach them: what a load reads.
  io::FileIO& home_io() { return *io_; }
  /// The database that the catalog is in.
  catalog::Store& store() { return *store_; }
  catalog::Catalog& catalog() {
    return other_ == nullptr ? *catalog_ : other_->catalog();
  }
  table::Context context() {
    return other_ == nullptr ? ContextOf(*catalog_) : other_->context();
  }
  /// True if the catalog is another server's.
  bool is_other() const { return other_ != nullptr; }
  /// Works on the catalog of the settings whose name comes first in `ident`, if there is
  /// one; gives the table's name in it.
  Result<iceberg::TableIdent> Choose(iceberg::TableIdent ident);
  /// To work on another catalog with the files, caches and settings of this home.
  table::Context ContextOf(catalog::Catalog& catalog) {
    return {
        catalog,          *io_,          SystemClock(), SystemRandom(), manifests_.get(),
        deletions_.get(), writing_.get()};
  }
  /// Another warehouse in the same store; `location` as warehouse.location.
  std::unique_ptr<catalog::Catalog> OpenWarehouse(const std::string& name,
                                                  const std::string& location);
  /// How tables are written where they do not say.
  const storage::TableWriterOptions& writing() const { return *writing_; }
  /// The SQL engine, opened on first use (some 30 ms); from any thread.
  Result<engine::Engine*> engine();
  /// As engine(), with this memory limit when it is not open yet.
  Result<engine::Engine*> engine(int64_t memory_bytes_max);
  std::string history_file() const { return home_ + "/history"; }
  /// Where processes list the files that they are writing.
  std::string journal_directory() const { return home_ + "/writes"; }

 private:
  Workspace(std::string home, Config config)
      : home_(std::move(home)), config_(std::move(config)) {}

  /// The catalog called `name`, of the settings, from now on. Errors: kUsage.
  Status UseCatalog(const std::string& name);
  Status UseServer(const std::string& server);
  Status OpenOther(const engine::OtherCatalog& other);

  std::string home_;
  std::string warehouse_location_;
  Config config_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Store> store_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<table::ManifestCache> manifests_;
  std::unique_ptr<storage::DeletedRows> deletions_;
  std::unique_ptr<storage::TableWriterOptions> writing_;
  std::unique_ptr<OpenedCatalog> other_;  // in place of catalog_
  bool is_on_server_ = false;
  std::unique_ptr<KeptCatalogs> kept_catalogs_;  // nullptr on a server's catalog
  std::mutex engine_mutex_;
  std::unique_ptr<engine::Engine> engine_;  // guarded by engine_mutex_
};

}  // namespace tarn::cli
