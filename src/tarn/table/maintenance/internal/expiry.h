// Which snapshots and refs of a table have expired. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/maintenance/expire_snapshots.h"

namespace tarn::table::internal {

struct Expiry {
  std::vector<std::string> refs = {};
  std::vector<iceberg::Snapshot> expired = {};
  std::vector<iceberg::Snapshot> remaining = {};
};

/// Ids of `options` that the table does not have are taken to be gone already. Errors:
/// kInvalidArgument.
Result<Expiry> DecideExpiry(const iceberg::TableMetadata& table,
                            const ExpireSnapshotsOptions& options,
                            std::chrono::milliseconds now);

/// A table property that is a whole number of at least `min`. Errors: kInvalidArgument:
/// what deletes data must not guess.
Result<int64_t> IntegerProperty(const iceberg::TableMetadata& table,
                                const std::string& key, int64_t otherwise, int64_t min);

/// Errors: kInvalidArgument if the table's gc.enabled is false.
Status CheckGarbageCollection(const iceberg::TableMetadata& table,
                              const std::string& action, const std::string& name);

}  // namespace tarn::table::internal
