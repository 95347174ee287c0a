// How a view's schemas and versions are kept.
#pragma once

#include "tarn/base/result.h"
#include "tarn/iceberg/view_metadata.h"

namespace tarn::iceberg::internal {

/// Takes over `schema`, or finds the id of an identical one.
Result<SchemaId> AddViewSchema(const Schema& schema, ViewMetadata* view);

/// Errors: kInvalidArgument if `after` lacks a dialect that `before` has, unless property
/// replace.drop-dialect.allowed is true: the engines that read it would find nothing.
Status CheckDialectsKept(const ViewMetadata& view, const ViewVersion& before,
                         const ViewVersion& after);

/// Drops the oldest versions beyond version.history.num-entries (10), but none of the
/// last `added` and never the current one; the log forgets what came before a dropped
/// one.
void ExpireViewVersions(size_t added, ViewMetadata* view);

}  // namespace tarn::iceberg::internal
