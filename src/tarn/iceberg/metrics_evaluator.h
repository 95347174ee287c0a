// Deciding by statistics which files and manifests can hold a match.
#pragma once

#include <vector>

#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg {

/// False only if no row of `file` can match `bound` (bound to the table's schema, without
/// Not). A column that the file's statistics do not know cannot prune.
bool MayMatch(const Expression& bound, const Schema& schema, const DataFile& file);

/// True only if every row of `file` matches.
bool MustMatch(const Expression& bound, const Schema& schema, const DataFile& file);

/// False only if no partition of `manifest` can match `partition_filter` (from
/// ProjectInclusive with the manifest's own spec), by the summaries in the manifest list.
bool ManifestMayMatch(const Expression& partition_filter, const PartitionSpec& spec,
                      const Schema& schema, const ManifestFile& manifest);
/// The same with the spec's `types` (PartitionTypes) at hand, for many manifests.
bool ManifestMayMatch(const Expression& partition_filter, const PartitionSpec& spec,
                      const std::vector<Type>& types, const ManifestFile& manifest);

/// Evaluates `partition_filter` on one partition's values, as NormalizePartition leaves
/// them.
bool PartitionMatches(const Expression& partition_filter, const PartitionSpec& spec,
                      const PartitionTuple& tuple);

/// Gives the values that a manifest holds the types that `spec` has under today's schema
/// (`types`, from PartitionTypes): widens those of a source that was promoted since.
/// Errors: kInvalidData for values of another type or number.
Status NormalizePartition(const PartitionSpec& spec, const std::vector<Type>& types,
                          PartitionTuple* tuple);
/// True if NormalizePartition would leave `tuple` as it is.
bool IsNormalPartition(const std::vector<Type>& types, const PartitionTuple& tuple);

}  // namespace tarn::iceberg
