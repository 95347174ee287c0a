// Reading manifests through FileIO.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/io/file_io.h"

namespace tarn::table::internal {

/// The manifest's Avro file in clear. Errors name the manifest.
Result<std::string> ReadManifestFile(io::FileIO& io,
                                     const iceberg::ManifestFile& list_entry);
/// The manifest that `list_entry` describes, with what its entries inherit. Errors name
/// the manifest.
Result<iceberg::Manifest> LoadManifest(io::FileIO& io,
                                       const iceberg::ManifestFile& list_entry);

/// ADDED and EXISTING entries, if the list counts them.
std::optional<int64_t> LiveFiles(const iceberg::ManifestFile& manifest);

/// True if the counts rule out that the manifest has an ADDED or EXISTING entry.
bool HasNoLiveEntries(const iceberg::ManifestFile& manifest);

}  // namespace tarn::table::internal
