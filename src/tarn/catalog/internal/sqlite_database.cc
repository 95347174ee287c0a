#include "tarn/catalog/internal/sqlite_database.h"

#include <filesystem>
#include <system_error>

#include "tarn/base/error.h"
#include "tarn/catalog/internal/store_schema.h"

namespace tarn::catalog::internal {
namespace {

Status MakeDirectoryOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  if (!directory.empty()) {
    std::filesystem::create_directories(directory, error);
  }
  if (!error) {
    return Status::OK();
  }
  return MakeError(
      error == std::errc::permission_denied ? ErrorCode::kForbidden
                                            : ErrorCode::kIoFailed,
      "Cannot make the directory of catalog " + path + ": " + error.message());
}

}  // namespace

Result<std::unique_ptr<StoreDatabase>> SqliteDatabase::Open(
    const std::string& path, std::chrono::milliseconds busy_timeout) {
  ARROW_RETURN_NOT_OK(MakeDirectoryOf(path));
  ARROW_ASSIGN_OR_RAISE(auto writer, SqliteConnection::Open(path, busy_timeout));
  ARROW_RETURN_NOT_OK(writer->MakeDurable());
  ARROW_ASSIGN_OR_RAISE(auto reader, SqliteConnection::Open(path, busy_timeout));
  std::unique_ptr<StoreDatabase> database(
      new SqliteDatabase(std::move(reader), std::move(writer)));
  ARROW_RETURN_NOT_OK(PrepareStore(*database));
  return database;
}

Status SqliteDatabase::Read(const Statements& read) {
  const std::lock_guard lock(reader_mutex_);
  return read(*reader_);
}

Status SqliteDatabase::Write(std::string_view /*catalog*/, WriteScope /*scope*/,
                             const Statements& change, WriteOutcome* outcome) {
  const std::lock_guard lock(writer_mutex_);
  *outcome = WriteOutcome::kNotApplied;
  ARROW_RETURN_NOT_OK(writer_->BeginImmediate());
  Status status = change(*writer_);
  if (status.ok()) {
    status = writer_->Commit();
    // Busy: the transaction is still open.
    const bool is_open = !status.ok() && CodeOf(status) == ErrorCode::kUnavailable;
    *outcome = status.ok() ? WriteOutcome::kApplied
               : is_open   ? WriteOutcome::kNotApplied
                           : WriteOutcome::kUnknown;
  }
  writer_->Rollback();
  return status;
}

}  // namespace tarn::catalog::internal
