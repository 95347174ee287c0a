// Making a file the statistics of a snapshot.
#pragma once

#include <functional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/iceberg/table_update.h"
#include "tarn/table/context.h"
#include "tarn/table/maintenance/action.h"

namespace tarn::table::internal {

/// Statistics are read with the metadata, which is in clear, and tell of the values: an
/// encrypted table has none. Errors: kNotSupported.
Status CheckMayHaveStatistics(const iceberg::TableIdent& ident,
                              const iceberg::TableMetadata& table);

/// A file in the metadata folder of `table`: "<snapshot id>-<uuid><extension>" after
/// `prefix`.
std::string StatisticsLocation(const iceberg::TableMetadata& table,
                               const std::string& prefix, iceberg::SnapshotId snapshot_id,
                               const std::string& extension, Random& random);

/// Commits `update` unless `is_set` says that a table has it already. The file at
/// `location` is deleted if the commit fails for certain. Errors: kNoSuchSnapshot if the
/// snapshot has gone meanwhile, and those of CommitMetadata.
Status CommitStatistics(const Context& context, const catalog::LoadedTable& table,
                        iceberg::SnapshotId snapshot_id,
                        const iceberg::TableUpdate& update, const std::string& location,
                        const std::function<bool(const iceberg::TableMetadata&)>& is_set,
                        const ActionControl& control);

}  // namespace tarn::table::internal
