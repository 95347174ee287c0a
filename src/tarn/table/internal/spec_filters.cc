#include "tarn/table/internal/spec_filters.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/iceberg/metrics_evaluator.h"
#include "tarn/iceberg/projection.h"
#include "tarn/table/internal/manifest_files.h"

namespace tarn::table::internal {

using iceberg::DataFile;
using iceberg::ManifestColumns;
using iceberg::ManifestEntry;
using iceberg::ManifestFile;
using iceberg::PartitionSpec;
using iceberg::PartitionTuple;
using iceberg::StatsKept;

Status SpecFilters::Add(const ManifestFile& manifest) {
  const int32_t id = manifest.spec_id.value;
  if (by_spec_.contains(id)) {
    return Status::OK();
  }
  const PartitionSpec* spec = metadata_.FindSpec(manifest.spec_id);
  if (spec == nullptr) {
    return MakeError(
        ErrorCode::kInvalidData,
        "Manifest " + manifest.path +
            " is of a partition spec that the table lacks: " + std::to_string(id));
  }
  SpecFilter& filter = by_spec_[id];  // its address stays
  filter.spec = spec;
  filter.types = PartitionTypes(*spec, schema_);
  filter.partitions = ProjectInclusive(filter_, *spec, schema_);
  filter.manifest = {&filter_, &schema_, &filter.partitions, spec};
  return Status::OK();
}

bool SpecFilters::MayMatch(const ManifestFile& manifest) const {
  if (HasNoLiveEntries(manifest)) {
    return false;
  }
  const SpecFilter& filter = Of(manifest);
  return ManifestMayMatch(filter.partitions, *filter.spec, filter.types, manifest);
}

Result<NormalManifest> NormalManifest::Make(
    const SpecFilter& filter, const ManifestFile& listed,
    std::shared_ptr<const ManifestColumns> columns) {
  NormalManifest manifest(listed, std::move(columns));
  const std::vector<PartitionTuple>& written = manifest.columns_->partitions();
  const bool is_normal = std::ranges::all_of(written, [&](const PartitionTuple& tuple) {
    return IsNormalPartition(filter.types, tuple);
  });
  if (is_normal) {
    return manifest;
  }
  manifest.widened_ = written;
  for (PartitionTuple& tuple : manifest.widened_) {
    const Status status = NormalizePartition(*filter.spec, filter.types, &tuple);
    if (!status.ok()) {
      return WithContext("Manifest " + listed.path + ": ", status);
    }
  }
  return manifest;
}

DataFile NormalManifest::FileAt(size_t row, StatsKept stats) const {
  DataFile file = columns_->FileAt(row, stats);
  file.spec_id = spec_id_;
  if (!widened_.empty()) {
    file.partition = partition(row);
  }
  return file;
}

ManifestEntry NormalManifest::EntryAt(size_t row) const {
  ManifestEntry entry = columns_->EntryAt(row);
  entry.file.spec_id = spec_id_;
  entry.file.partition = partition(row);
  return entry;
}

}  // namespace tarn::table::internal
