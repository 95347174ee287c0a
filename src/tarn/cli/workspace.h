// A Tarn home: configuration, warehouse, catalog and engine of one directory.
//
//   ARROW_ASSIGN_OR_RAISE(auto workspace, Workspace::Open({.home = invocation.home}));
//   ARROW_ASSIGN_OR_RAISE(auto table, workspace->catalog().LoadTable(ident));
#pragma once

#include <memory>
#include <string>

#include "tarn/base/config.h"
#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
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

struct WorkspaceOptions {
  std::string home;  // empty: $TARN_HOME, then ./tarn-home
  HomeMode mode = HomeMode::kExisting;
};

/// The home that `option` (--home) means, absolute.
std::string HomeDirectory(const std::string& option);

/// Errors of the configuration in `home` and the environment name the key. A home without
/// tarn.yaml has the defaults.
Result<Config> ReadConfig(const std::string& home);

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
  io::FileIO& io() { return *io_; }
  catalog::Catalog& catalog() { return *catalog_; }
  table::Context context() {
    return {
        *catalog_,        *io_,          SystemClock(), SystemRandom(), manifests_.get(),
        deletions_.get(), writing_.get()};
  }
  /// How tables are written where they do not say.
  const storage::TableWriterOptions& writing() const { return *writing_; }
  /// The SQL engine, opened on first use (some 30 ms).
  Result<engine::Engine*> engine();
  /// As engine(), with this memory limit when it is not open yet.
  Result<engine::Engine*> engine(int64_t memory_bytes_max);
  std::string history_file() const { return home_ + "/history"; }
  /// Where processes list the files that they are writing.
  std::string journal_directory() const { return home_ + "/writes"; }

 private:
  Workspace(std::string home, Config config)
      : home_(std::move(home)), config_(std::move(config)) {}

  std::string home_;
  std::string warehouse_location_;
  Config config_;
  std::unique_ptr<io::FileIO> io_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<table::ManifestCache> manifests_;
  std::unique_ptr<storage::DeletedRows> deletions_;
  std::unique_ptr<storage::TableWriterOptions> writing_;
  std::unique_ptr<engine::Engine> engine_;
};

}  // namespace tarn::cli
