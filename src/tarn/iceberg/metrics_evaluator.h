// Deciding by statistics which files and manifests can hold a match.
#pragma once

#include "tarn/iceberg/data_file.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/manifest.h"

namespace tarn::iceberg {

/// False only if no row of `file` can match `bound` (bound to the table's schema, without Not).
/// A column that the file's statistics do not know cannot prune.
bool MayMatch(const Expression& bound, const Schema& schema, const DataFile& file);

/// True only if every row of `file` matches.
bool MustMatch(const Expression& bound, const Schema& schema, const DataFile& file);

/// False only if no partition of `manifest` can match `partition_filter` (from ProjectInclusive with
/// the manifest's own spec), by the summaries in the manifest list.
bool ManifestMayMatch(const Expression& partition_filter, const PartitionSpec& spec, const Schema& schema,
                      const ManifestFile& manifest);

/// Evaluates `partition_filter` on one partition's values.
bool PartitionMatches(const Expression& partition_filter, const PartitionSpec& spec,
                      const PartitionTuple& tuple);

}  // namespace tarn::iceberg
