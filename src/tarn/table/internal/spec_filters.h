// A scan's filter as the partition specs of its manifests see it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/manifest_columns.h"
#include "tarn/iceberg/manifest_filter.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::table::internal {

/// What one spec makes of the filter.
struct SpecFilter {
  const iceberg::PartitionSpec* spec;
  std::vector<iceberg::Type> types;  // of its values under the scan's schema
  iceberg::Expression partitions;
  iceberg::ManifestFilter manifest;
};

/// Filled by Add, then read; reading is thread-safe.
class SpecFilters {
 public:
  /// All outlive it. `filter` is bound to `schema`, without Not.
  SpecFilters(const iceberg::TableMetadata& metadata, const iceberg::Schema& schema,
              const iceberg::Expression& filter)
      : metadata_(metadata), schema_(schema), filter_(filter) {}

  /// Makes the spec of `manifest` known. Errors: kInvalidData if the table lacks it.
  Status Add(const iceberg::ManifestFile& manifest);

  const SpecFilter& Of(const iceberg::ManifestFile& manifest) const {
    return by_spec_.at(manifest.spec_id.value);
  }

  /// False if no live entry of `manifest` can match, by its counts and summaries.
  bool MayMatch(const iceberg::ManifestFile& manifest) const;

 private:
  const iceberg::TableMetadata& metadata_;
  const iceberg::Schema& schema_;
  const iceberg::Expression& filter_;
  std::map<int32_t, SpecFilter> by_spec_;
};

/// A manifest's rows with their partitions in the types of the scan's schema.
class NormalManifest {
 public:
  /// `listed` outlives it. Errors name the manifest: kInvalidData for partition values of
  /// another type than the spec's.
  static Result<NormalManifest> Make(
      const SpecFilter& filter, const iceberg::ManifestFile& listed,
      std::shared_ptr<const iceberg::ManifestColumns> columns);

  const iceberg::ManifestColumns& columns() const { return *columns_; }
  std::span<const iceberg::PartitionTuple> partitions() const {
    return widened_.empty() ? columns_->partitions() : widened_;
  }
  const iceberg::PartitionTuple& partition(size_t row) const {
    return partitions()[columns_->partition_index(row)];
  }
  iceberg::DataFile FileAt(size_t row, iceberg::StatsKept stats) const;
  iceberg::ManifestEntry EntryAt(size_t row) const;

 private:
  NormalManifest(const iceberg::ManifestFile& listed,
                 std::shared_ptr<const iceberg::ManifestColumns> columns)
      : spec_id_(listed.spec_id), columns_(std::move(columns)) {}

  iceberg::SpecId spec_id_;
  std::shared_ptr<const iceberg::ManifestColumns> columns_;
  std::vector<iceberg::PartitionTuple> widened_;  // empty if none needed it
};

}  // namespace tarn::table::internal
