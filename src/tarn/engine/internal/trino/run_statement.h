// Runs a statement of Trino's dialect: one handler for each kind.
#pragma once

#include <string_view>
#include <vector>

#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

/// `statement` was parsed from `text`; its "?" stand for `parameters`. May throw DuckDB's
/// exceptions.
Answer RunStatement(const sql::TrinoStatement& statement, std::string_view text,
                    const std::vector<sql::ExpressionPtr>& parameters,
                    StatementHost& host);

/// Parses `text` and runs it. What Trino's grammar refuses and DuckDB's or Spark's takes
/// runs as that, but for queries and changes of data. May throw DuckDB's exceptions.
Answer RunText(std::string_view text, StatementHost& host);

/// May throw DuckDB's exceptions.
Result<StatementShape> DescribeStatement(const sql::TrinoStatement& statement,
                                         std::string_view text, StatementHost& host);

}  // namespace tarn::engine::trino
