// Parameters of prepared statements: found in the text, and put into it as literals.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "tarn/base/result.h"

namespace tarn::gateway::flight {

/// How many values `sql` wants: one for each '?', or the highest N of "$N".
int32_t CountParameters(std::string_view sql);

/// `sql` with the values of one row of `batch` in the place of its parameters. Errors:
/// kInvalidArgument if there are too few or too many, kNotSupported for a type that no
/// literal has.
Result<std::string> BindParameters(std::string_view sql, const arrow::RecordBatch& batch,
                                   int64_t row);
/// All of them NULL: to see what the statement's result looks like.
Result<std::string> BindNulls(std::string_view sql);

/// A value as DuckDB writes it. Errors: kNotSupported.
Result<std::string> LiteralOf(const arrow::Scalar& value);

}  // namespace tarn::gateway::flight
