// Encodes manifest entries in the schemas of internal/manifest_schema.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/type.h"

namespace tarn::iceberg::internal {

/// Appends `entry` to `*out`. Precondition: CheckPartition of its tuple.
void EncodeManifestEntry(int32_t format_version, const ManifestEntry& entry,
                         std::span<const Type> partition_types, std::string* out);

/// True if `value` is null or of the kind that `type` needs, so that it can be encoded.
bool ValueFits(const Type& type, const Value& value);

}  // namespace tarn::iceberg::internal
