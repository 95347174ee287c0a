#include "tarn/sql/partition_clause.h"

#include <algorithm>
#include <utility>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/sql/letter_case.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/printer.h"
#include "tarn/sql/string_literals.h"

namespace tarn::sql {
namespace {

constexpr std::string_view kInsertSuffix = "$insert";
constexpr std::string_view kOverwriteSuffix = "$overwrite";

bool IsNumber(TokenKind kind) {
  return kind == TokenKind::kInteger || kind == TokenKind::kDecimal ||
         kind == TokenKind::kDouble;
}

/// DATE '…' and the like say which type the text is of: the column's type does, too.
void TakeTypeBeforeString(TokenStream& tokens) {
  for (const std::string_view type : {"date", "timestamp", "time"}) {
    if (tokens.PeekKeyword(type) && tokens.Peek(1).kind == TokenKind::kString) {
      tokens.Take();
      return;
    }
  }
}

Result<std::optional<std::string>> ParseConstant(TokenStream& tokens) {
  if (tokens.TakeKeywords({"null"})) {
    return std::optional<std::string>();
  }
  for (const char* word : {"true", "false"}) {
    if (tokens.TakeKeywords({word})) {
      return std::optional<std::string>(word);
    }
  }
  TakeTypeBeforeString(tokens);
  std::string sign;
  if (tokens.Peek().kind != TokenKind::kString) {
    sign = tokens.TakeSymbol("-") ? "-" : "";
    if (sign.empty()) {
      tokens.TakeSymbol("+");
    }
    if (!IsNumber(tokens.Peek().kind)) {
      return tokens.Mismatch("<constant>");
    }
  }
  return std::optional<std::string>(sign + tokens.Take().text);
}

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c == '\'' ? "''" : std::string(1, c);
  }
  return quoted + "'";
}

Status RefuseRepeat(const TokenStream& tokens,
                    const std::vector<PartitionColumn>& columns) {
  const Token& token = tokens.Peek();
  const auto same = [&](const PartitionColumn& column) {
    return Lower(column.name) == Lower(token.text);
  };
  if (std::none_of(columns.begin(), columns.end(), same)) {
    return Status::OK();
  }
  return MakeError(ErrorCode::kSyntax,
                   "line " + std::to_string(token.line) + ":" +
                       std::to_string(token.column) +
                       ": PARTITION names a column twice: " + token.text);
}

std::string PartitionColumnsText(const std::vector<PartitionColumn>& columns) {
  std::string text = "(";
  for (const PartitionColumn& column : columns) {
    text += text.size() == 1 ? "" : ", ";
    text += PrintName({.text = column.name, .is_quoted = true});
    if (column.is_static) {
      text += " = " + (column.value.has_value() ? Quoted(*column.value) : "NULL");
    }
  }
  return text + ")";
}

std::optional<InsertName> NameBehind(std::string_view text, std::string_view suffix,
                                     InsertInto mode) {
  const std::string begin = std::string(suffix) + "(";
  const size_t at = text.find(begin);
  if (at == std::string_view::npos || at == 0) {
    return {};
  }
  const size_t from = at + begin.size();
  const auto clause = DecodeHexLiteral(text.substr(from, text.size() - 1 - from));
  auto tokens =
      clause.ok() ? Tokenize(*clause) : Result<std::vector<Token>>(clause.status());
  if (!tokens.ok()) {
    return {};
  }
  TokenStream stream(*std::move(tokens));
  auto columns = ParsePartitionColumns(stream);
  if (!columns.ok() || !stream.AtEnd()) {
    return {};
  }
  return InsertName{std::string(text.substr(0, at)), mode, *std::move(columns)};
}

}  // namespace

Result<std::vector<PartitionColumn>> ParsePartitionColumns(TokenStream& tokens) {
  std::vector<PartitionColumn> columns;
  RETURN_NOT_OK(tokens.ExpectSymbol("("));
  do {
    RETURN_NOT_OK(RefuseRepeat(tokens, columns));
    PartitionColumn column;
    ARROW_ASSIGN_OR_RAISE(column.name, tokens.ExpectName());
    if (tokens.TakeSymbol("=")) {
      column.is_static = true;
      ARROW_ASSIGN_OR_RAISE(column.value, ParseConstant(tokens));
    }
    columns.push_back(std::move(column));
  } while (tokens.TakeSymbol(","));
  RETURN_NOT_OK(tokens.ExpectSymbol(")"));
  if (tokens.TakeKeywords({"if", "not", "exists"})) {
    return MakeError(ErrorCode::kNotSupported,
                     "INSERT … PARTITION (…) IF NOT EXISTS is not supported on Iceberg "
                     "tables; leave IF NOT EXISTS out");
  }
  return columns;
}

std::string EncodedName(const InsertName& name) {
  const bool overwrites = name.mode == InsertInto::kOverwrite;
  if (name.partition.empty()) {
    return overwrites ? name.table + std::string(kOverwriteSuffix) : name.table;
  }
  // Digits, so that no case and no quote of the clause matters to who reads the name.
  return name.table + std::string(overwrites ? kOverwriteSuffix : kInsertSuffix) + "(" +
         HexOf(PartitionColumnsText(name.partition)) + ")";
}

std::optional<InsertName> InsertNameOf(std::string_view text) {
  if (text.size() > kOverwriteSuffix.size() && text.ends_with(kOverwriteSuffix)) {
    text.remove_suffix(kOverwriteSuffix.size());
    return InsertName{std::string(text), InsertInto::kOverwrite};
  }
  if (!text.ends_with(')')) {
    return {};
  }
  auto overwritten = NameBehind(text, kOverwriteSuffix, InsertInto::kOverwrite);
  return overwritten.has_value() ? std::move(overwritten)
                                 : NameBehind(text, kInsertSuffix, InsertInto::kTable);
}

}  // namespace tarn::sql
