#include "tarn/ingest/mysql/mysql_session.h"

#include <string>
#include <utility>
#include <vector>

#include <arrow/type.h>
#include <arrow/type_traits.h>

#include "tarn/base/error.h"
#include "tarn/ingest/internal/source_options.h"
#include "tarn/ingest/internal/text_session.h"
#include "tarn/ingest/mysql/connection.h"
#include "tarn/ingest/mysql/mysql_source.h"
#include "tarn/ingest/mysql/row_reader.h"

namespace tarn::ingest::mysql {
namespace {

constexpr char kNumberType[] = "number";
constexpr char kTextType[] = "text";

class MySqlSession final : public internal::TextSession {
 public:
  explicit MySqlSession(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  Result<std::string> Version() override { return connection_->server_version(); }

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

 protected:
  Result<std::vector<Row>> Ask(const std::string& sql) override {
    return connection_->Query(sql);
  }
  std::string TextOf(const std::string& expression) const override {
    return "CAST(" + expression + " AS CHAR)";
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
