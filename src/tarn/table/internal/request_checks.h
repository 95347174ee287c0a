// Whether a write request makes sense, before and on a given table.
#pragma once

#include <vector>

#include "tarn/base/result.h"
#include "tarn/iceberg/table_metadata.h"
#include "tarn/table/write.h"

namespace tarn::table::internal {

/// What can be said without the tables. Errors: kInvalidArgument.
Status CheckRequests(const std::vector<WriteRequest>& requests);

/// Files that the table can hold and ref that it may be written to. Errors:
/// kInvalidArgument, kNotSupported (deletes in format version 1), kCommitConflict
/// (position delete files in a table that has become one of version 3).
Status CheckRequestFits(const WriteRequest& request, const iceberg::TableMetadata& table);

/// A change that is picked or published says so in its summary ("source-snapshot-id",
/// "published-wap-id"): `head` and its ancestors must not have it already. Errors:
/// kInvalidArgument.
Status CheckNotPublished(const iceberg::TableMetadata& table,
                         const iceberg::Snapshot* head, const WriteRequest& request);

/// True if no file of the head can remain: an overwrite, or one of partitions with files
/// of a spec without any.
bool ReplacesEverything(const WriteRequest& request, const iceberg::TableMetadata& table);

}  // namespace tarn::table::internal
