// What DEFAULT says, as a value that Iceberg can keep.
#pragma once

#include <functional>
#include <string>

#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/parsed_expression.hpp>

#include "tarn/base/result.h"
#include "tarn/iceberg/type.h"

namespace tarn::engine {

/// The default as a value of the column's type, null for NULL. Errors: kSyntax;
/// kNotSupported for what is no constant (a table's metadata keeps one value, so now() or
/// random() cannot be a default) and for a nested type; kTypeMismatch.
using DefaultOf = std::function<Result<iceberg::Value>(const iceberg::Type&)>;

/// `context` outlives the function and is in a transaction when it is called.
DefaultOf DefaultOfText(duckdb::ClientContext& context, std::string text);
DefaultOf DefaultOfExpression(duckdb::ClientContext& context,
                              const duckdb::ParsedExpression& expression);

}  // namespace tarn::engine
