// Parquet files that become a table's as they are, without a copy.
#pragma once

#include <functional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/iceberg/snapshot.h"
#include "tarn/service/lake.h"
#include "tarn/service/work/load_order.h"

namespace tarn::service {

/// Adds the files of `order.location` to its table, which is made of their schema if
/// there is none. The snapshot carries `job_id`. Errors: those of table::AddFiles
/// (kTypeMismatch for files that do not fit), kAlreadyExists and kNoSuchTable by the
/// order's mode, kNotSupported for what cannot be registered.
Status RegisterFiles(const Lake& lake, const LakeWarehouse& warehouse,
                     const LoadOrder& order, const std::string& job_id,
                     std::function<bool()> cancelled);

}  // namespace tarn::service
