// The snapshot that an action works on.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/catalog.h"
#include "tarn/table/context.h"
#include "tarn/table/scan.h"

namespace tarn::table::internal {

/// The head of `branch`; nullptr if main has none yet. Errors: kNoSuchSnapshot (no such
/// branch), kInvalidArgument (a tag).
Result<const iceberg::Snapshot*> HeadOfBranch(const catalog::LoadedTable& table,
                                              const std::string& branch);

/// All data files of `head` that may match, with their deletes.
Result<ScanPlan> PlanBranch(const Context& context, const catalog::LoadedTable& table,
                            const iceberg::Snapshot& head,
                            const iceberg::Expression& filter);

}  // namespace tarn::table::internal
