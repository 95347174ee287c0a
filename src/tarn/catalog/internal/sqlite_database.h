// A SQLite file: one connection that reads and one that writes, so that a reader never
// waits for a writer, nor for another process's lock.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tarn/catalog/internal/sqlite_connection.h"
#include "tarn/catalog/internal/store_database.h"

namespace tarn::catalog::internal {

/// A connection must not cross fork(): open after it. The write lock is the file's, so
/// every transaction has all of it.
class SqliteDatabase : public StoreDatabase {
 public:
  /// Errors: kInvalidData, kForbidden, kUnavailable, kIoFailed.
  static Result<std::unique_ptr<StoreDatabase>> Open(
      const std::string& path, std::chrono::milliseconds busy_timeout);

  Status Read(const Statements& read) override;
  Status Write(std::string_view catalog, WriteScope scope, const Statements& change,
               WriteOutcome* outcome) override;
  const std::string& location() const override { return writer_->location(); }

 private:
  SqliteDatabase(std::unique_ptr<SqliteConnection> reader,
                 std::unique_ptr<SqliteConnection> writer)
      : reader_(std::move(reader)), writer_(std::move(writer)) {}

  std::mutex reader_mutex_;  // guards reader_
  const std::unique_ptr<SqliteConnection> reader_;
  std::mutex writer_mutex_;  // guards writer_
  const std::unique_ptr<SqliteConnection> writer_;
};

}  // namespace tarn::catalog::internal
