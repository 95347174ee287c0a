// EXPLAIN in Trino's dialect.
#pragma once

#include <string_view>

#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

/// LOGICAL and DISTRIBUTED give DuckDB's plan; VALIDATE says whether the statement can be
/// bound; IO lists the tables read, in Trino's JSON. Errors: kNotSupported for what is
/// neither a query nor a change of data.
Answer RunExplain(const sql::statement::Explain& explain, std::string_view text,
                  StatementHost& host, const SessionFacts& facts);

}  // namespace tarn::engine::trino
