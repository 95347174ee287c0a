#include "tarn/ingest/postgres/postgres_session.h"

#include <string>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/source_options.h"

namespace tarn::ingest::postgres {
namespace {

class PostgresSession final : public DatabaseSession {
 public:
  explicit PostgresSession(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  Result<std::string> Version() override {
    ARROW_ASSIGN_OR_RAISE(const auto rows, connection_->Query("SELECT version()"));
    return rows.empty() || rows[0].empty() ? "connected"
                                           : rows[0][0].value_or("connected");
  }

  Result<int64_t> Count(const std::string& sql) override {
    ARROW_ASSIGN_OR_RAISE(const auto rows, connection_->Query(sql));
    return internal::CountFrom(rows.empty() || rows[0].empty() ? std::nullopt
                                                               : rows[0][0]);
  }

  Result<std::optional<DatabaseValue>> Value(const std::string& expression,
                                             const std::string& from,
                                             const std::string& condition) override {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        connection_->Query("SELECT (" + expression + ")::text, pg_typeof(" + expression +
                           ")::text FROM " + from +
                           (condition.empty() ? "" : " WHERE " + condition)));
    if (rows.empty() || rows[0].size() != 2 || !rows[0][0]) {
      return std::optional<DatabaseValue>();
    }
    return std::optional(
        DatabaseValue{.text = *rows[0][0], .type = rows[0][1].value_or("text")});
  }

  Result<std::string> TypeOf(const std::string& expression,
                             const std::string& from) override {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        connection_->Query("SELECT pg_typeof(" + expression + ")::text FROM " + from));
    return rows.empty() || rows[0].empty() ? "text" : rows[0][0].value_or("text");
  }

  Result<std::vector<std::string>> PrimaryKey(const std::string& table) override {
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        connection_->Query("SELECT a.attname FROM pg_index i "
                           "CROSS JOIN unnest(i.indkey) WITH ORDINALITY k(number, place) "
                           "JOIN pg_attribute a ON a.attrelid = i.indrelid "
                           "AND a.attnum = k.number "
                           "WHERE i.indrelid = to_regclass($1) AND i.indisprimary "
                           "ORDER BY k.place",
                           {table}));
    std::vector<std::string> columns;
    for (const TextRow& row : rows) {
      columns.push_back(row[0].value_or(""));
    }
    return columns;
  }

  std::string Quoted(std::string_view name) const override {
    return Connection::Quoted(name);
  }

  Result<std::string> Literal(const DatabaseValue& value) const override {
    return Connection::QuotedText(value.text) + "::" + value.type;
  }

 private:
  const std::unique_ptr<Connection> connection_;
};

}  // namespace

Target TargetOf(const DatabaseTarget& from) {
  Target target{.parameters = from.parameters};
  target.connect_timeout = from.connect_timeout;
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      target.parameters.emplace_back(name, value);
    }
  };
  put("host", from.host);
  put("hostaddr", from.address);
  put("port", from.port ? std::to_string(*from.port) : "");
  put("dbname", from.database);
  put("user", from.user);
  put("password", from.password);
  put("sslmode", from.tls_mode);
  put("sslrootcert", from.tls_authority);
  if (from.statement_timeout) {
    put("options",
        "-c statement_timeout=" + std::to_string(from.statement_timeout->count()) + "s");
  }
  if (from.is_isolated) {
    put("passfile", "/dev/null");
  }
  return target;
}

Result<std::unique_ptr<DatabaseSession>> OpenPostgresSession(
    const DatabaseTarget& target) {
  ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(TargetOf(target)));
  return std::make_unique<PostgresSession>(std::move(connection));
}

}  // namespace tarn::ingest::postgres
