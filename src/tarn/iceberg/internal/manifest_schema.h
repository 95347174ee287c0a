// The Avro schemas we write: manifests and manifest lists of format versions 1 to 3.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

/// JSON text of a manifest entry's schema. `partition_types` are those of the spec's
/// fields; an unknown type is written as one that only holds null.
std::string ManifestEntrySchema(int32_t format_version, const PartitionSpec& spec,
                                std::span<const Type> partition_types);

/// JSON text of a manifest list entry's schema.
std::string ManifestFileSchema(int32_t format_version);

}  // namespace tarn::iceberg::internal
