// A load from PostgreSQL as people ask for it: a URI and options.
#pragma once

#include "tarn/base/result.h"
#include "tarn/ingest/postgres/postgres_source.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest::postgres {

/// Options: `table` or `query`; `connections` (1 to 32); `numeric` (decimal, double or
/// text: what numerics without a precision are); `unheld` (error or null: infinite dates
/// and times, NaN numerics). Errors: kInvalidArgument; no part of the URI is in a
/// message.
Result<PostgresRequest> RequestFrom(const SourceRequest& request);

}  // namespace tarn::ingest::postgres
