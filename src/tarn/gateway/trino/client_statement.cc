#include "tarn/gateway/trino/client_statement.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/statement_parser.h"
#include "tarn/sql/token_stream.h"

namespace tarn::gateway::trino {
namespace {

namespace parsed = sql::statement;
namespace node = sql::node;
using sql::Token;
using sql::TokenKind;

std::string PlaceOf(const sql::Position& at) {
  return "line " + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
}

/// "a.b" in lower case.
std::string FoldedName(const parsed::ObjectName& name) {
  std::string folded;
  for (const sql::Name& part : name.parts) {
    folded += (folded.empty() ? "" : ".") + sql::Lower(part.text);
  }
  return folded;
}

/// A property's value: texts and numbers as they are.
std::string ValueText(const sql::Expression& value) {
  if (const auto* text = std::get_if<node::String>(&value.node)) {
    return text->value;
  }
  return sql::Lower(sql::PrintExpression(value));
}

/// What a parsed statement is to the gateway.
class Reader {
 public:
  explicit Reader(const sql::TrinoStatement& statement, Language language)
      : statement_(statement), language_(language) {}

  using Read = Result<ClientStatement>;

  Read operator()(const parsed::Use& use) const {
    statement::Use read{.catalog = {}, .schema = sql::Lower(use.schema.text)};
    if (use.catalog.has_value()) {
      read.catalog = sql::Lower(use.catalog->text);
    }
    return read;
  }
  Read operator()(const parsed::SetSession& set) const {
    return statement::SetSession{.name = FoldedName(set.name),
                                 .value = ValueText(*set.value),
                                 .place = PlaceOf(set.value->at)};
  }
  Read operator()(const parsed::ResetSession& reset) const {
    return statement::ResetSession{.name = FoldedName(reset.name)};
  }
  Read operator()(const parsed::SetSessionAuthorization& set) const {
    return statement::SetAuthorization{.user = set.user};
  }
  Read operator()(const parsed::SetTimeZone& set) const {
    if (set.zone == nullptr) {
      return statement::SetTimeZone{};
    }
    const auto* text = std::get_if<node::String>(&set.zone->node);
    if (text == nullptr) {
      return MakeError(ErrorCode::kTypeMismatch,
                       PlaceOf(set.zone->at) +
                           "A time zone is a text such as 'Europe/Paris', not " +
                           sql::PrintExpression(*set.zone));
    }
    return statement::SetTimeZone{.zone = text->value};
  }
  Read operator()(const parsed::SetRole& set) const {
    statement::SetRole read{.role = "NONE", .catalog = "system"};
    if (set.choice == parsed::RoleChoice::kAll) {
      read.role = "ALL";
    } else if (set.role.has_value()) {
      read.role = "ROLE{" + sql::Lower(set.role->text) + "}";
    }
    if (set.catalog.has_value()) {
      read.catalog = sql::Lower(set.catalog->text);
    }
    return read;
  }
  Read operator()(const parsed::SetPath& set) const {
    statement::SetPath read;
    for (const auto& element : set.elements) {
      read.path += (read.path.empty() ? "" : ", ") + sql::PrintNames(element);
    }
    return read;
  }
  Read operator()(const parsed::Prepare& prepare) const {
    const auto& inner = prepare.statement->node;
    const char* nested = std::holds_alternative<parsed::Prepare>(inner)   ? "PREPARE"
                         : std::holds_alternative<parsed::Execute>(inner) ? "EXECUTE"
                         : std::holds_alternative<parsed::Deallocate>(inner)
                             ? "DEALLOCATE"
                             : nullptr;
    if (nested != nullptr) {
      return MakeError(
          ErrorCode::kNotSupported,
          std::string("Invalid statement type for prepared statement: ") + nested);
    }
    return statement::Prepare{.name = prepare.name.text,
                              .text = language_ == Language::kTrino
                                          ? sql::PrintStatement(*prepare.statement)
                                          : prepare.statement->text};
  }
  Read operator()(const parsed::Execute& execute) const {
    return statement::Execute{.name = execute.name.text,
                              .parameters = execute.parameters};
  }
  Read operator()(const parsed::ExecuteImmediate& execute) const {
    return statement::ExecuteImmediate{.text = execute.text,
                                       .parameters = execute.parameters};
  }
  Read operator()(const parsed::Deallocate& deallocate) const {
    return statement::Deallocate{.name = deallocate.name.text};
  }
  Read operator()(const parsed::DescribeInput& describe) const {
    return statement::DescribeInput{.name = describe.name.text};
  }
  Read operator()(const parsed::DescribeOutput& describe) const {
    return statement::DescribeOutput{.name = describe.name.text};
  }
  Read operator()(const parsed::StartTransaction& start) const {
    return statement::StartTransaction{.is_read_only =
                                           start.is_read_only.value_or(false)};
  }
  Read operator()(const parsed::Commit&) const { return statement::Commit{}; }
  Read operator()(const parsed::Rollback&) const { return statement::Rollback{}; }
  Read operator()(const parsed::Call& call) const {
    if (FoldedName(call.name) != "system.runtime.kill_query") {
      return Rest();
    }
    statement::KillQuery kill;
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      const node::Argument& argument = call.arguments[i];
      const auto* text = std::get_if<node::String>(&argument.value->node);
      const bool is_id = argument.name.has_value()
                             ? sql::Lower(argument.name->text) == "query_id"
                             : i == 0;
      if (text != nullptr) {
        (is_id ? kill.query_id : kill.message) = text->value;
      }
    }
    return kill;
  }
  Read operator()(const parsed::Show& show) const {
    if (show.kind != parsed::ShowKind::kSession || language_ != Language::kTrino) {
      return Rest();
    }
    return statement::ShowSession{.like = show.like};
  }
  template <typename Other>
  Read operator()(const Other& /*any*/) const {
    return Rest();
  }

 private:
  Read Rest() const { return ForEngine(statement_); }

  const sql::TrinoStatement& statement_;
  Language language_;
};

/// Without a semicolon at its end.
std::string_view Trimmed(std::string_view text) {
  const size_t end = text.find_last_not_of(" \t\r\n;");
  return end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
}

/// PREPARE name FROM a text that Trino's grammar does not take.
Result<ClientStatement> ReadOtherPrepare(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto list, sql::Tokenize(text));
  sql::TokenStream tokens(std::move(list));
  tokens.Take();
  ARROW_ASSIGN_OR_RAISE(std::string name, tokens.ExpectName());
  RETURN_NOT_OK(tokens.ExpectKeyword("from"));
  const std::string_view inner = Trimmed(text.substr(tokens.Peek().offset));
  if (inner.empty()) {
    return tokens.Mismatch("<statement>");
  }
  return statement::Prepare{.name = std::move(name), .text = std::string(inner)};
}

/// What to do with a text that is not of Trino's grammar.
Result<ClientStatement> ReadOther(std::string_view text, Language language,
                                  const Status& error) {
  constexpr std::array<std::string_view, 8> kOurs = {
      "use", "reset", "prepare", "execute", "deallocate", "commit", "rollback", "call"};
  const std::string first = FirstWord(text);
  if (first == "begin") {
    return statement::StartTransaction{};
  }
  if (language == Language::kDuckDb && first == "prepare") {
    return ReadOtherPrepare(text);
  }
  if (language == Language::kDuckDb && (first == "reset" || first == "call")) {
    return statement::ForEngine{};
  }
  if (std::ranges::find(kOurs, std::string_view(first)) != kOurs.end()) {
    return error;
  }
  const auto tokens = sql::Tokenize(text);
  const bool is_set = first == "set" && tokens.ok() && tokens->size() > 2;
  const std::string second = is_set ? sql::Lower((*tokens)[1].text) : std::string();
  if (second == "session" || second == "time" || second == "role") {
    return error;
  }
  return statement::ForEngine{};
}

}  // namespace

ClientStatement ForEngine(sql::TrinoStatement parsed) {
  return statement::ForEngine{
      .parsed = std::make_shared<const sql::TrinoStatement>(std::move(parsed))};
}

Result<ClientStatement> ReadClientStatement(std::string_view text, Language language) {
  const auto parsed = sql::ParseTrinoStatement(text);
  if (parsed.ok()) {
    return std::visit(Reader(*parsed, language), parsed->node);
  }
  const auto trimmed = sql::ParseTrinoStatement(Trimmed(text));
  if (trimmed.ok()) {
    ARROW_ASSIGN_OR_RAISE(auto read,
                          std::visit(Reader(*trimmed, language), trimmed->node));
    if (!std::holds_alternative<statement::ForEngine>(read)) {
      return read;
    }
  }
  return ReadOther(text, language, parsed.status());
}

bool NeedsSchema(const sql::TrinoStatement& statement) {
  const auto& node = statement.node;
  if (const auto* drop = std::get_if<parsed::Drop>(&node)) {
    return drop->kind != parsed::ObjectKind::kSchema &&
           drop->kind != parsed::ObjectKind::kCatalog;
  }
  return !std::holds_alternative<sql::QueryPtr>(node) &&
         !std::holds_alternative<parsed::Show>(node) &&
         !std::holds_alternative<parsed::Explain>(node) &&
         !std::holds_alternative<parsed::CreateSchemaStatement>(node) &&
         !std::holds_alternative<parsed::CreateCatalog>(node);
}

std::vector<std::string> TextsOf(const std::vector<sql::ExpressionPtr>& parameters) {
  std::vector<std::string> texts;
  for (const sql::ExpressionPtr& parameter : parameters) {
    texts.push_back(sql::PrintExpression(*parameter));
  }
  return texts;
}

Result<std::string> WithArguments(std::string_view text,
                                  const std::vector<std::string>& arguments) {
  ARROW_ASSIGN_OR_RAISE(const auto tokens, sql::Tokenize(text));
  std::string replaced;
  size_t copied = 0;
  size_t used = 0;
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::kSymbol || token.text != "?") {
      continue;
    }
    if (used < arguments.size()) {
      replaced += text.substr(copied, token.offset - copied);
      ARROW_ASSIGN_OR_RAISE(const auto parts, sql::Tokenize(arguments[used]));
      // LIMIT takes a number but no expression; a minus could become a comment.
      const bool is_one_token = parts.size() <= 2;
      replaced += is_one_token ? arguments[used] : "(" + arguments[used] + ")";
      copied = token.end;
    }
    ++used;
  }
  if (used != arguments.size()) {
    return NamedError("INVALID_ARGUMENTS",
                      "line 1:1: Incorrect number of parameters: expected " +
                          std::to_string(used) + " but found " +
                          std::to_string(arguments.size()));
  }
  return replaced + std::string(text.substr(copied));
}

std::string FirstWord(std::string_view text) {
  const auto tokens = sql::Tokenize(text);
  if (!tokens.ok() || tokens->front().kind != TokenKind::kWord) {
    return {};
  }
  return sql::Lower(tokens->front().text);
}

}  // namespace tarn::gateway::trino
