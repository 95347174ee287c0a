// Statements of Trino's and Spark's Iceberg dialects that Tarn reads itself.
#pragma once

#include <optional>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/sql/ast.h"

namespace tarn::sql {

/// Parses one statement (a closing ';' allowed). nullopt when it does not begin like one
/// of ours, or is a CREATE TABLE in a form that only the engine's own grammar knows.
/// Errors: kSyntax with line and column.
Result<std::optional<Statement>> ParseStatement(std::string_view sql);

}  // namespace tarn::sql
