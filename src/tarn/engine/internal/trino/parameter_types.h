// Types of a prepared statement's parameters, for DESCRIBE INPUT.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

/// One for each "?", in Trino's words: that of what it is compared or computed with, of
/// the column that it is stored in, bigint of LIMIT; "unknown" elsewhere.
std::vector<std::string> ParameterTypes(const sql::TrinoStatement& statement,
                                        std::string_view text, StatementHost& host);

}  // namespace tarn::engine::trino
