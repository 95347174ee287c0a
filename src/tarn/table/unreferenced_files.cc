#include <algorithm>
#include <string>
#include <utility>

#include "tarn/table/maintenance/internal/orphan_search.h"
#include "tarn/table/scan.h"

namespace tarn::table {

Result<std::vector<io::FileInfo>> ListUnreferencedFiles(
    io::FileIO& io, const std::string& metadata_location,
    const iceberg::TableMetadata& metadata, std::chrono::milliseconds older_than) {
  ARROW_ASSIGN_OR_RAISE(std::vector<io::FileInfo> files, io.List(metadata.location));
  std::erase_if(files,
                [&](const io::FileInfo& file) { return file.modified >= older_than; });
  const catalog::LoadedTable table{
      {}, metadata_location, std::make_shared<const iceberg::TableMetadata>(metadata)};
  ARROW_ASSIGN_OR_RAISE(
      internal::OrphanSearch found,
      internal::SearchOrphans(io, table, metadata.location, std::move(files), {}, {}));
  return std::move(found.orphans);
}

}  // namespace tarn::table
