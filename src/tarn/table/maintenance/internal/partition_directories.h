// Files of a directory with their partitions, as Hive lays them out:
// "region=eu/a.parquet".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/io/file_io.h"
#include "tarn/table/maintenance/add_files.h"

namespace tarn::table::internal {

struct Partition {
  std::string name;
  std::optional<std::string> value;  // unset: null
};

struct FoundFile {
  std::string location;
  std::vector<Partition> partitions = {};  // from the outermost directory on
};

/// What AddFiles adds, sorted. Errors: kNoSuchFile, kInvalidArgument (kFail), those of
/// FileIO.
Result<std::vector<FoundFile>> FindPartitionedFiles(io::FileIO& io,
                                                    const AddFilesOptions& options);

}  // namespace tarn::table::internal
