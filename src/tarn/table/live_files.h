// The files that a snapshot is made of, one after the other: for who lists or counts them
// without planning a scan.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest_columns.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/context.h"

namespace tarn::table {

/// Row `row` of a manifest; lives as long as the call that it is given to.
struct LiveFile {
  const iceberg::ManifestColumns& manifest;
  size_t row;
  iceberg::SpecId spec_id;

  iceberg::FileContent content() const { return manifest.content(row); }
  int64_t record_count() const { return manifest.record_count(row); }
  int64_t file_size_bytes() const { return manifest.file_size_bytes(row); }
};

enum class Visit : uint8_t { kGoOn, kStop };

/// Calls `visit` with every live file of `snapshot`, data and delete files, in the order
/// of the manifests, until it says kStop. Manifests are read one at a time, through the
/// context's cache. Errors: kInvalidData, kForbidden (an encrypted table without its
/// key), those of FileIO.
Status VisitLiveFiles(const Context& context, const iceberg::TableMetadata& metadata,
                      const iceberg::Snapshot& snapshot,
                      const std::function<Visit(const LiveFile&)>& visit);

}  // namespace tarn::table
