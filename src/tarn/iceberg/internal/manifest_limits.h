// What reading a manifest or manifest list from outside may cost.
#pragma once

#include <cstddef>

#include "tarn/iceberg/avro/reader.h"

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

}  // namespace tarn::iceberg::internal
