#include "tarn/ingest/odbc/connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arrow/util/utf8.h>

#include "tarn/base/error.h"
#include "tarn/ingest/odbc/connection_string.h"

namespace tarn::ingest::odbc {
namespace {

static_assert(sizeof(SQLWCHAR) == sizeof(char16_t));

struct Known {
  std::string_view state;  // five characters, or the two of a class
  ErrorCode code;
  std::string_view advice = "";
};

// The first that fits counts.
constexpr auto kKnown = std::to_array<Known>({
    {"IM002", ErrorCode::kInvalidArgument,
     "; the data source or driver is not in odbc.ini or odbcinst.ini (odbcinst -q -s, "
     "odbcinst -q -d)"},
    {"IM003", ErrorCode::kNotSupported,
     "; install the driver (odbcinst -q -d lists them)"},
    {"IM", ErrorCode::kNotSupported},
    {"01000", ErrorCode::kNotSupported,
     "; install the driver (odbcinst -q -d lists them)"},
    {"08", ErrorCode::kUnavailable},
    {"28", ErrorCode::kUnauthenticated, "; check user and password"},
    {"42S02", ErrorCode::kNoSuchTable},
    {"42P01", ErrorCode::kNoSuchTable},
    {"42S22", ErrorCode::kNoSuchColumn},
    {"42703", ErrorCode::kNoSuchColumn},
    {"42501", ErrorCode::kForbidden, "; grant the user SELECT on it"},
    {"42", ErrorCode::kSyntax},
    {"37", ErrorCode::kSyntax},
    {"22", ErrorCode::kInvalidArgument},
    {"25006", ErrorCode::kForbidden, "; a load only reads"},
    {"40", ErrorCode::kUnavailable},
    {"HYT", ErrorCode::kTimeout},
    {"57014", ErrorCode::kCancelled},
    {"57", ErrorCode::kUnavailable},
    {"HY008", ErrorCode::kCancelled},
    {"HYC00", ErrorCode::kNotSupported},
});

SQLPOINTER Number(uintptr_t number) {
  return reinterpret_cast<SQLPOINTER>(number);  // as ODBC passes numbers
}

}  // namespace

Handle::Handle(const DriverManager& calls, SQLSMALLINT type, SQLHANDLE parent)
    : calls_(calls), type_(type) {
  if (!SQL_SUCCEEDED(calls.alloc_handle(type, parent, &handle_))) {
    handle_ = nullptr;
  }
}

Handle::~Handle() {
  if (handle_ != nullptr) {
    calls_.free_handle(type_, handle_);
  }
}

std::u16string Wide(std::string_view text) {
  return arrow::util::UTF8StringToUTF16(text).ValueOr(std::u16string());
}

Result<std::string> Narrow(std::u16string_view text) {
  auto narrow = arrow::util::UTF16StringToUTF8(text);
  return narrow.ok() ? std::move(narrow)
                     : MakeError(ErrorCode::kInvalidData, "A text is no UTF-16");
}

SQLWCHAR* Characters(std::u16string& text) {
  return reinterpret_cast<SQLWCHAR*>(text.data());
}

Connection::Connection(const DriverManager& calls, const DatabaseTarget& target)
    : calls_(calls),
      shown_(ShownConnectionString(target.connection_string)),
      secrets_(SecretsIn(target.connection_string)),
      statement_timeout_(target.statement_timeout) {}

Connection::~Connection() {
  if (is_connected_) {
    calls_.disconnect(connection_->get());
  }
  connection_.reset();
}

Result<std::unique_ptr<Connection>> Connection::Open(const DatabaseTarget& target) {
  ARROW_ASSIGN_OR_RAISE(const DriverManager* const calls, LoadDriverManager());
  RETURN_NOT_OK(ParseConnectionString(target.connection_string).status());
  std::unique_ptr<Connection> connection(new Connection(*calls, target));
  RETURN_NOT_OK(connection->Connect(target));
  return connection;
}

Status Connection::Connect(const DatabaseTarget& target) {
  environment_ = std::make_unique<Handle>(calls_, SQL_HANDLE_ENV, nullptr);
  if (environment_->get() == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "ODBC gives no environment");
  }
  RETURN_NOT_OK(Check(calls_.set_env_attr(environment_->get(), SQL_ATTR_ODBC_VERSION,
                                          Number(SQL_OV_ODBC3), 0),
                      *environment_));
  connection_ = std::make_unique<Handle>(calls_, SQL_HANDLE_DBC, environment_->get());
  const auto timeout_s =
      static_cast<uintptr_t>(std::max<int64_t>(1, target.connect_timeout.count() / 1000));
  // Drivers need not know these.
  calls_.set_connect_attr(connection_->get(), SQL_ATTR_LOGIN_TIMEOUT, Number(timeout_s),
                          0);
  calls_.set_connect_attr(connection_->get(), SQL_ATTR_ACCESS_MODE,
                          Number(SQL_MODE_READ_ONLY), 0);
  std::u16string text = Wide(target.connection_string);
  const Status connected =
      Check(calls_.driver_connect(connection_->get(), nullptr, Characters(text), SQL_NTS,
                                  nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT),
            *connection_);
  std::ranges::fill(text, u'\0');
  if (!connected.ok()) {
    return WithContext("Cannot connect to ", connected);
  }
  is_connected_ = true;
  return Status::OK();
}

std::string Connection::Hidden(std::string text) const {
  for (const std::string& secret : secrets_) {
    for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret)) {
      text.replace(at, secret.size(), "\x01");
    }
  }
  std::string hidden;
  for (const char c : text) {
    hidden += c == '\x01' ? "***" : std::string(1, c);
  }
  return hidden;
}

Status Connection::Check(SQLRETURN result, const Handle& handle) const {
  if (SQL_SUCCEEDED(result) || result == SQL_NO_DATA) {
    return Status::OK();
  }
  std::array<SQLCHAR, 6> state = {};
  std::array<SQLCHAR, 1024> message = {};
  SQLINTEGER native = 0;
  SQLSMALLINT size = 0;
  if (!SQL_SUCCEEDED(calls_.get_diag_rec(
          handle.type(), handle.get(), 1, state.data(), &native, message.data(),
          static_cast<SQLSMALLINT>(message.size()), &size))) {
    return MakeError(ErrorCode::kIoFailed, shown_ + ": the driver does not say why");
  }
  const std::string_view shown_state(reinterpret_cast<const char*>(state.data()));
  std::string said(reinterpret_cast<const char*>(message.data()));
  said = said.substr(0, said.find('\n'));
  const auto known = std::ranges::find_if(kKnown, [&](const Known& candidate) {
    return shown_state.starts_with(candidate.state);
  });
  const bool is_known = known != kKnown.end();
  return MakeError(is_known ? known->code : ErrorCode::kIoFailed,
                   shown_ + ": " + Hidden(said) +
                       (is_known ? std::string(known->advice)
                                 : " (SQLSTATE " + std::string(shown_state) + ")"));
}

Result<std::unique_ptr<Handle>> Connection::NewStatement() {
  auto statement = std::make_unique<Handle>(calls_, SQL_HANDLE_STMT, connection_->get());
  if (statement->get() == nullptr) {
    return Check(SQL_ERROR, *connection_);
  }
  if (statement_timeout_) {
    calls_.set_stmt_attr(statement->get(), SQL_ATTR_QUERY_TIMEOUT,
                         Number(static_cast<uintptr_t>(statement_timeout_->count())), 0);
  }
  return statement;
}

Result<std::vector<TextRow>> Connection::Query(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const auto statement, NewStatement());
  std::u16string text = Wide(sql);
  RETURN_NOT_OK(
      Check(calls_.exec_direct(statement->get(), Characters(text), SQL_NTS), *statement));
  return Rows(*statement);
}

Result<std::vector<TextRow>> Connection::Rows(Handle& statement) {
  constexpr size_t kCharacters = 4'096;
  SQLSMALLINT num_columns = 0;
  RETURN_NOT_OK(Check(calls_.num_result_cols(statement.get(), &num_columns), statement));
  std::vector<TextRow> rows;
  for (;;) {
    const SQLRETURN fetched = calls_.fetch(statement.get());
    if (fetched == SQL_NO_DATA) {
      return rows;
    }
    RETURN_NOT_OK(Check(fetched, statement));
    TextRow& row = rows.emplace_back();
    for (SQLSMALLINT i = 1; i <= num_columns; ++i) {
      std::u16string text(kCharacters, u'\0');
      SQLLEN bytes = 0;
      RETURN_NOT_OK(Check(
          calls_.get_data(statement.get(), static_cast<SQLUSMALLINT>(i), SQL_C_WCHAR,
                          text.data(),
                          static_cast<SQLLEN>(text.size() * sizeof(char16_t)), &bytes),
          statement));
      if (bytes == SQL_NULL_DATA) {
        row.emplace_back();
        continue;
      }
      text.resize(text.find(u'\0'));
      ARROW_ASSIGN_OR_RAISE(row.emplace_back(), Narrow(text));
    }
  }
}

std::string Connection::Info(SQLUSMALLINT what) const {
  std::array<char, 512> text = {};
  SQLSMALLINT size = 0;
  const SQLRETURN got = calls_.get_info(connection_->get(), what, text.data(),
                                        static_cast<SQLSMALLINT>(text.size()), &size);
  return SQL_SUCCEEDED(got) ? std::string(text.data()) : std::string();
}

std::string Connection::Quoted(std::string_view name) const {
  const std::string mark = Info(SQL_IDENTIFIER_QUOTE_CHAR);
  if (mark.size() != 1 || mark == " ") {
    return std::string(name);
  }
  std::string quoted = mark;
  for (const char c : name) {
    quoted.append(c == mark[0] ? 2 : 1, c);
  }
  return quoted + mark;
}

}  // namespace tarn::ingest::odbc
