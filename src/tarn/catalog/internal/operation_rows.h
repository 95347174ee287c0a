// Rows of tarn_operations: changes that their clients named, and what was answered.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tarn/base/result.h"
#include "tarn/catalog/internal/sql_connection.h"
#include "tarn/catalog/operation_store.h"

namespace tarn::catalog::internal {

/// In the transaction of the change that it names. False if the key is there already; the
/// transaction stays usable.
Result<bool> InsertOperation(SqlConnection& db, const Operation& operation,
                             std::chrono::milliseconds now);
Result<std::optional<OperationRecord>> FindOperation(SqlConnection& db,
                                                     const std::string& key);
/// As OperationStore::Finish.
Status FinishOperation(SqlConnection& db, const Operation& operation, int status,
                       const std::string& answer, std::chrono::milliseconds now);
Result<int64_t> PruneOperations(SqlConnection& db, std::chrono::milliseconds before);

}  // namespace tarn::catalog::internal
