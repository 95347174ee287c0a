// Databases that loads read, whatever their kind: where they are, a source of their rows,
// and a session that asks them something.
//
//   ARROW_ASSIGN_OR_RAISE(auto source, OpenDatabase(target, {.options = {{"table",
//   "t"}}}));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/ingest/source.h"

namespace tarn::ingest {

enum class DatabaseKind : uint8_t { kPostgres, kMySql, kOdbc };

/// As stored connections and jobs name it: "postgres", "mysql", "odbc".
std::string_view DatabaseKindName(DatabaseKind kind);
std::optional<DatabaseKind> DatabaseKindFromName(std::string_view name);
/// "PostgreSQL", "MySQL", "ODBC".
std::string_view DatabaseKindTitle(DatabaseKind kind);
/// "postgresql", "mysql", "odbc": of addresses that people are shown.
std::string_view DatabaseScheme(DatabaseKind kind);

/// Empty texts are the driver's defaults.
struct DatabaseTarget {
  DatabaseKind kind = DatabaseKind::kPostgres;
  std::string host = {};
  std::string address = {};  // of the host; empty: it is looked up
  std::optional<int32_t> port = {};
  std::string database = {};
  std::string user = {};
  std::string password = {};
  std::string tls_mode = {};           // libpq's words: require, verify-full, …
  std::string tls_authority = {};      // PEM file
  std::string connection_string = {};  // of ODBC, in place of all these; a secret
  /// What else libpq shall be given.
  std::vector<std::pair<std::string, std::string>> parameters = {};
  std::chrono::milliseconds connect_timeout{15'000};
  std::optional<std::chrono::seconds> statement_timeout = {};
  /// Nothing of this process's environment (password files, variables) is sent there.
  bool is_isolated = false;
};

/// A location that OpenSource() takes for a database: postgresql://, postgres://,
/// mysql://, mariadb://, odbc:.
std::optional<DatabaseKind> DatabaseKindOf(std::string_view location);
/// Of "mysql://user:password@host:port/database?sslmode=…" and its like, and of
/// "odbc:DSN=shop;UID=reader", where ${env:NAME} and ${file:PATH} are resolved. MySQL's
/// password may be in MYSQL_PWD. Errors:
/// kInvalidArgument without the text, which may hold a password; those of
/// ResolveSecretReferences.
Result<DatabaseTarget> DatabaseTargetFrom(const std::string& location);
/// Any location of a source as people and tables may see it: no user, password, query of
/// a URL, and of a connection string only what says which database it is.
std::string LocationToShow(const std::string& location);

struct DatabaseRequest {
  /// `table` or `query`; those of the kind's request_options.h.
  std::vector<std::pair<std::string, std::string>> options;
  std::function<bool()> cancelled = {};  // asked from several threads
};

/// All rows are of one moment, if the database can. Errors: kInvalidArgument for options;
/// kUnavailable, kUnauthenticated, kForbidden, kNoSuchTable, kNoSuchColumn, kSyntax,
/// kTimeout, kCancelled, kIoFailed of the database, with its message; kNotSupported where
/// a library is missing. No message has a secret in it.
Result<std::unique_ptr<Source>> OpenDatabase(const DatabaseTarget& target,
                                             const DatabaseRequest& request);

/// A value of one column, as SQL writes it.
struct DatabaseValue {
  std::string text;  // for people and for what is kept
  std::string type;  // in the session's words
};

/// Thread-compatible. Errors of all: as of OpenDatabase.
class DatabaseSession {
 public:
  virtual ~DatabaseSession() = default;
  /// What the server calls itself.
  virtual Result<std::string> Version() = 0;
  /// The first row of a query that is one number.
  virtual Result<int64_t> Count(const std::string& sql) = 0;
  /// `expression` over `from`, such as max(id); unset for null.
  virtual Result<std::optional<DatabaseValue>> Value(const std::string& expression,
                                                     const std::string& from,
                                                     const std::string& condition) = 0;
  /// The type that `expression` over `from` has.
  virtual Result<std::string> TypeOf(const std::string& expression,
                                     const std::string& from) = 0;
  /// The columns of a table's primary key; empty if it has none or is none.
  virtual Result<std::vector<std::string>> PrimaryKey(const std::string& table) = 0;
  virtual std::string Quoted(std::string_view name) const = 0;
  /// A value as SQL takes it. Errors: kInvalidArgument for a text that is no value of the
  /// type, as far as it matters.
  virtual Result<std::string> Literal(const DatabaseValue& value) const = 0;
};

Result<std::unique_ptr<DatabaseSession>> OpenDatabaseSession(
    const DatabaseTarget& target);

}  // namespace tarn::ingest
