#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/engine/internal/catch_duckdb.h"
#include "tarn/engine/internal/planned_reads.h"
#include "tarn/engine/internal/session.h"
#include "tarn/engine/internal/trino/statement.h"
#include "tarn/sql/statement_parser.h"

namespace tarn::engine {

Result<ScanEstimate> Session::Estimate(std::string_view /*sql*/) {
  return MakeError(ErrorCode::kNotSupported,
                   "What this statement reads cannot be found out before it runs");
}

Result<ScanEstimate> DuckSession::Estimate(std::string_view sql) {
  return CatchDuckDb(sql, [&]() -> Result<ScanEstimate> {
    ARROW_ASSIGN_OR_RAISE(const auto parsed, sql::ParseTrinoStatement(sql));
    ARROW_ASSIGN_OR_RAISE(auto translated,
                          trino::TranslateStatement(parsed, sql, facts()));
    if (!is_trino_ || !translated.has_value()) {
      return Session::Estimate(sql);
    }
    return EstimateOf(context(), std::move(translated->statement));
  });
}

}  // namespace tarn::engine
