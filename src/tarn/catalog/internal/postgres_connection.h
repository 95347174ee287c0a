// One connection to PostgreSQL and its statements.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "tarn/catalog/internal/postgres_error.h"
#include "tarn/catalog/internal/sql_connection.h"

struct pg_conn;
struct pg_result;

namespace tarn::catalog::internal {

/// Where to connect, checked but not tried.
struct PostgresTarget {
  std::string uri;       // may hold a password: never shown
  std::string location;  // host, port and database, to show
};

/// True for "postgresql:…" and "postgres:…".
bool IsPostgresUri(std::string_view uri);
/// Errors: kInvalidArgument; the message holds nothing of the URI.
Result<PostgresTarget> ParsePostgresUri(const std::string& uri);

/// How a transaction ended when COMMIT was asked for.
enum class CommitAnswer : uint8_t { kCommitted, kRefused, kNone };

/// Which database a transaction number belongs to: the cluster and its timeline. Empty if
/// the server does not tell.
using ServerIdentity = std::string;

/// Statements are prepared once each. Not thread-safe.
class PostgresConnection : public SqlConnection {
 public:
  /// `lock_timeout` is for waits inside the server. Errors: kUnavailable (nobody answers
  /// in time, or the server starts or stops), kUnauthenticated, kForbidden,
  /// kInvalidArgument (no such database), kNotSupported (older than PostgreSQL 10).
  static Result<std::unique_ptr<PostgresConnection>> Open(
      const PostgresTarget& target, std::chrono::milliseconds connect_timeout,
      std::chrono::milliseconds lock_timeout);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  Status Run(const char* sql) override;
  Result<int64_t> Execute(std::string_view sql,
                          std::initializer_list<SqlParameter> parameters) override;
  Status Query(std::string_view sql, std::initializer_list<SqlParameter> parameters,
               const EachRow& each) override;
  Result<std::set<std::string>> ColumnsOf(const std::string& table) override;
  /// What COMMIT left is settled by the server itself.
  Status Touch() override { return Status::OK(); }
  // Compared byte by byte as in SQLite, whatever the database's collation.
  const char* key_type() const override { return "VARCHAR COLLATE \"C\""; }
  const char* text_type() const override { return "TEXT"; }
  const std::string& location() const override { return location_; }

  /// Begins a transaction and takes the lock of `lock_key`: alone, or shared with others
  /// that share it. It is released when the transaction has ended, for good.
  Status Begin(int64_t lock_key, bool is_shared);
  /// On kNone nobody can tell from here what came of the transaction.
  CommitAnswer Commit(Status* status);
  /// Ends a transaction, if one is open, without its changes.
  void Rollback();

  /// The worst that happened since the last Begin or Forget.
  PostgresFailure failure() const { return failure_; }
  void ForgetFailure() { failure_ = PostgresFailure::kFinal; }
  bool is_lost() const;

  /// Of the transaction that was begun last.
  const std::string& transaction_id() const { return transaction_id_; }
  const ServerIdentity& server() const { return server_; }
  /// "committed", "aborted", "in progress"; "" if the server has forgotten it.
  Result<std::string> StatusOf(const std::string& transaction_id);

 private:
  struct Closer {
    void operator()(pg_conn* connection) const;
  };
  struct Clearer {
    void operator()(pg_result* result) const;
  };
  using Answer = std::unique_ptr<pg_result, Clearer>;

  PostgresConnection(std::unique_ptr<pg_conn, Closer> connection, std::string location)
      : connection_(std::move(connection)), location_(std::move(location)) {}

  Status Connect(std::chrono::milliseconds timeout);
  Status SetUp(std::chrono::milliseconds lock_timeout);
  /// The name of the prepared statement.
  Result<std::string> Prepare(std::string_view sql);
  Result<Answer> RunPrepared(std::string_view sql,
                             std::initializer_list<SqlParameter> parameters);
  Result<Answer> RunText(const std::string& sql);
  /// OK, or what the server or the connection says.
  Status Check(const pg_result* result);

  std::unique_ptr<pg_conn, Closer> connection_;
  const std::string location_;
  std::map<std::string, std::string, std::less<>> statements_;  // name by text
  std::string statement_prefix_;
  std::string transaction_id_;
  ServerIdentity server_;
  PostgresFailure failure_ = PostgresFailure::kFinal;
};

}  // namespace tarn::catalog::internal
