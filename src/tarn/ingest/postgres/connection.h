// One connection to a PostgreSQL that is read from.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

struct pg_conn;
struct pg_result;

namespace tarn::ingest::postgres {

/// What libpq is given, by its own names (host, port, dbname, user, password, sslmode,
/// sslrootcert, …); what is left out comes from its variables and password file.
struct Target {
  std::vector<std::pair<std::string, std::string>> parameters;
  std::chrono::milliseconds connect_timeout{15'000};

  /// "postgresql://host:5432/database", to show to people.
  std::string Shown() const;
};

/// "postgresql://user:password@host:port/database?sslmode=…". Errors: kInvalidArgument
/// without the text, which may hold a password.
Result<Target> TargetFromUri(const std::string& uri);
bool IsPostgresUri(std::string_view uri);

using TextRow = std::vector<std::optional<std::string>>;

struct DescribedColumn {
  std::string name;
  uint32_t type = 0;  // oid
  int32_t modifier = -1;
};

/// Belongs to one thread, but for Cancel(). Errors of all: kUnavailable (not reachable,
/// lost, too many connections), kUnauthenticated, kForbidden, kNoSuchTable,
/// kNoSuchColumn, kSyntax, kTimeout, kCancelled, kIoFailed; with the server's message,
/// but not its details, which quote rows.
class Connection {
 public:
  /// Reads only, in one transaction that sees one moment; times are told in UTC.
  static Result<std::unique_ptr<Connection>> Open(const Target& target);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// One statement with text parameters, and its rows as text.
  Result<std::vector<TextRow>> Query(const std::string& sql,
                                     const std::vector<std::string>& parameters = {});
  /// The columns of a query, which is not run.
  Result<std::vector<DescribedColumn>> Describe(const std::string& query);

  /// From now on sees what another connection's pg_export_snapshot() told of; before
  /// anything was read.
  Status TakeSnapshot(const std::string& snapshot);

  /// Begins a COPY … TO STDOUT.
  Status StartCopy(const std::string& sql);
  /// Its next bytes, valid until the next call; unset at its end. `cancelled` is asked
  /// several times a second.
  Result<std::optional<std::string_view>> NextBytes(
      const std::function<bool()>& cancelled);

  /// The version as libpq counts it: 150004.
  int server_version() const;
  /// An identifier as SQL takes it.
  static std::string Quoted(std::string_view name);
  /// A value as SQL takes it.
  static std::string QuotedText(std::string_view text);

 private:
  struct Closer {
    void operator()(pg_conn* connection) const;
  };
  struct Clearer {
    void operator()(pg_result* result) const;
  };
  using ResultHandle = std::unique_ptr<pg_result, Clearer>;

  Connection(pg_conn* connection, std::string shown);
  Status Connect(std::chrono::milliseconds timeout);
  Status Check(const ResultHandle& result, int wanted) const;
  Status ErrorOf(const pg_result* result) const;
  Status Lost() const;
  void Cancel();

  std::unique_ptr<pg_conn, Closer> connection_;
  const std::string shown_;
  char* bytes_ = nullptr;  // libpq's
};

}  // namespace tarn::ingest::postgres
