// A file that an action found, deleted or would delete.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::table {

enum class TableFileKind : uint8_t {
  kData,
  kPositionDeletes,  // deletion vectors too
  kEqualityDeletes,
  kManifest,
  kManifestList,
  kStatistics,  // of tables and of partitions
  kMetadata,    // *.metadata.json
};

struct TableFile {
  std::string location;
  TableFileKind kind = TableFileKind::kData;
  int64_t size_bytes = 0;  // 0 where metadata does not tell (manifest lists)

  bool operator==(const TableFile&) const = default;
};

}  // namespace tarn::table
