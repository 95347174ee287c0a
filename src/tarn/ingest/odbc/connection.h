// One connection to a database by ODBC, and its statements.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/database.h"
#include "tarn/ingest/odbc/driver_manager.h"

namespace tarn::ingest::odbc {

/// Frees what it holds.
class Handle {
 public:
  Handle(const DriverManager& calls, SQLSMALLINT type, SQLHANDLE parent);
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  SQLHANDLE get() const { return handle_; }
  SQLSMALLINT type() const { return type_; }

 private:
  const DriverManager& calls_;
  const SQLSMALLINT type_;
  SQLHANDLE handle_ = nullptr;
};

std::u16string Wide(std::string_view text);
/// Errors: kInvalidData for what is no UTF-16.
Result<std::string> Narrow(std::u16string_view text);
/// ODBC's characters are 16 bits wide.
SQLWCHAR* Characters(std::u16string& text);

using TextRow = std::vector<std::optional<std::string>>;

/// Belongs to one thread, but for Cancel(). Errors of all: kUnavailable,
/// kUnauthenticated, kForbidden, kNoSuchTable, kNoSuchColumn, kSyntax, kTimeout,
/// kCancelled, kInvalidArgument, kNotSupported, kIoFailed; with the driver's message,
/// from which the connection string's secrets are taken.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const DatabaseTarget& target);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<std::unique_ptr<Handle>> NewStatement();
  /// A few rows of a query, or of what `ask` does to a statement, as text.
  Result<std::vector<TextRow>> Query(const std::string& sql);
  Result<std::vector<TextRow>> Rows(Handle& statement);

  /// OK for what is no error.
  Status Check(SQLRETURN result, const Handle& handle) const;
  /// SQL_DBMS_NAME and its like; empty if the driver does not say.
  std::string Info(SQLUSMALLINT what) const;
  std::string Quoted(std::string_view name) const;

  const DriverManager& calls() const { return calls_; }
  const std::string& shown() const { return shown_; }

 private:
  Connection(const DriverManager& calls, const DatabaseTarget& target);
  Status Connect(const DatabaseTarget& target);
  std::string Hidden(std::string text) const;

  const DriverManager& calls_;
  const std::string shown_;
  const std::vector<std::string> secrets_;
  const std::optional<std::chrono::seconds> statement_timeout_;
  std::unique_ptr<Handle> environment_;
  std::unique_ptr<Handle> connection_;
  bool is_connected_ = false;
};

}  // namespace tarn::ingest::odbc
