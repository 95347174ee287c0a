// Files of other tables where a table's own files lie.
#pragma once

#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/file_location.h"
#include "tarn/table/maintenance/internal/snapshot_files.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table::internal {

/// What other tables and views of the catalog have in a directory.
struct SharedFiles {
  /// All that tables refer to whose directories overlap with the one asked about, or that
  /// are the same table under another name.
  LocationSet referenced;
  std::vector<FileLocation> directories = {};  // of tables and views inside of it
  std::vector<iceberg::TableIdent> tables = {};
};

/// kSkip: a table that cannot be read is taken to share nothing.
enum class IfUnreadable : uint8_t { kFail, kSkip };

/// Looks at every table and view of the catalog but `self`, and at dropped tables that
/// nobody has forgotten yet but the one of id `dropped_self`. Tables are found by their
/// location and by the properties that put files elsewhere (write.data.path…). Not found:
/// single files that another table took over by adding them (add_files). Errors: those of
/// the catalog and of FileIO.
Result<SharedFiles> FindSharedFiles(const Context& context,
                                    const catalog::LoadedTable& self,
                                    const std::vector<FileLocation>& directories,
                                    IfUnreadable if_unreadable,
                                    const ActionControl& control,
                                    const std::string& dropped_self = "");

/// Dropped tables that can be brought back or that wait for their purge; none of a
/// catalog that keeps none.
Result<std::vector<catalog::DroppedTable>> ListAllDropped(catalog::Catalog& catalog);

/// The table as it was when it was dropped, with a name that no table can have. Errors:
/// those of FileIO; kInvalidData.
Result<catalog::LoadedTable> LoadDroppedTable(io::FileIO& io,
                                              const catalog::DroppedTable& dropped);

/// Where a table puts files: its location and the directories its properties name.
std::vector<FileLocation> DirectoriesOf(const iceberg::TableMetadata& metadata);
/// The same, and the directories of those of `files` that it took from elsewhere.
std::vector<FileLocation> DirectoriesWith(const iceberg::TableMetadata& metadata,
                                          const std::vector<TableFile>& files);

/// Every text in the table's metadata, so every file that it names directly (manifest
/// lists, statistics, metadata log, keys that a later version may bring), its own
/// metadata file and the version hint.
void AddMetadataFiles(const catalog::LoadedTable& table, LocationSet* referenced);

}  // namespace tarn::table::internal
