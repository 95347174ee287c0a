// How far the statements of a job have come, and where a further attempt goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/json_fields.h"
#include "tarn/base/result.h"
#include "tarn/engine/commit_watch.h"
#include "tarn/service/lake.h"

namespace tarn::service {

/// What doing a statement twice would do.
enum class StatementNature : uint8_t {
  kReads,       // nothing
  kSession,     // nothing: USE, SET, PREPARE; a new session needs it again
  kWritesRows,  // it commits once, and its snapshot tells
  kBegins,      // BEGIN, START TRANSACTION
  kEnds,        // COMMIT, ROLLBACK
  kOther,       // who knows: CALL, ALTER, DROP, COPY, …
};
/// By its first words, behind comments and parentheses.
StatementNature NatureOf(std::string_view statement);

/// In the summary of a job's snapshots: which of its statements made it, from 1.
inline constexpr char kJobStatementProperty[] = "tarn.job-statement";

/// What a job's record remembers (JobRecord::memory).
struct SqlMemory {
  size_t statement = 0;      // which one has begun, from 0
  int64_t rows_changed = 0;  // by those before
  /// What it was about to commit; empty: it did not come so far.
  std::vector<engine::TableToCommit> tables = {};
};
Json SqlMemoryToJson(const SqlMemory& memory);
/// Errors: kInvalidData.
Result<SqlMemory> SqlMemoryFromJson(const Json& json);

/// The first statement that is still to be done; their number if all are. `memory` (null:
/// nothing has begun) is of the attempt before. Errors: kUnavailable if nothing shows
/// whether one was done, saying which; those of the catalog.
Result<size_t> FirstStatementToDo(const Lake& lake, const std::string& job_id,
                                  const std::vector<std::string>& statements,
                                  const Json& memory);

}  // namespace tarn::service
