// Filters as the REST specification writes them (Expression): scan planning, scan
// reports, row policies.
//
//   {"type": "and", "left": {"type": "gt", "term": "id", "value": 5}, "right": true}
#pragma once

#include <string>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/iceberg/expression.h"
#include "tarn/iceberg/schema.h"

namespace tarn::iceberg {

/// The filter, not bound; its literals have the types of their terms in `schema`.
/// Accepted beside the documented shape: underscores for hyphens in names ("not_eq"),
/// "true" and "false" as types or plain JSON booleans, a term as {"type": "reference",
/// "term": name}, "value" for one literal in "values". The format's not-eq, not-in and
/// not-starts-with are true on nulls, ours are not (Expression): the result says "or is
/// null". Errors: kInvalidData with the place, kNoSuchColumn, kNotSupported for a
/// transform we cannot evaluate.
Result<Expression> ExpressionFromJson(std::string_view json, const Schema& schema);

/// The documented shape of a bound filter, nothing else, with nulls taken out of not-eq,
/// not-in and not-starts-with.
std::string ExpressionToJson(const Expression& bound, const Schema& schema);

}  // namespace tarn::iceberg
