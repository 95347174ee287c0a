// A table or query of a PostgreSQL as a source of loads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "tarn/base/result.h"
#include "tarn/ingest/postgres/connection.h"
#include "tarn/ingest/postgres/copy_decoder.h"
#include "tarn/ingest/postgres/selection.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest::postgres {

struct PostgresRequest {
  Target target;
  SelectionRequest selection;
  DecodeOptions decode = {};
  /// Connections at once for a whole table; a query has one.
  int32_t connections_max = 4;
  std::function<bool()> cancelled = {};  // asked from several threads
};

/// All rows are of one moment, also over several connections. Errors: those of the
/// connection and of Select().
Result<std::unique_ptr<Source>> OpenPostgresSource(PostgresRequest request);

}  // namespace tarn::ingest::postgres
