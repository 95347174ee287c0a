// Statements in Trino's dialect: text in, DuckDB's statements out.
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

namespace tarn::engine::trino {

struct TranslatedStatement {
  duckdb::unique_ptr<duckdb::SQLStatement> statement;
  /// What the text says of the result's columns (result_types.h).
  std::vector<TrinoColumn> columns = {};
  bool is_explain = false;  // the plan's text is the result
};

/// Queries, changes of data, and EXPLAIN of them; unset for other statements. Errors:
/// kSyntax, kNotSupported, kNoSuchFunction, …, with line and column.
Result<std::optional<TranslatedStatement>> TranslateStatement(std::string_view sql,
                                                              const SessionFacts& facts);

/// One query. Errors as above.
Result<duckdb::unique_ptr<duckdb::SelectStatement>> TranslateQuery(
    std::string_view sql, const SessionFacts& facts);

/// "trino" or "duckdb" of SET SESSION dialect = '…'; unset for other statements. Errors:
/// kInvalidArgument for other dialects.
Result<std::optional<std::string>> ParseDialect(std::string_view sql);

}  // namespace tarn::engine::trino
