// One connection to a store's database, whichever it is, with errors in our currency.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "tarn/base/result.h"

namespace tarn::catalog::internal {

/// One row of a result, its columns addressed by name, so that tables may have more than
/// we know.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  /// Unset if the column is null or not there.
  virtual std::optional<std::string> Text(std::string_view column) const = 0;

  std::string TextOrEmpty(std::string_view column) const {
    return Text(column).value_or("");
  }
  /// 0 if the column is null, not there or no number.
  int64_t Int64(std::string_view column) const;
};

/// A text parameter; unset binds null. Numbers are bound as their decimal text.
using SqlParameter = std::optional<std::string_view>;

/// Statements are written once, for SQLite, and each connection translates what its
/// database says otherwise when it prepares them (sql_dialect.h): `?1` stands for the
/// first parameter, COLLATE BINARY compares bytes, FOR UPDATE at the end keeps the rows
/// found as they are until the transaction ends.
///
/// Not thread-safe: the owner serializes calls. Errors of every method: kInvalidData
/// (corrupt or not a catalog), kInvalidArgument (a value that the database cannot hold),
/// kUnavailable (locked for longer than the timeout, not reachable), kDiskFull,
/// kForbidden, kUnauthenticated, kOutOfMemory, kIoFailed, kAlreadyExists (primary key),
/// kInternal.
class SqlConnection {
 public:
  using EachRow = std::function<void(const SqlRow&)>;

  virtual ~SqlConnection() = default;

  /// Runs statements without parameters or results.
  virtual Status Run(const char* sql) = 0;
  /// Runs one statement; gives the number of rows changed. Results are ignored.
  virtual Result<int64_t> Execute(std::string_view sql,
                                  std::initializer_list<SqlParameter> parameters) = 0;
  /// Calls `each` on every row of the result.
  virtual Status Query(std::string_view sql,
                       std::initializer_list<SqlParameter> parameters,
                       const EachRow& each) = 0;

  /// The columns of a table; none if it is not there.
  virtual Result<std::set<std::string>> ColumnsOf(const std::string& table) = 0;
  /// Writes to the database without changing anything: overwrites what a transaction
  /// whose outcome is unknown may have left in a log.
  virtual Status Touch() = 0;
  /// Types of the columns of tables that we make, without limits where they would be
  /// enforced: of names and keys, compared byte by byte, and of other texts.
  virtual const char* key_type() const = 0;
  virtual const char* text_type() const = 0;

  /// The database to show to people: never a password.
  virtual const std::string& location() const = 0;
};

}  // namespace tarn::catalog::internal
