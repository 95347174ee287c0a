#include "tarn/ingest/postgres/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <libpq-fe.h>
#include <poll.h>

#include "tarn/base/error.h"

namespace tarn::ingest::postgres {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How often somebody who waits for bytes asks whether they are still wanted.
constexpr int kAskMs = 200;

struct Known {
  std::string_view state;  // five characters, or the two of a class
  ErrorCode code;
  std::string_view advice = "";
};

// PostgreSQL's manual, appendix "Error Codes". The first that fits counts.
constexpr auto kKnown = std::to_array<Known>({
    {"08", ErrorCode::kUnavailable},
    {"0L", ErrorCode::kForbidden},
    {"28", ErrorCode::kUnauthenticated,
     "; check user and password, and the server's pg_hba.conf"},
    {"3D000", ErrorCode::kInvalidArgument},
    {"3F000", ErrorCode::kNoSuchTable},
    {"42501", ErrorCode::kForbidden, "; grant the user SELECT on it"},
    {"42601", ErrorCode::kSyntax},
    {"42703", ErrorCode::kNoSuchColumn},
    {"42P01", ErrorCode::kNoSuchTable},
    {"22", ErrorCode::kInvalidArgument},
    {"42", ErrorCode::kInvalidArgument},
    {"25006", ErrorCode::kForbidden, "; a load only reads"},
    {"40", ErrorCode::kUnavailable},
    {"53300", ErrorCode::kUnavailable, "; the server has no connection left"},
    {"53", ErrorCode::kUnavailable},
    {"55P03", ErrorCode::kTimeout, "; another program holds a lock"},
    {"57014", ErrorCode::kTimeout},
    {"57P", ErrorCode::kUnavailable},
});

/// Each session is set up so that values cast to text say the same everywhere.
constexpr char kSetUp[] =
    "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET timezone = 'UTC'; "
    "SET extra_float_digits = 3; SET bytea_output = 'hex'; "
    "SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '15s'; "
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

std::string FirstLine(const char* text) {
  const std::string_view all = text == nullptr ? "" : text;
  return std::string(all.substr(0, all.find('\n')));
}

struct OptionsDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// False when the time is over.
bool WaitFor(PGconn* connection, short events, int timeout_ms) {
  pollfd wait = {.fd = PQsocket(connection), .events = events, .revents = 0};
  const int ready = ::poll(&wait, 1, timeout_ms);
  return ready > 0 || (ready < 0 && errno != EINTR);
}

}  // namespace

bool IsPostgresUri(std::string_view uri) {
  return uri.starts_with("postgresql://") || uri.starts_with("postgres://");
}

Result<Target> TargetFromUri(const std::string& uri) {
  // libpq's own message quotes the URI, password and all.
  const std::unique_ptr<PQconninfoOption, OptionsDeleter> options(
      PQconninfoParse(uri.c_str(), nullptr));
  if (options == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "This is no address of a PostgreSQL: write "
                     "postgresql://user@host:5432/database, other characters as %XX");
  }
  Target target;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) {
      target.parameters.emplace_back(option->keyword, option->val);
    }
  }
  return target;
}

std::string Target::Shown() const {
  const auto value = [&](std::string_view name) {
    const auto found =
        std::ranges::find(parameters, name, [](const auto& p) { return p.first; });
    return found == parameters.end() ? std::string() : found->second;
  };
  const std::string port = value("port");
  return "postgresql://" + value("host") + (port.empty() ? "" : ":" + port) + "/" +
         value("dbname");
}

void Connection::Closer::operator()(pg_conn* connection) const { PQfinish(connection); }
void Connection::Clearer::operator()(pg_result* result) const { PQclear(result); }

Connection::Connection(pg_conn* connection, std::string shown)
    : connection_(connection), shown_(std::move(shown)) {}

Connection::~Connection() { PQfreemem(bytes_); }

Result<std::unique_ptr<Connection>> Connection::Open(const Target& target) {
  std::vector<const char*> keywords = {"fallback_application_name", "keepalives_idle",
                                       "keepalives_interval", "keepalives_count"};
  std::vector<const char*> values = {"tarn", "30", "10", "3"};
  for (const auto& [name, value] : target.parameters) {
    keywords.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  keywords.insert(keywords.end(), {"client_encoding", nullptr});
  values.insert(values.end(), {"UTF8", nullptr});
  std::unique_ptr<Connection> connection(new Connection(
      PQconnectStartParams(keywords.data(), values.data(), 0), target.Shown()));
  if (connection->connection_ == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot connect to " + target.Shown());
  }
  RETURN_NOT_OK(connection->Connect(target.connect_timeout));
  const ResultHandle set_up(PQexec(connection->connection_.get(), kSetUp));
  RETURN_NOT_OK(connection->Check(set_up, PGRES_COMMAND_OK));
  return connection;
}

Status Connection::Connect(milliseconds timeout) {
  PGconn* const connection = connection_.get();
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  const auto deadline = Steady::now() + timeout;
  PostgresPollingStatusType step = PGRES_POLLING_WRITING;
  while (step != PGRES_POLLING_OK && step != PGRES_POLLING_FAILED) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - Steady::now()).count();
    const short events = step == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (left <= 0 || (!WaitFor(connection, events, static_cast<int>(left)) &&
                      Steady::now() >= deadline)) {
      return MakeError(ErrorCode::kUnavailable,
                       "Nobody answers at " + shown_ + " within " +
                           std::to_string(timeout.count() / 1000) +
                           " s; check host and port");
    }
    step = PQconnectPoll(connection);
  }
  if (step == PGRES_POLLING_OK) {
    return Status::OK();
  }
  const std::string message = FirstLine(PQerrorMessage(connection));
  const bool is_refused = message.find("authentication failed") != std::string::npos ||
                          message.find("no password supplied") != std::string::npos ||
                          message.find("no pg_hba.conf entry") != std::string::npos;
  return MakeError(is_refused ? ErrorCode::kUnauthenticated : ErrorCode::kUnavailable,
                   "Cannot connect to " + shown_ + ": " + message);
}

Status Connection::ErrorOf(const pg_result* result) const {
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (state == nullptr) {
    return Lost();
  }
  const auto known = std::ranges::find_if(kKnown, [&](const Known& candidate) {
    return std::string_view(state).starts_with(candidate.state);
  });
  const bool is_known = known != kKnown.end();
  return MakeError(is_known ? known->code : ErrorCode::kIoFailed,
                   shown_ + ": " +
                       FirstLine(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)) +
                       (is_known ? std::string(known->advice)
                                 : " (SQLSTATE " + std::string(state) + ")"));
}

Status Connection::Lost() const {
  return MakeError(ErrorCode::kUnavailable,
                   "The connection to " + shown_ +
                       " is lost: " + FirstLine(PQerrorMessage(connection_.get())));
}

Status Connection::Check(const ResultHandle& result, int wanted) const {
  if (result == nullptr) {
    return Lost();
  }
  return PQresultStatus(result.get()) == wanted ? Status::OK() : ErrorOf(result.get());
}

Result<std::vector<TextRow>> Connection::Query(
    const std::string& sql, const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) {
    values.push_back(parameter.c_str());
  }
  const ResultHandle result(
      PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()),
                   nullptr, values.data(), nullptr, nullptr, /*resultFormat=*/0));
  RETURN_NOT_OK(Check(result, PGRES_TUPLES_OK));
  std::vector<TextRow> rows(static_cast<size_t>(PQntuples(result.get())));
  const int num_columns = PQnfields(result.get());
  for (size_t i = 0; i < rows.size(); ++i) {
    const int row = static_cast<int>(i);
    for (int column = 0; column < num_columns; ++column) {
      if (PQgetisnull(result.get(), row, column) != 0) {
        rows[i].emplace_back();
      } else {
        rows[i].emplace_back(PQgetvalue(result.get(), row, column));
      }
    }
  }
  return rows;
}

Result<std::vector<DescribedColumn>> Connection::Describe(const std::string& query) {
  const ResultHandle prepared(
      PQprepare(connection_.get(), "", query.c_str(), 0, nullptr));
  RETURN_NOT_OK(Check(prepared, PGRES_COMMAND_OK));
  const ResultHandle described(PQdescribePrepared(connection_.get(), ""));
  RETURN_NOT_OK(Check(described, PGRES_COMMAND_OK));
  std::vector<DescribedColumn> columns;
  for (int i = 0; i < PQnfields(described.get()); ++i) {
    columns.push_back({.name = PQfname(described.get(), i),
                       .type = PQftype(described.get(), i),
                       .modifier = PQfmod(described.get(), i)});
  }
  return columns;
}

Status Connection::TakeSnapshot(const std::string& snapshot) {
  const std::string sql = "SET TRANSACTION SNAPSHOT" + QuotedText(snapshot);
  const ResultHandle result(PQexec(connection_.get(), sql.c_str()));
  return Check(result, PGRES_COMMAND_OK);
}

Status Connection::StartCopy(const std::string& sql) {
  const ResultHandle result(PQexec(connection_.get(), sql.c_str()));
  return Check(result, PGRES_COPY_OUT);
}

Result<std::optional<std::string_view>> Connection::NextBytes(
    const std::function<bool()>& cancelled) {
  PGconn* const connection = connection_.get();
  PQfreemem(std::exchange(bytes_, nullptr));
  for (;;) {
    const int size = PQgetCopyData(connection, &bytes_, /*async=*/1);
    if (size > 0) {
      return std::optional(std::string_view(bytes_, static_cast<size_t>(size)));
    }
    if (size < 0) {
      const ResultHandle end(PQgetResult(connection));
      RETURN_NOT_OK(Check(end, PGRES_COMMAND_OK));
      const ResultHandle nothing(PQgetResult(connection));
      return std::optional<std::string_view>();
    }
    if (cancelled && cancelled()) {
      Cancel();
      return MakeError(ErrorCode::kCancelled, "The load was cancelled");
    }
    if (WaitFor(connection, POLLIN, kAskMs) && PQconsumeInput(connection) == 0) {
      return Lost();
    }
  }
}

void Connection::Cancel() {
  PGcancel* const cancel = PQgetCancel(connection_.get());
  std::array<char, 256> ignored = {};
  static_cast<void>(PQcancel(cancel, ignored.data(), static_cast<int>(ignored.size())));
  PQfreeCancel(cancel);
}

int Connection::server_version() const { return PQserverVersion(connection_.get()); }

std::string Connection::Quoted(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    quoted.append(c == '"' ? 2 : 1, c);
  }
  return quoted + '"';
}

std::string Connection::QuotedText(std::string_view text) {
  // E'…' means the same whatever standard_conforming_strings says.
  std::string quoted = " E'";
  for (const char c : text) {
    quoted.append(c == '\'' || c == '\\' ? 2 : 1, c);
  }
  return quoted + '\'';
}

}  // namespace tarn::ingest::postgres
