// Telling orphans among the files of a directory.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/action.h"
#include "tarn/table/maintenance/file_location.h"

namespace tarn::table::internal {

/// A file that is not referred to as it is named, but under another prefix.
struct PrefixMismatch {
  io::FileInfo file;
  std::string referenced_as;
};

struct OrphanSearch {
  std::vector<io::FileInfo> orphans = {};
  std::vector<PrefixMismatch> mismatches = {};
};

/// Sorts out `files`, all found in `directory`, by what `table` refers to. Errors: those
/// of FileIO and kInvalidData: nothing is called an orphan by guess.
Result<OrphanSearch> SearchOrphans(io::FileIO& io, const catalog::LoadedTable& table,
                                   const std::string& directory,
                                   std::vector<io::FileInfo> files,
                                   const LocationEquality& equality,
                                   const ActionControl& control);

/// True if a part of `path` below the directory begins with '_' or '.', but for a
/// directory of a partition field with such a name and Tarn's own temporary files.
bool IsHidden(std::string_view path, const iceberg::TableMetadata& table);

}  // namespace tarn::table::internal
