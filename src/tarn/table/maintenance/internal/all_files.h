// Every file that a table is made of.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/table_file.h"

namespace tarn::table::internal {

/// All that the table names: content, manifests, lists, statistics, metadata. Errors:
/// those of FileIO, kInvalidData, kCancelled.
Result<std::vector<TableFile>> AllFilesOf(io::FileIO& io,
                                          const catalog::LoadedTable& table,
                                          const ActionControl& control);

}  // namespace tarn::table::internal
