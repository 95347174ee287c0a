#include "tarn/gateway/trino/client_statement.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tarn/base/error.h"
#include "tarn/gateway/trino/query_error.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/token_stream.h"

namespace tarn::gateway::trino {
namespace {

using sql::Token;
using sql::TokenKind;
using sql::TokenStream;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

/// A name as the catalog has it: Trino folds them all.
Result<std::string> Name(TokenStream* tokens) {
  ARROW_ASSIGN_OR_RAISE(std::string name, tokens->ExpectName());
  return Lower(std::move(name));
}

std::string PlaceOf(const Token& token) {
  return "line " + std::to_string(token.line) + ":" + std::to_string(token.column) + ": ";
}

Status ExpectEnd(TokenStream* tokens) {
  tokens->TakeSymbol(";");
  return tokens->AtEnd() ? Status::OK() : tokens->Mismatch("<EOF>");
}

/// What is left of the text, without a semicolon at its end.
std::string_view Rest(TokenStream* tokens, std::string_view text) {
  const size_t start = tokens->Peek().offset;
  size_t end = start;
  while (!tokens->AtEnd()) {
    const Token& token = tokens->Take();
    if (token.text != ";" || !tokens->AtEnd()) {
      end = token.end;
    }
  }
  return text.substr(start, end - start);
}

/// Expressions parted by commas, as texts, up to the end.
Result<std::vector<std::string>> Arguments(TokenStream* tokens, std::string_view text) {
  std::vector<std::string> arguments;
  int depth = 0;
  size_t start = tokens->Peek().offset;
  size_t end = start;
  const auto add = [&]() -> Status {
    if (end == start) {
      return tokens->Mismatch("<expression>");
    }
    arguments.emplace_back(text.substr(start, end - start));
    return Status::OK();
  };
  while (!tokens->AtEnd()) {
    const Token token = tokens->Take();
    const bool is_symbol = token.kind == TokenKind::kSymbol;
    if (is_symbol && token.text == ";" && tokens->AtEnd()) {
      break;
    }
    if (is_symbol && token.text == "," && depth == 0) {
      RETURN_NOT_OK(add());
      start = tokens->Peek().offset;
      end = start;
      continue;
    }
    if (is_symbol && (token.text == "(" || token.text == "[")) {
      ++depth;
    } else if (is_symbol && (token.text == ")" || token.text == "]")) {
      --depth;
    }
    end = token.end;
  }
  RETURN_NOT_OK(add());
  return arguments;
}

/// A value of SET SESSION: a text, a number, a word.
Result<std::string> PropertyValue(TokenStream* tokens) {
  std::string value = tokens->TakeSymbol("-") ? "-" : "";
  const Token& token = tokens->Peek();
  if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kSymbol) {
    return tokens->Mismatch("<expression>");
  }
  const bool is_word = token.kind == TokenKind::kWord;
  value += is_word ? Lower(token.text) : token.text;
  tokens->Take();
  return value;
}

Result<std::string> PropertyName(TokenStream* tokens) {
  ARROW_ASSIGN_OR_RAISE(const auto parts, tokens->ExpectQualifiedName());
  std::string name;
  for (const std::string& part : parts.parts) {
    name += (name.empty() ? "" : ".") + Lower(part);
  }
  return name;
}

Result<ClientStatement> ReadSetSession(TokenStream* tokens) {
  if (tokens->PeekKeyword("authorization") && !tokens->PeekSymbol("=", 1)) {
    return MakeError(
        ErrorCode::kNotSupported,
        PlaceOf(tokens->Peek()) + "SET SESSION AUTHORIZATION is not supported");
  }
  statement::SetSession set;
  ARROW_ASSIGN_OR_RAISE(set.name, PropertyName(tokens));
  RETURN_NOT_OK(tokens->ExpectSymbol("="));
  set.place = PlaceOf(tokens->Peek());
  ARROW_ASSIGN_OR_RAISE(set.value, PropertyValue(tokens));
  RETURN_NOT_OK(ExpectEnd(tokens));
  return set;
}

Result<ClientStatement> ReadTimeZone(TokenStream* tokens) {
  statement::SetTimeZone set;
  if (!tokens->TakeKeywords({"local"})) {
    ARROW_ASSIGN_OR_RAISE(set.zone, tokens->ExpectString());
  }
  RETURN_NOT_OK(ExpectEnd(tokens));
  return set;
}

Result<ClientStatement> ReadRole(TokenStream* tokens) {
  statement::SetRole set{.role = "", .catalog = "system"};
  if (tokens->TakeKeywords({"all"})) {
    set.role = "ALL";
  } else if (tokens->TakeKeywords({"none"})) {
    set.role = "NONE";
  } else {
    ARROW_ASSIGN_OR_RAISE(const std::string role, Name(tokens));
    set.role = "ROLE{" + role + "}";
  }
  if (tokens->TakeKeywords({"in"})) {
    ARROW_ASSIGN_OR_RAISE(set.catalog, Name(tokens));
  }
  RETURN_NOT_OK(ExpectEnd(tokens));
  return set;
}

Result<ClientStatement> ReadSet(TokenStream* tokens, std::string_view text) {
  if (tokens->TakeKeywords({"session"})) {
    return ReadSetSession(tokens);
  }
  if (tokens->TakeKeywords({"time", "zone"})) {
    return ReadTimeZone(tokens);
  }
  if (tokens->TakeKeywords({"role"})) {
    return ReadRole(tokens);
  }
  if (tokens->PeekKeyword("path") && !tokens->PeekSymbol("=", 1)) {
    tokens->Take();
    return statement::SetPath{.path = std::string(Rest(tokens, text))};
  }
  return statement::ForEngine{};
}

Result<ClientStatement> ReadReset(TokenStream* tokens) {
  if (!tokens->TakeKeywords({"session"})) {
    return statement::ForEngine{};
  }
  ARROW_ASSIGN_OR_RAISE(std::string name, PropertyName(tokens));
  RETURN_NOT_OK(ExpectEnd(tokens));
  return statement::ResetSession{.name = std::move(name)};
}

Result<ClientStatement> ReadUse(TokenStream* tokens) {
  statement::Use use;
  ARROW_ASSIGN_OR_RAISE(use.schema, Name(tokens));
  if (tokens->TakeSymbol(".")) {
    use.catalog = std::move(use.schema);
    ARROW_ASSIGN_OR_RAISE(use.schema, Name(tokens));
  }
  RETURN_NOT_OK(ExpectEnd(tokens));
  return use;
}

Result<ClientStatement> ReadPrepare(TokenStream* tokens, std::string_view text) {
  statement::Prepare prepare;
  ARROW_ASSIGN_OR_RAISE(prepare.name, tokens->ExpectName());
  RETURN_NOT_OK(tokens->ExpectKeyword("from"));
  prepare.text = Rest(tokens, text);
  const std::string first = FirstWord(prepare.text);
  if (prepare.text.empty()) {
    return tokens->Mismatch("<statement>");
  }
  if (first == "prepare" || first == "execute" || first == "deallocate") {
    std::string upper = first;
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
      return static_cast<char>(std::toupper(c));
    });
    return MakeError(ErrorCode::kNotSupported,
                     "Invalid statement type for prepared statement: " + upper);
  }
  return prepare;
}

Result<std::vector<std::string>> ReadUsing(TokenStream* tokens, std::string_view text) {
  if (tokens->TakeKeywords({"using"})) {
    return Arguments(tokens, text);
  }
  RETURN_NOT_OK(ExpectEnd(tokens));
  return std::vector<std::string>();
}

Result<ClientStatement> ReadExecute(TokenStream* tokens, std::string_view text) {
  if (tokens->PeekKeyword("immediate") && tokens->Peek(1).kind == TokenKind::kString) {
    tokens->Take();
    statement::ExecuteImmediate execute;
    ARROW_ASSIGN_OR_RAISE(execute.text, tokens->ExpectString());
    ARROW_ASSIGN_OR_RAISE(execute.arguments, ReadUsing(tokens, text));
    return execute;
  }
  statement::Execute execute;
  ARROW_ASSIGN_OR_RAISE(execute.name, tokens->ExpectName());
  ARROW_ASSIGN_OR_RAISE(execute.arguments, ReadUsing(tokens, text));
  return execute;
}

Result<ClientStatement> ReadDescribe(TokenStream* tokens) {
  const bool is_input = tokens->PeekKeyword("input");
  const TokenKind next = tokens->Peek(1).kind;
  if ((!is_input && !tokens->PeekKeyword("output")) ||
      (next != TokenKind::kWord && next != TokenKind::kQuotedName)) {
    return statement::ForEngine{};
  }
  tokens->Take();
  ARROW_ASSIGN_OR_RAISE(std::string name, tokens->ExpectName());
  RETURN_NOT_OK(ExpectEnd(tokens));
  if (is_input) {
    return statement::DescribeInput{.name = std::move(name)};
  }
  return statement::DescribeOutput{.name = std::move(name)};
}

/// Arguments by position or by name.
Result<ClientStatement> ReadCall(TokenStream* tokens) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, PropertyName(tokens));
  if (name != "system.runtime.kill_query") {
    return statement::ForEngine{};
  }
  statement::KillQuery kill;
  RETURN_NOT_OK(tokens->ExpectSymbol("("));
  for (int position = 0; !tokens->TakeSymbol(")"); ++position) {
    if (position > 0) {
      RETURN_NOT_OK(tokens->ExpectSymbol(","));
    }
    std::string argument = position == 0 ? "query_id" : "message";
    if (tokens->Peek().kind == TokenKind::kWord) {
      ARROW_ASSIGN_OR_RAISE(argument, Name(tokens));
      RETURN_NOT_OK(tokens->ExpectSymbol("=>"));
    }
    ARROW_ASSIGN_OR_RAISE(std::string value, tokens->ExpectString());
    (argument == "query_id" ? kill.query_id : kill.message) = std::move(value);
  }
  RETURN_NOT_OK(ExpectEnd(tokens));
  return kill;
}

/// COMMIT and ROLLBACK [WORK]; the keyword has been taken.
template <typename Ending>
Result<ClientStatement> ReadEnding(TokenStream* tokens) {
  tokens->TakeKeywords({"work"});
  RETURN_NOT_OK(ExpectEnd(tokens));
  return Ending{};
}

}  // namespace

Result<ClientStatement> ReadClientStatement(std::string_view text) {
  auto list = sql::Tokenize(text);
  if (!list.ok()) {
    return statement::ForEngine{};  // which says what is wrong
  }
  TokenStream tokens(*std::move(list));
  if (tokens.TakeKeywords({"set"})) {
    return ReadSet(&tokens, text);
  }
  if (tokens.TakeKeywords({"reset"})) {
    return ReadReset(&tokens);
  }
  if (tokens.TakeKeywords({"use"})) {
    return ReadUse(&tokens);
  }
  if (tokens.TakeKeywords({"prepare"})) {
    return ReadPrepare(&tokens, text);
  }
  if (tokens.TakeKeywords({"execute"})) {
    return ReadExecute(&tokens, text);
  }
  if (tokens.TakeKeywords({"deallocate", "prepare"})) {
    statement::Deallocate deallocate;
    ARROW_ASSIGN_OR_RAISE(deallocate.name, tokens.ExpectName());
    RETURN_NOT_OK(ExpectEnd(&tokens));
    return deallocate;
  }
  if (tokens.TakeKeywords({"describe"})) {
    return ReadDescribe(&tokens);
  }
  if (tokens.TakeKeywords({"call"})) {
    return ReadCall(&tokens);
  }
  if (tokens.TakeKeywords({"start", "transaction"}) || tokens.TakeKeywords({"begin"})) {
    return statement::StartTransaction{};  // whatever it asks for: it is always snapshot
  }
  if (tokens.TakeKeywords({"commit"})) {
    return ReadEnding<statement::Commit>(&tokens);
  }
  if (tokens.TakeKeywords({"rollback"})) {
    return ReadEnding<statement::Rollback>(&tokens);
  }
  return statement::ForEngine{};
}

Result<int32_t> NumParameters(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(const auto tokens, sql::Tokenize(text));
  return static_cast<int32_t>(std::ranges::count_if(tokens, [](const Token& token) {
    return token.kind == TokenKind::kSymbol && token.text == "?";
  }));
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
  return Lower(tokens->front().text);
}

}  // namespace tarn::gateway::trino
