// Queries and changes of data in Trino's dialect: trees in, DuckDB's statements out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb/parser/sql_statement.hpp>
#include <duckdb/parser/statement/select_statement.hpp>

#include "tarn/base/result.h"
#include "tarn/engine/internal/result_stream.h"
#include "tarn/engine/internal/trino/translator.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

struct TranslatedStatement {
  duckdb::unique_ptr<duckdb::SQLStatement> statement;
  /// What the text says of the result's columns (result_types.h).
  std::vector<TrinoColumn> columns = {};
};

/// Queries and changes of data, parsed from `text`; unset for other statements. Errors:
/// kNotSupported, kNoSuchFunction, …, with line and column.
Result<std::optional<TranslatedStatement>> TranslateStatement(
    const sql::TrinoStatement& statement, std::string_view text,
    const SessionFacts& facts);

/// One query. Errors: as above, and kSyntax.
Result<duckdb::unique_ptr<duckdb::SelectStatement>> TranslateQuery(
    std::string_view sql, const SessionFacts& facts);
Result<duckdb::unique_ptr<duckdb::SelectStatement>> TranslateQuery(
    const sql::Query& query, std::string_view text, const SessionFacts& facts);

/// Errors: kInvalidArgument for others than "trino" and "duckdb".
Status CheckDialect(const std::string& dialect);

/// "trino" or "duckdb" of SET SESSION dialect = '…'; unset for other statements. Errors:
/// kInvalidArgument for other dialects.
Result<std::optional<std::string>> ParseDialect(std::string_view sql);

}  // namespace tarn::engine::trino
