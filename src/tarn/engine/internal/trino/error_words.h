// Errors of binding in Trino's words: DuckDB says them otherwise, and with less of names.
#pragma once

#include <string_view>

#include "tarn/engine/internal/trino/statement_host.h"

namespace tarn::engine::trino {

/// `status` of a statement with this text: a table, schema, catalog or column that is not
/// there, a column that several tables have. Other errors stay as they are.
Status InTrinosWords(const Status& status, std::string_view text, StatementHost& host);

}  // namespace tarn::engine::trino
