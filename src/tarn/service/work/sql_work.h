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

inline constexpr int64_t kSqlRowsMax = 1'000;

Json SqlOrderToJson(const SqlOrder& order);
/// Errors: kInvalidArgument, also for no statement or too many.
Result<SqlOrder> SqlOrderFromJson(const Json& json);

/// The kind "sql": the statements one after the other in one session, for the job's owner
/// and with what they reach by then; the first error ends it, and what was committed
/// before stays. Its result has statements, each with `type` and rows_changed, or
/// columns, rows (the first ones, in all at most 256 kB) and truncated; and rows_changed
/// of all. Nothing shows whether one that was cut off with its server did its work: it
/// fails then. `lake` outlives it.
JobKind MakeSqlKind(const Lake& lake, OwnerFinder find_owner);

}  // namespace tarn::service
