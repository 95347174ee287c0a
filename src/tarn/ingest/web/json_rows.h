// Rows out of a JSON answer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/ingest/web/json_path.h"
#include "tarn/ingest/web/row_set.h"

namespace tarn::ingest::web {

struct JsonField {
  std::string name;
  JsonPath path;
};

struct JsonRowsOptions {
  std::vector<JsonField> fields;  // columns by their paths; empty: all members
  /// Objects within a record become columns "owner_login" down to this depth; what is
  /// deeper, and every array, is kept as JSON text.
  int32_t flatten_depth = 1;
};

/// Adds a row for each record; one that is no object has the column "value". Returns how
/// many. Errors: kInvalidData (the path leads nowhere), kResourceLimit.
Result<int64_t> AddJsonRows(const Json& document, const JsonPath& path,
                            const JsonRowsOptions& options, RowSet* rows);

}  // namespace tarn::ingest::web
