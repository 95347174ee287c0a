// A table or query of a database with an ODBC driver as a source of loads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/odbc/cell.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest::odbc {

struct OdbcRequest {
  DatabaseTarget target;
  std::string query = {};  // a table is one too
  DecodeOptions decode = {};
  bool reads_blocks = true;              // many rows at once, where all values are short
  std::function<bool()> cancelled = {};  // asked from several threads
};

/// Options: `table` or `query`; `unheld` (error or null: days that are none); `numeric`
/// (decimal, double or text: what decimals become); `fetch` (block or value). Errors:
/// kInvalidArgument.
Result<OdbcRequest> RequestFrom(const DatabaseTarget& target,
                                const DatabaseRequest& request);

/// Errors: those of the connection; kInvalidArgument for what gives no rows, or has two
/// columns of one name; kTypeMismatch for a value that its column cannot hold, with the
/// column and the row.
Result<std::unique_ptr<Source>> OpenOdbcSource(const OdbcRequest& request);

}  // namespace tarn::ingest::odbc
