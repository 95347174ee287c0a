// What reading a manifest or manifest list from outside may cost.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg::internal {

/// Real manifests pack to between a third and a twentieth; these bounds leave room, and
/// still a file of a few bytes cannot unpack to gigabytes.
inline constexpr avro::ReaderLimits kManifestLimits = {
    .unpacked_bytes_base = size_t{16} << 20,
    .unpacked_ratio_max = 64,
};

/// Memory that the values decoded from a file of `file_bytes` may take.
constexpr size_t ManifestMemoryMax(size_t file_bytes) {
  return (size_t{256} << 20) + 512 * file_bytes;
}

/// Entries that the list counts, as far as the file's size makes them believable.
inline size_t ExpectedEntries(const ManifestFile& list_entry, size_t file_bytes) {
  constexpr size_t kPackedEntryBytesMin = 16;
  int64_t counted = 0;
  for (const auto& count : {list_entry.added_files_count, list_entry.existing_files_count,
                            list_entry.deleted_files_count}) {
    counted += std::max(count.value_or(0), 0);
  }
  return std::min(static_cast<size_t>(counted), file_bytes / kPackedEntryBytesMin);
}

}  // namespace tarn::iceberg::internal
