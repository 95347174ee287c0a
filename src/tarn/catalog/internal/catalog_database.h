// The catalog's database: one connection that reads and one that writes, so that a reader
// never waits for a writer, nor for another process's lock.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tarn/base/result.h"
#include "tarn/catalog/internal/catalog_tables.h"
#include "tarn/catalog/internal/sqlite_connection.h"

namespace tarn::catalog::internal {

/// How far a transaction came that did not end well.
enum class WriteOutcome : uint8_t {
  kApplied,
  kNotApplied,  // definitely
  kUnknown,     // COMMIT itself failed
};

/// Thread-safe. A connection must not cross fork(): open after it.
class CatalogDatabase {
 public:
  /// Errors: kInvalidData, kForbidden, kUnavailable, kIoFailed.
  static Result<std::unique_ptr<CatalogDatabase>> Open(
      const std::string& path, const std::string& catalog_name,
      std::chrono::milliseconds busy_timeout);

  /// Calls `read(CatalogTables&)`, which gives a Result; each statement sees the newest
  /// commit.
  template <typename Fn>
  auto Read(Fn&& read) {
    const std::lock_guard lock(reader_.mutex);
    return read(reader_.tables);
  }

  /// Calls `change(CatalogTables&)`, which gives a Status, in one transaction that holds
  /// the write lock from its start; the transaction is kept only if the Status is OK.
  template <typename Fn>
  Status Write(Fn&& change, WriteOutcome* outcome = nullptr) {
    const std::lock_guard lock(writer_.mutex);
    WriteOutcome ignored = WriteOutcome::kNotApplied;
    WriteOutcome& result = outcome == nullptr ? ignored : *outcome;
    result = WriteOutcome::kNotApplied;
    ARROW_RETURN_NOT_OK(writer_.connection->BeginImmediate());
    Status status = change(writer_.tables);
    if (status.ok()) {
      status = writer_.connection->Commit();
      result = status.ok() ? WriteOutcome::kApplied : WriteOutcome::kUnknown;
    }
    writer_.connection->Rollback();
    return status;
  }

 private:
  struct Side {
    Side(std::unique_ptr<SqliteConnection> opened, const std::string& catalog_name)
        : connection(std::move(opened)), tables(*connection, catalog_name) {}
    std::mutex mutex;
    std::unique_ptr<SqliteConnection> connection;
    CatalogTables tables;
  };

  CatalogDatabase(std::unique_ptr<SqliteConnection> reader,
                  std::unique_ptr<SqliteConnection> writer,
                  const std::string& catalog_name)
      : reader_(std::move(reader), catalog_name),
        writer_(std::move(writer), catalog_name) {}

  Side reader_;
  Side writer_;
};

}  // namespace tarn::catalog::internal
