#include "tarn/catalog/internal/postgres_connection.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include <libpq-fe.h>
#include <poll.h>

#include "tarn/base/clock.h"
#include "tarn/catalog/internal/sql_dialect.h"

namespace tarn::catalog::internal {
namespace {

constexpr int kVersionMin = 100'000;  // txid_status

class PostgresRow : public SqlRow {
 public:
  PostgresRow(const PGresult* result, int row) : result_(result), row_(row) {}

  std::optional<std::string> Text(std::string_view column) const override {
    const int index = PQfnumber(result_, std::string(column).c_str());
    if (index < 0 || PQgetisnull(result_, row_, index) != 0) {
      return std::nullopt;
    }
    return std::string(PQgetvalue(result_, row_, index),
                       static_cast<size_t>(PQgetlength(result_, row_, index)));
  }

 private:
  const PGresult* result_;
  int row_;
};

std::string StateOf(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? "" : state;
}

/// Waits until libpq can go on; false when the time is over.
bool WaitFor(PGconn* connection, PostgresPollingStatusType wanted,
             std::chrono::steady_clock::time_point deadline) {
  pollfd wait = {
      .fd = PQsocket(connection),
      .events = static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT),
      .revents = 0};
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return false;
    }
    const int ready = ::poll(&wait, 1, static_cast<int>(left.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR)) {
      return true;
    }
  }
}

struct OptionsDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

}  // namespace

bool IsPostgresUri(std::string_view uri) {
  return uri.starts_with("postgresql:") || uri.starts_with("postgres:");
}

Result<PostgresTarget> ParsePostgresUri(const std::string& uri) {
  // libpq's own message quotes the URI, password and all.
  const std::unique_ptr<PQconninfoOption, OptionsDeleter> options(
      PQconninfoParse(uri.c_str(), nullptr));
  if (options == nullptr) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "The catalog's address is not a PostgreSQL URI: write "
        "postgresql://user@host:5432/database, other characters of a part as %XX");
  }
  std::string host;
  std::string port;
  std::string database;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr;
       ++option) {
    const std::string_view keyword = option->keyword;
    const char* value = option->val == nullptr ? "" : option->val;
    if (keyword == "host") {
      host = value;
    } else if (keyword == "port") {
      port = value;
    } else if (keyword == "dbname") {
      database = value;
    }
  }
  if (host.starts_with('/')) {
    host = "[" + host + "]";
  }
  return PostgresTarget{
      uri, "postgresql://" + host + (port.empty() ? "" : ":" + port) + "/" + database};
}

void PostgresConnection::Closer::operator()(pg_conn* connection) const {
  PQfinish(connection);
}

void PostgresConnection::Clearer::operator()(pg_result* result) const { PQclear(result); }

PostgresConnection::~PostgresConnection() = default;

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    const PostgresTarget& target, std::chrono::milliseconds connect_timeout,
    std::chrono::milliseconds lock_timeout) {
  // What stands before the URI is a default, what stands after it is not to be changed.
  const char* const keywords[] = {"fallback_application_name",
                                  "keepalives_idle",
                                  "keepalives_interval",
                                  "keepalives_count",
                                  "tcp_user_timeout",
                                  "target_session_attrs",
                                  "dbname",
                                  "client_encoding",
                                  nullptr};
  const char* const values[] = {
      "tarn", "30",   "10", "3", "30000", "read-write", target.uri.c_str(),
      "UTF8", nullptr};
  std::unique_ptr<pg_conn, Closer> made(
      PQconnectStartParams(keywords, values, /*expand_dbname=*/1));
  if (made == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot open catalog " + target.location);
  }
  std::unique_ptr<PostgresConnection> connection(
      new PostgresConnection(std::move(made), target.location));
  ARROW_RETURN_NOT_OK(connection->Connect(connect_timeout));
  ARROW_RETURN_NOT_OK(connection->SetUp(lock_timeout));
  return connection;
}

Status PostgresConnection::Connect(std::chrono::milliseconds timeout) {
  PGconn* connection = connection_.get();
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);  // with SQLSTATE
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED &&
         PQstatus(connection) != CONNECTION_BAD) {
    if (!WaitFor(connection, step, deadline)) {
      return MakeError(ErrorCode::kUnavailable,
                       "Catalog " + location_ + " did not answer within " +
                           std::to_string(timeout.count()) +
                           " ms; check its address and that it runs");
    }
    step = PQconnectPoll(connection);
  }
  if (PQstatus(connection) == CONNECTION_OK) {
    return Status::OK();
  }
  const std::string message = PQerrorMessage(connection);
  const std::string state(SqlstateIn(message));
  failure_ = RefusalOf(state).failure;
  // A password that was needed and not given is found by the client, without a code.
  const bool lacks_password = PQconnectionNeedsPassword(connection) != 0;
  const ErrorCode code =
      lacks_password ? ErrorCode::kUnauthenticated : RefusalOf(state).code;
  const std::string_view advice =
      lacks_password                    ? PostgresAdvice("28P01")
      : code != ErrorCode::kUnavailable ? PostgresAdvice(state)
      : PostgresAdvice(state).empty()   ? "; check its address and that it runs"
                                        : PostgresAdvice(state);
  return MakeError(code, "Cannot open catalog " + location_ + ": " + OneLine(message) +
                             std::string(advice));
}

Status PostgresConnection::SetUp(std::chrono::milliseconds lock_timeout) {
  PQsetErrorVerbosity(connection_.get(), PQERRORS_TERSE);
  if (PQserverVersion(connection_.get()) < kVersionMin) {
    return MakeError(ErrorCode::kNotSupported,
                     "Catalog " + location_ +
                         " is of a PostgreSQL that is too old; use version 10 or newer");
  }
  statement_prefix_ = "tarn_" + NewUuid(SystemRandom()).substr(0, 8) + "_";
  // A commit that was reported survives a power cut, and a client that vanished does not
  // hold its locks for ever.
  ARROW_RETURN_NOT_OK(Run(("SELECT set_config('synchronous_commit', 'on', false) "
                           "WHERE current_setting('synchronous_commit') = 'off'; "
                           "SET idle_in_transaction_session_timeout = '60s'; "
                           "SET lock_timeout = " +
                           std::to_string(lock_timeout.count()))
                              .c_str()));
  const Status identity = Query(
      "SELECT system_identifier::text || '/' || "
      "substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) AS server "
      "FROM pg_control_system()",
      {}, [&](const SqlRow& row) { server_ = row.TextOrEmpty("server"); });
  // Services may keep it to themselves; then unknown outcomes stay unknown.
  if (!identity.ok() && is_lost()) {
    return identity;
  }
  ForgetFailure();
  return Status::OK();
}

bool PostgresConnection::is_lost() const {
  return PQstatus(connection_.get()) != CONNECTION_OK ||
         failure_ == PostgresFailure::kLost;
}

Status PostgresConnection::Check(const pg_result* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    return Status::OK();
  }
  const std::string state = StateOf(result);
  if (state.empty() || PQstatus(connection_.get()) != CONNECTION_OK) {
    failure_ = PostgresFailure::kLost;
  }
  const PostgresRefusal refusal = RefusalOf(state);
  failure_ = std::max(failure_, refusal.failure);
  if (failure_ == PostgresFailure::kAgain) {
    statements_.clear();  // they may be what is out of date; new ones have new names
  }
  // Only the first line: details quote values of rows.
  const char* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string message =
      primary != nullptr ? primary : OneLine(PQerrorMessage(connection_.get()));
  return MakeError(refusal.code, "Catalog " + location_ + ": " + message +
                                     std::string(PostgresAdvice(state)));
}

Result<PostgresConnection::Answer> PostgresConnection::RunText(const std::string& sql) {
  Answer answer(PQexec(connection_.get(), sql.c_str()));
  ARROW_RETURN_NOT_OK(Check(answer.get()));
  return answer;
}

Status PostgresConnection::Run(const char* sql) { return RunText(sql).status(); }

Result<std::string> PostgresConnection::Prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    return found->second;
  }
  static std::atomic<uint64_t> count = 0;
  const std::string name = statement_prefix_ + std::to_string(++count);
  const Answer answer(PQprepare(connection_.get(), name.c_str(),
                                PostgresStatement(sql).c_str(), 0, nullptr));
  ARROW_RETURN_NOT_OK(Check(answer.get()));
  statements_.emplace(sql, name);
  return name;
}

Result<PostgresConnection::Answer> PostgresConnection::RunPrepared(
    std::string_view sql, std::initializer_list<SqlParameter> parameters) {
  std::vector<std::string> texts;
  std::vector<const char*> values;
  texts.reserve(parameters.size());
  for (const SqlParameter& parameter : parameters) {
    if (parameter && parameter->find('\0') != std::string_view::npos) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "PostgreSQL cannot store a NUL character: catalog " + location_);
    }
    values.push_back(parameter ? texts.emplace_back(*parameter).c_str() : nullptr);
  }
  ARROW_ASSIGN_OR_RAISE(const std::string name, Prepare(sql));
  Answer answer(PQexecPrepared(connection_.get(), name.c_str(),
                               static_cast<int>(values.size()), values.data(), nullptr,
                               nullptr, /*resultFormat=*/0));
  ARROW_RETURN_NOT_OK(Check(answer.get()));
  return answer;
}

Result<int64_t> PostgresConnection::Execute(
    std::string_view sql, std::initializer_list<SqlParameter> parameters) {
  ARROW_ASSIGN_OR_RAISE(const Answer answer, RunPrepared(sql, parameters));
  return int64_t{std::strtoll(PQcmdTuples(answer.get()), nullptr, 10)};
}

Status PostgresConnection::Query(std::string_view sql,
                                 std::initializer_list<SqlParameter> parameters,
                                 const EachRow& each) {
  ARROW_ASSIGN_OR_RAISE(const Answer answer, RunPrepared(sql, parameters));
  for (int row = 0; row < PQntuples(answer.get()); ++row) {
    each(PostgresRow(answer.get(), row));
  }
  return Status::OK();
}

Result<std::set<std::string>> PostgresConnection::ColumnsOf(const std::string& table) {
  std::set<std::string> columns;
  ARROW_RETURN_NOT_OK(Query(
      "SELECT attname AS name FROM pg_catalog.pg_attribute "
      "WHERE attrelid = to_regclass(?1) AND attnum > 0 AND NOT attisdropped",
      {table}, [&](const SqlRow& row) { columns.insert(row.TextOrEmpty("name")); }));
  return columns;
}

Status PostgresConnection::Begin(int64_t lock_key, bool is_shared) {
  ForgetFailure();
  transaction_id_.clear();
  const std::string lock =
      is_shared ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
  ARROW_ASSIGN_OR_RAISE(
      const Answer answer,
      RunText("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT " + lock + "(" +
              std::to_string(lock_key) + "); SELECT txid_current()"));
  transaction_id_ = PQgetvalue(answer.get(), 0, 0);
  return Status::OK();
}

CommitAnswer PostgresConnection::Commit(Status* status) {
  const Answer answer(PQexec(connection_.get(), "COMMIT"));
  *status = Check(answer.get());
  if (!status->ok()) {
    // The server refuses before it commits, unless it goes down itself.
    return is_lost() ? CommitAnswer::kNone : CommitAnswer::kRefused;
  }
  if (std::string_view(PQcmdStatus(answer.get())) == "COMMIT") {
    return CommitAnswer::kCommitted;
  }
  *status = MakeError(ErrorCode::kInternal,
                      "Catalog " + location_ + ": a failed transaction was committed");
  return CommitAnswer::kRefused;
}

void PostgresConnection::Rollback() {
  const PGTransactionStatusType status = PQtransactionStatus(connection_.get());
  if (status == PQTRANS_INTRANS || status == PQTRANS_INERROR) {
    const Answer ignored(PQexec(connection_.get(), "ROLLBACK"));
  }
}

Result<std::string> PostgresConnection::StatusOf(const std::string& transaction_id) {
  std::string status;
  ARROW_RETURN_NOT_OK(
      Query("SELECT txid_status(CAST(?1 AS BIGINT)) AS status", {transaction_id},
            [&](const SqlRow& row) { status = row.TextOrEmpty("status"); }));
  return status;
}

}  // namespace tarn::catalog::internal
