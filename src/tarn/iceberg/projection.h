// From row filters to partition filters (spec: Scan Planning; Java's Projections).
// Inclusive: true for every partition that may hold a matching row (prune what is false).
// Strict: true only for partitions in which every row matches (delete whole files).
#pragma once

#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/partition_spec.h"

namespace tarn::iceberg {

/// `bound` is bound to the table's schema. The result is bound to the partition: field_id
/// is the partition field's id and type its type. Unknown transforms and dropped sources
/// project to true (inclusive) or false (strict).
Expression ProjectInclusive(const Expression& bound, const PartitionSpec& spec,
                            const Schema& schema);
Expression ProjectStrict(const Expression& bound, const PartitionSpec& spec,
                         const Schema& schema);

/// What is left to check on the rows of a file with partition `tuple`: parts of `bound`
/// that the partition already decides become true or false.
Expression ResidualFor(const Expression& bound, const PartitionSpec& spec,
                       const Schema& schema, const PartitionTuple& tuple);

}  // namespace tarn::iceberg
