#include "tarn/ingest/odbc/odbc_session.h"

#include <string>
#include <utility>
#include <vector>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/source_options.h"
#include "tarn/ingest/internal/text_session.h"
#include "tarn/ingest/odbc/connection.h"

namespace tarn::ingest::odbc {
namespace {

constexpr char kNumber[] = "number";
constexpr char kDate[] = "date";
constexpr char kTimestamp[] = "timestamp";
constexpr char kText[] = "text";

std::string TypeName(SQLSMALLINT type) {
  switch (type) {
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
    case SQL_BIGINT:
    case SQL_REAL:
    case SQL_FLOAT:
    case SQL_DOUBLE:
    case SQL_DECIMAL:
    case SQL_NUMERIC:
      return kNumber;
    case SQL_TYPE_DATE:
    case SQL_DATE:
      return kDate;
    case SQL_TYPE_TIMESTAMP:
    case SQL_TIMESTAMP:
      return kTimestamp;
    default:
      return kText;
  }
}

class OdbcSession final : public internal::TextSession {
 public:
  explicit OdbcSession(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)),
        is_sqlite_(connection_->Info(SQL_DBMS_NAME).find("SQLite") != std::string::npos) {
  }

  Result<std::string> Version() override {
    return connection_->Info(SQL_DBMS_NAME) + " " + connection_->Info(SQL_DBMS_VER);
  }

  Result<std::string> TypeOf(const std::string& expression,
                             const std::string& from) override {
    ARROW_ASSIGN_OR_RAISE(const auto statement, connection_->NewStatement());
    std::u16string sql = Wide("SELECT " + expression + " FROM " + from);
    RETURN_NOT_OK(connection_->Check(
        connection_->calls().prepare(statement->get(), Characters(sql), SQL_NTS),
        *statement));
    SQLLEN type = 0;
    RETURN_NOT_OK(connection_->Check(
        connection_->calls().col_attribute(statement->get(), 1, SQL_DESC_CONCISE_TYPE,
                                           nullptr, 0, nullptr, &type),
        *statement));
    return TypeName(static_cast<SQLSMALLINT>(type));
  }

  /// Drivers that cannot tell have none.
  Result<std::vector<std::string>> PrimaryKey(const std::string& table) override {
    constexpr size_t kColumnName = 3;
    const size_t point = table.rfind('.');
    std::u16string schema =
        Wide(point == std::string::npos ? "" : table.substr(0, point));
    std::u16string name =
        Wide(point == std::string::npos ? table : table.substr(point + 1));
    ARROW_ASSIGN_OR_RAISE(const auto statement, connection_->NewStatement());
    const SQLRETURN asked = connection_->calls().primary_keys(
        statement->get(), nullptr, 0, schema.empty() ? nullptr : Characters(schema),
        static_cast<SQLSMALLINT>(schema.size()), Characters(name),
        static_cast<SQLSMALLINT>(name.size()));
    std::vector<std::string> columns;
    if (!SQL_SUCCEEDED(asked)) {
      return columns;
    }
    ARROW_ASSIGN_OR_RAISE(const auto rows, connection_->Rows(*statement));
    for (const TextRow& row : rows) {
      if (row.size() > kColumnName && row[kColumnName]) {
        columns.push_back(*row[kColumnName]);
      }
    }
    return columns;
  }

  std::string Quoted(std::string_view name) const override {
    return connection_->Quoted(name);
  }

  Result<std::string> Literal(const DatabaseValue& value) const override {
    if (value.type == kNumber) {
      return internal::NumberLiteral(value.text);
    }
    const std::string text = internal::QuotedLiteral(value.text);
    if (is_sqlite_ || value.type == kText) {
      return text;
    }
    return (value.type == kDate ? "{d " : "{ts ") + text + "}";
  }

 protected:
  Result<std::vector<Row>> Ask(const std::string& sql) override {
    return connection_->Query(sql);
  }
  /// Expressions of SQLite have no type.
  std::string TypeOfText(std::string type, const std::string& text) const override {
    return is_sqlite_ && internal::NumberLiteral(text).ok() ? kNumber : type;
  }

 private:
  const std::unique_ptr<Connection> connection_;
  const bool is_sqlite_;
};

}  // namespace

Result<std::unique_ptr<DatabaseSession>> OpenOdbcSession(const DatabaseTarget& target) {
  ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(target));
  return std::make_unique<OdbcSession>(std::move(connection));
}

}  // namespace tarn::ingest::odbc
