#include "tarn/cli/shell/completion_context.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <utility>

#include "tarn/cli/shell/highlight.h"
#include "tarn/cli/shell/quote_scanner.h"
#include "tarn/sql/keywords.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/statement_parser.h"
#include "tarn/sql/table_references.h"

namespace tarn::cli {
namespace {

using Place = CompletionContext::Place;
using sql::Token;
using sql::TokenKind;

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_' || c == '$';
}

bool IsName(const Token& token) {
  return token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
}

bool IsOneOf(const Token& token, std::initializer_list<std::string_view> words) {
  return token.kind == TokenKind::kWord &&
         std::find(words.begin(), words.end(), sql::Upper(token.text)) != words.end();
}

/// The statement around the cursor.
struct Statement {
  size_t begin = 0;
  size_t end = 0;
  QuoteScanner at_cursor;
  size_t quote_begin = 0;  // of the quote that the cursor is in
};

Statement StatementAround(std::string_view text, size_t cursor) {
  Statement statement;
  QuoteScanner scanner;
  size_t at = 0;
  while (at < text.size()) {
    const bool is_plain = scanner.mode() == QuoteScanner::Mode::kPlain;
    if (is_plain && text[at] == ';') {
      if (at >= cursor) {
        break;
      }
      statement.begin = at + 1;
    }
    if (at < cursor && is_plain) {
      statement.quote_begin = at;
    }
    at = scanner.Step(text, at);
    if (at <= cursor) {
      statement.at_cursor = scanner;
    }
  }
  statement.end = std::min(at, text.size());
  return statement;
}

/// Keywords that Trino's parser would take behind `before`.
std::vector<std::string> ExpectedWords(std::string_view before) {
  const auto parsed = sql::ParseTrinoStatement(before);
  std::vector<std::string> words;
  if (parsed.ok()) {
    return words;
  }
  const std::string message = parsed.status().message();
  size_t at = message.find("Expecting: ");
  if (at == std::string::npos || message.find("'<EOF>'") == std::string::npos) {
    return words;
  }
  while ((at = message.find('\'', at)) != std::string::npos) {
    const size_t end = message.find('\'', at + 1);
    if (end == std::string::npos) {
      break;
    }
    std::string word = message.substr(at + 1, end - at - 1);
    if (!word.empty() && std::isalpha(static_cast<unsigned char>(word[0])) != 0) {
      words.push_back(std::move(word));
    }
    at = end + 1;
  }
  return words;
}

std::vector<NamedTable> TablesOf(std::string_view statement) {
  std::vector<NamedTable> tables;
  const auto references = sql::FindTableReferences(statement);
  if (!references.ok()) {
    return tables;
  }
  for (const sql::TableReference& reference : *references) {
    NamedTable& table = tables.emplace_back();
    table.parts = reference.name.parts;
    const auto after = sql::TokenizeTrino(statement.substr(reference.parts.back().end));
    size_t next = 0;
    if (IsOneOf(after[next], {"AS"})) {
      ++next;
    }
    const bool is_alias = next < after.size() && IsName(after[next]) &&
                          !sql::IsReserved(after[next].keyword) &&
                          !IsOneOf(after[next], {"LIMIT", "OFFSET", "FETCH", "SET",
                                                 "WINDOW", "TABLESAMPLE", "QUALIFY"});
    if (is_alias) {
      table.alias = after[next].text;
    }
  }
  return tables;
}

/// What the words before say of the name that is to come.
Place PlaceAfter(const std::vector<Token>& tokens, size_t count) {
  if (count == 0) {
    return Place::kAnything;
  }
  const Token& last = tokens[count - 1];
  const bool is_show = IsOneOf(tokens[0], {"SHOW"});
  if (is_show && count >= 3 && IsOneOf(last, {"FROM", "IN"})) {
    if (IsOneOf(tokens[count - 2], {"SCHEMAS"})) {
      return Place::kCatalog;
    }
    return IsOneOf(tokens[count - 2], {"TABLES", "VIEWS"}) ? Place::kSchema
                                                           : Place::kTable;
  }
  if (IsOneOf(last, {"USE", "SCHEMA"}) ||
      (count >= 2 && IsOneOf(last, {"EXISTS"}) && IsOneOf(tokens[1], {"SCHEMA"}))) {
    return Place::kSchema;
  }
  if (count >= 2 && IsOneOf(last, {"SESSION"}) &&
      IsOneOf(tokens[count - 2], {"SET", "RESET"})) {
    return Place::kSetting;
  }
  if (count == 1 && IsOneOf(last, {"SET"})) {
    return Place::kSetting;
  }
  if (IsOneOf(last, {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "DESCRIBE", "DESC",
                     "ANALYZE", "VIEW"}) ||
      (IsOneOf(last, {"EXISTS"}) && IsOneOf(tokens[0], {"DROP", "ALTER"}))) {
    return count >= 2 && IsOneOf(last, {"DESC"}) ? Place::kAnything : Place::kTable;
  }
  if (last.text != ",") {
    return Place::kAnything;
  }
  // A list: of FROM, if that is the clause.
  int32_t depth = 0;
  for (size_t i = count; i-- > 0;) {
    depth += tokens[i].text == ")" ? 1 : tokens[i].text == "(" ? -1 : 0;
    if (depth < 0) {
      break;
    }
    if (depth == 0 && IsOneOf(tokens[i], {"SELECT", "FROM", "WHERE", "BY", "ON", "USING",
                                          "HAVING", "SET", "VALUES"})) {
      return IsOneOf(tokens[i], {"FROM"}) ? Place::kTable : Place::kAnything;
    }
  }
  return Place::kAnything;
}

/// Fills in the parts of a name that ends at `word_begin`: a.b.
void TakeQualifiers(std::vector<Token>* before, CompletionContext* context) {
  while (before->size() >= 2 && before->back().text == "." &&
         before->back().kind == TokenKind::kSymbol &&
         IsName((*before)[before->size() - 2])) {
    before->pop_back();
    context->qualifiers.insert(context->qualifiers.begin(), before->back().text);
    before->pop_back();
  }
}

CompletionContext OfCommand(std::string_view text, size_t command, size_t cursor) {
  CompletionContext context;
  const std::string_view typed = text.substr(command, cursor - command);
  const size_t blank = typed.find_first_of(" \t");
  if (blank == std::string_view::npos) {
    context.place = Place::kCommand;
    context.begin = command;
    context.word = typed;
    return context;
  }
  context.place = Place::kArgument;
  context.command = typed.substr(0, blank);
  context.begin = command + typed.find_last_of(" \t") + 1;
  context.word = text.substr(context.begin, cursor - context.begin);
  return context;
}

}  // namespace

CompletionContext CompletionContextAt(std::string_view text, size_t cursor) {
  const size_t line_end = std::min(text.find('\n', cursor), text.size());
  const size_t command = FindCommand(text.substr(0, line_end));
  const bool is_command =
      command != std::string_view::npos && command < cursor &&
      text.substr(command, cursor - command).find('\n') == std::string_view::npos;
  if (is_command) {
    return OfCommand(text, command, cursor);
  }
  const Statement statement = StatementAround(text, cursor);
  CompletionContext context;
  if (statement.at_cursor.IsComment()) {
    return context;
  }
  const QuoteScanner::Mode mode = statement.at_cursor.mode();
  if (mode == QuoteScanner::Mode::kSingle) {
    context.place = Place::kFile;
    context.begin = statement.quote_begin + 1;
    context.word = text.substr(context.begin, cursor - context.begin);
    return context;
  }
  context.quoted = mode == QuoteScanner::Mode::kDouble;
  if (context.quoted) {
    context.begin = statement.quote_begin + 1;
  } else {
    context.begin = cursor;
    while (context.begin > statement.begin && IsWordByte(text[context.begin - 1])) {
      --context.begin;
    }
  }
  context.word = text.substr(context.begin, cursor - context.begin);
  const size_t before_end = context.begin - (context.quoted ? 1 : 0);
  const std::string_view before =
      text.substr(statement.begin, before_end - statement.begin);
  std::vector<Token> tokens = sql::TokenizeTrino(before);
  tokens.pop_back();  // the end
  TakeQualifiers(&tokens, &context);
  context.place = PlaceAfter(tokens, tokens.size());
  // With a name at the cursor: "o. FROM t" would be a name of two parts.
  const bool is_open = context.quoted && !text.substr(cursor).starts_with('"');
  const std::string whole =
      std::string(text.substr(statement.begin, cursor - statement.begin)) +
      (context.word.empty() ? "x" : "") + (is_open ? "\"" : "") +
      std::string(text.substr(cursor, statement.end - cursor));
  context.tables = TablesOf(whole);
  if (context.qualifiers.empty() && !context.quoted) {
    context.expected = ExpectedWords(before);
  }
  return context;
}

}  // namespace tarn::cli
