// Headers of manifests (spec: Manifests, the metadata of their Avro files).
#pragma once

#include <optional>

#include "tarn/base/result.h"
#include "tarn/iceberg/avro/reader.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg::internal {

/// `list_spec` is the spec that the manifest list names; the header's own wins. Errors:
/// kInvalidData, kNotSupported (format version).
Result<ManifestHeader> ReadManifestHeader(const avro::FileReader& reader,
                                          std::optional<SpecId> list_spec);

}  // namespace tarn::iceberg::internal
