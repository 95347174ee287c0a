// Partitioning by several time transforms of one column, as by day and hour.
#pragma once

#include "tarn/base/result.h"
#include "tarn/iceberg/partition_spec.h"
#include "tarn/iceberg/schema.h"

namespace tarn::iceberg {

/// Refuses two time transforms of one source: the finer one says it all. For specs that
/// we make; those that other clients commit may have them (PyIceberg and Spark add an
/// hour to a table by day). Errors: kInvalidArgument.
Status RefuseRedundantTimes(const PartitionSpec& spec, const Schema& schema);

}  // namespace tarn::iceberg
