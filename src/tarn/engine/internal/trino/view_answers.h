// Queries that read materialised views in place of the tables they were made of.
#pragma once

#include <duckdb/main/config.hpp>

#include "tarn/engine/internal/trino/statement_host.h"
#include "tarn/sql/query.h"
#include "tarn/sql/statement.h"

namespace tarn::engine::trino {

/// A setting of each session, true unless set: "SET SESSION use_materialized_views =
/// false".
inline constexpr char kUseMaterializedViews[] = "use_materialized_views";

/// Makes it one. Before the database is opened.
void AddViewAnswerSetting(duckdb::DBConfig& config);

/// `query` with blocks that fresh views keep the answer of reading these; itself where
/// there are none, or where the session does not want it. Views are looked for in the
/// schemas of the query's tables. They are named view$fresh: whose rows are read only if
/// they are still fresh when the query is bound, whatever its grace period. Not to be
/// called in a transaction of the session. Never fails: what goes wrong leaves the query.
sql::QueryPtr FromFreshViews(const sql::QueryPtr& query, StatementHost& host);
/// Of a query; other statements stay.
sql::TrinoStatement FromFreshViews(const sql::TrinoStatement& statement,
                                   StatementHost& host);

}  // namespace tarn::engine::trino
