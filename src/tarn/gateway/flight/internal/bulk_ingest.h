// Rows of a client as a load: one commit.
#pragma once

#include <cstdint>

#include "tarn/base/result.h"
#include "tarn/gateway/flight/flight_calls.h"
#include "tarn/gateway/flight/messages.h"
#include "tarn/table/context.h"

namespace tarn::gateway::flight {

/// Rows written. Errors: those of ingest::Load; kNotSupported for temporary tables,
/// other catalogs and what is to be part of a transaction.
Result<int64_t> Ingest(const table::Context& context, const Caller& caller,
                       const StatementIngest& ingest, Upload& upload);

}  // namespace tarn::gateway::flight
