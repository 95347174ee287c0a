#include "tarn/catalog/internal/operation_rows.h"

#include "tarn/base/error.h"

namespace tarn::catalog::internal {

Result<bool> InsertOperation(SqlConnection& db, const Operation& operation,
                             std::chrono::milliseconds now) {
  ARROW_ASSIGN_OR_RAISE(
      const int64_t inserted,
      db.Execute("INSERT INTO tarn_operations (operation_key, digest, is_applied, "
                 "answer_status, created_at) VALUES (?1, ?2, 1, 0, ?3) "
                 "ON CONFLICT DO NOTHING",
                 {operation.key, operation.digest, std::to_string(now.count())}));
  return inserted == 1;
}

Result<std::optional<OperationRecord>> FindOperation(SqlConnection& db,
                                                     const std::string& key) {
  std::optional<OperationRecord> found;
  ARROW_RETURN_NOT_OK(
      db.Query("SELECT operation_key, digest, is_applied, answer_status, answer, "
               "created_at FROM tarn_operations WHERE operation_key = ?1",
               {key}, [&](const SqlRow& row) {
                 OperationRecord record;
                 record.operation.key = row.TextOrEmpty("operation_key");
                 record.operation.digest = row.TextOrEmpty("digest");
                 record.is_applied = row.Int64("is_applied") != 0;
                 record.status = static_cast<int>(row.Int64("answer_status"));
                 record.answer = row.TextOrEmpty("answer");
                 record.created_at = std::chrono::milliseconds(row.Int64("created_at"));
                 found = std::move(record);
               }));
  return found;
}

Status FinishOperation(SqlConnection& db, const Operation& operation, int status,
                       const std::string& answer, std::chrono::milliseconds now) {
  const std::string status_text = std::to_string(status);
  ARROW_RETURN_NOT_OK(
      db.Execute("INSERT INTO tarn_operations (operation_key, digest, is_applied, "
                 "answer_status, answer, created_at) VALUES (?1, ?2, 0, ?3, ?4, ?5) "
                 "ON CONFLICT (operation_key) DO UPDATE SET "
                 "answer_status = excluded.answer_status, answer = excluded.answer "
                 "WHERE tarn_operations.answer_status = 0 AND "
                 "tarn_operations.digest = excluded.digest",
                 {operation.key, operation.digest, status_text, answer,
                  std::to_string(now.count())})
          .status());
  ARROW_ASSIGN_OR_RAISE(const auto kept, FindOperation(db, operation.key));
  if (kept && kept->operation.digest != operation.digest) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "The key of an operation was used for another request before: " + operation.key);
  }
  return Status::OK();
}

Result<int64_t> PruneOperations(SqlConnection& db, std::chrono::milliseconds before) {
  return db.Execute("DELETE FROM tarn_operations WHERE created_at < ?1",
                    {std::to_string(before.count())});
}

}  // namespace tarn::catalog::internal
