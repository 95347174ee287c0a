// Partitions that a change concerns, and which manifests can hold files of them.
#pragma once

#include <map>
#include <unordered_set>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/manifest.h"
#include "tarn/iceberg/table_metadata.h"

namespace tarn::table::internal {

/// Filled once, then read from any thread. Values are compared as the types that their
/// spec has under the current schema of `table`, which outlives the set.
class PartitionSet {
 public:
  explicit PartitionSet(const iceberg::TableMetadata& table) : table_(table) {}

  /// Errors: kInvalidArgument for a spec that the table lacks or a tuple that does not
  /// fit it.
  Status Add(const iceberg::DataFile& file);

  /// `file.partition` as its manifest holds it. Errors: kInvalidData.
  Result<bool> Contains(const iceberg::DataFile& file) const;
  /// False only if `manifest` has no file in one of the partitions, by its summaries.
  bool MayBeIn(const iceberg::ManifestFile& manifest) const;

  bool empty() const { return specs_.empty(); }

 private:
  struct OfSpec {
    const iceberg::PartitionSpec* spec;
    std::vector<iceberg::Type> types;
    std::unordered_set<iceberg::PartitionTuple, iceberg::PartitionTupleHash,
                       iceberg::PartitionTupleEquals>
        tuples;
  };

  const iceberg::TableMetadata& table_;
  std::map<int32_t, OfSpec> specs_;  // by spec id
};

}  // namespace tarn::table::internal
