// Filtering the rows of a manifest, a column at a time. Decides as PartitionMatches and
// MayMatch do for one file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/manifest_columns.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::iceberg {

/// A scan's filter, as one spec sees it. What it points to must outlive it.
struct ManifestFilter {
  const Expression* rows;  // bound to `schema`, without Not
  const Schema* schema;
  const Expression* partitions;  // `rows` projected by `spec` (ProjectInclusive)
  const PartitionSpec* spec;
};

/// Live rows that may hold a match, ascending. `partitions` are the manifest's, made
/// normal (NormalizePartition); `manifest` is of `filter.spec`.
std::vector<uint32_t> SelectRows(const ManifestColumns& manifest,
                                 const ManifestFilter& filter,
                                 std::span<const PartitionTuple> partitions);

/// The same with DELETED rows, whose files held matches.
std::vector<uint32_t> SelectAllRows(const ManifestColumns& manifest,
                                    const ManifestFilter& filter,
                                    std::span<const PartitionTuple> partitions);

/// One flag for each row, DELETED ones too: 0 if no row of the file can match `bound`, by
/// its statistics.
std::vector<uint8_t> RowsMayMatch(const ManifestColumns& manifest,
                                  const Expression& bound, const Schema& schema);

}  // namespace tarn::iceberg
