// Filters that clients of the catalog ask to plan scans with: every form that is in use,
// read so that no file is lost.
//
//   {"type": "gt", "left": {"type": "reference", "id": 3}, "right": 5}    since 2026
//   {"type": "gt", "term": "amount", "value": 5}                          before
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/schema.h"

namespace tarn::iceberg {

struct ClientFilter {
  /// Bound, without Not. Holds for every row that the client's filter holds for.
  Expression filter = AlwaysTrue();
  /// False if it holds for more rows than the client's: part of that was not understood.
  bool is_exact = true;
};

/// The REST specification's Predicate, in its deprecated (term, value) and its present
/// form (left, right, child, references by id or name, typed literals, transforms as
/// function applications). Literals may be what Java's and Python's clients send before
/// they know the column: days and microseconds as numbers, zoned timestamps without their
/// zone. A predicate that we cannot evaluate (another function, two columns, a literal
/// that does not fit) counts as true, also under "not"; so does one by a name that is
/// another field's in `other`, a schema that the client may have had in mind (nullptr:
/// none). Errors: kInvalidData for JSON that is no predicate at all; kNoSuchColumn.
Result<ClientFilter> ClientFilterFromJson(const nlohmann::json& json,
                                          const Schema& schema, NameCase names,
                                          const Schema* other = nullptr);

}  // namespace tarn::iceberg
