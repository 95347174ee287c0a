// ALTER TABLE in Trino's and Spark's spelling, with Iceberg's own clauses.
#pragma once

#include <optional>
#include <string_view>

#include "tarn/base/result.h"
#include "tarn/sql/ast.h"
#include "tarn/sql/token_stream.h"

namespace tarn::sql {

/// Parses what follows ALTER TABLE. nullopt for a form that only the engine's own grammar
/// knows. Errors: kSyntax with line and column, once a clause is surely ours.
Result<std::optional<AlterTable>> ParseAlterTable(std::string_view sql,
                                                  TokenStream& tokens);

}  // namespace tarn::sql
