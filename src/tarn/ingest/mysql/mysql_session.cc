#include "tarn/ingest/mysql/mysql_session.h"

#include <string>
#include <utility>

#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/source_options.h"
#include "tarn/ingest/mysql/connection.h"
#include "tarn/ingest/mysql/mysql_source.h"
#include "tarn/ingest/mysql/row_reader.h"

namespace tarn::ingest::mysql {
namespace {

constexpr char kNumberType[] = "number";
constexpr char kTextType[] = "text";

class MySqlSession final : public DatabaseSession {
 public:
  explicit MySqlSession(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  Result<std::string> Version() override { return connection_->server_version(); }

  Result<int64_t> Count(const std::string& sql) override {
    ARROW_ASSIGN_OR_RAISE(const auto rows, connection_->Query(sql));
    return internal::CountFrom(rows.empty() || rows[0].empty() ? std::nullopt
                                                               : rows[0][0]);
  }

  Result<std::optional<DatabaseValue>> Value(const std::string& expression,
                                             const std::string& from,
                                             const std::string& condition) override {
    ARROW_ASSIGN_OR_RAISE(std::string type, TypeOf(expression, from));
    ARROW_ASSIGN_OR_RAISE(
        const auto rows,
        connection_->Query("SELECT CAST(" + expression + " AS CHAR) FROM " + from +
                           (condition.empty() ? "" : " WHERE " + condition)));
    if (rows.empty() || rows[0].empty() || !rows[0][0]) {
      return std::optional<DatabaseValue>();
    }
    return std::optional(DatabaseValue{.text = *rows[0][0], .type = std::move(type)});
  }

  Result<std::string> TypeOf(const std::string& expression,
                             const std::string& from) override {
    ARROW_ASSIGN_OR_RAISE(
        const auto reader,
        RowReader::Prepare(*connection_, "SELECT " + expression + " FROM " + from,
                           {.tinyint1_is_boolean = false}));
    const Column& column = reader->columns().front();
    const arrow::Type::type type = ArrowTypeOf(column)->id();
    return arrow::is_numeric(type) || arrow::is_decimal(type) ? kNumberType : kTextType;
  }

  Result<std::vector<std::string>> PrimaryKey(const std::string& table) override {
    return PrimaryKeyOf(*connection_, table);
  }

  std::string Quoted(std::string_view name) const override {
    return Connection::Quoted(name);
  }

  /// A number in quotes would be compared as a double.
  Result<std::string> Literal(const DatabaseValue& value) const override {
    return value.type == kNumberType ? internal::NumberLiteral(value.text)
                                     : Connection::QuotedText(value.text);
  }

 private:
  const std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<DatabaseSession>> OpenMySqlSession(const DatabaseTarget& target) {
  ARROW_ASSIGN_OR_RAISE(auto connection, Connection::Open(target));
  return std::make_unique<MySqlSession>(std::move(connection));
}

}  // namespace tarn::ingest::mysql
