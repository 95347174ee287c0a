// SQL as jobs: statements that a schedule runs, or that take long.
#pragma once

#include <cstdint>
#include <string>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/service/job_manager.h"
#include "tarn/service/job_owner.h"
#include "tarn/service/lake.h"

namespace tarn::service {

inline constexpr char kSqlKind[] = "sql";

struct SqlOrder {
  std::string statements;         // one or more, parted by semicolons
  std::string dialect = "trino";  // or "duckdb"
  std::string schema = {};        // "sales": where names without one are
  int64_t rows_max = 100;         // of each query that the result keeps
};

inline constexpr int64_t kSqlRowsMax = 10'000;

Json SqlOrderToJson(const SqlOrder& order);
/// "max_rows" is rows_max too. Errors: kInvalidArgument, also for no statement or too
/// many.
Result<SqlOrder> SqlOrderFromJson(const Json& json);

/// The kind "sql": the statements one after the other in one session, for the job's owner
/// and with what they reach by then; the first error ends it, and what was committed
/// before stays. Its result has statements, each with `type` and rows_changed, or
/// columns, rows (SqlValueToJson; the first rows_max, in all at most 256 kB), truncated
/// and then truncated_by ("rows_max" or "bytes") and a note; rows_changed of all,
/// rows_max, and truncated if one is. Its snapshots have the job's id and the
/// statement's number, and its record remembers what it is about to commit: a job that
/// was cut off with its server goes on with the statement that was not done, and
/// statements before it are `done_before`. It fails if nothing shows whether one was
/// done. `lake` outlives it.
JobKind MakeSqlKind(const Lake& lake, OwnerFinder find_owner);

}  // namespace tarn::service
