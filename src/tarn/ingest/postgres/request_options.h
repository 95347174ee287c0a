// A load from PostgreSQL as people ask for it: options.
#pragma once

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/postgres/postgres_source.h"

namespace tarn::ingest::postgres {

/// Options: `table` or `query`; `connections` (1 to 32); `numeric` (decimal, double or
/// text: what numerics without a precision are); `unheld` (error or null: infinite dates
/// and times, NaN numerics). Without a target. Errors: kInvalidArgument.
Result<PostgresRequest> RequestFrom(const DatabaseRequest& request);

}  // namespace tarn::ingest::postgres
