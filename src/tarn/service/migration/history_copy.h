// A table's copy with all its snapshots: metadata and files at another place.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/service/migration/table_migration.h"
#include "tarn/table/context.h"

namespace tarn::service {

/// Files of a copy that no catalog names yet; deleted unless released. Not shared.
class HistoryCopy {
 public:
  /// Copies `table` to a new location of the destination's catalog. The copy has its own
  /// table id, and says in its properties where it came from. Errors: kInvalidArgument (a
  /// file outside of the table's location), kNotSupported (an encrypted table),
  /// kCancelled, those of both FileIOs; nothing is left behind.
  static Result<std::unique_ptr<HistoryCopy>> Make(const MigrationRun& run,
                                                   const TablePair& pair,
                                                   const catalog::LoadedTable& table,
                                                   const table::Context& source,
                                                   const table::Context& destination);
  ~HistoryCopy();
  HistoryCopy(const HistoryCopy&) = delete;
  HistoryCopy& operator=(const HistoryCopy&) = delete;

  const std::string& metadata_location() const { return metadata_location_; }
  const std::shared_ptr<const iceberg::TableMetadata>& metadata() const {
    return metadata_;
  }
  int64_t num_files() const { return num_files_; }
  int64_t bytes() const { return bytes_; }
  /// Before the catalog is asked to name the files. Errors: those of CopyJournal.
  Status BeginToRegister();
  /// The catalog names the files, or perhaps does.
  void Release();

 private:
  HistoryCopy(io::FileIO& files, CopyJournal* journal)
      : files_(files), journal_(journal) {}
  void EndInJournal();
  Status CopyFiles(const MigrationRun& run, io::FileIO& both, const std::string& list);
  Status WriteMetadata(const MigrationRun& run, const TablePair& pair,
                       const catalog::LoadedTable& table, const std::string& latest,
                       const table::Context& destination);

  io::FileIO& files_;           // of the destination
  CopyJournal* const journal_;  // may be null
  std::string id_;              // in the journal
  std::string location_;
  std::string metadata_location_;
  std::shared_ptr<const iceberg::TableMetadata> metadata_;
  int64_t num_files_ = 0;
  int64_t bytes_ = 0;
};

/// Pairs of the lines "source,target" that RewriteTablePath lists. Errors: kInvalidData.
Result<std::vector<std::pair<std::string, std::string>>> ReadFileList(
    std::string_view csv);

}  // namespace tarn::service
