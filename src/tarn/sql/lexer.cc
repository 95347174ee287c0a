#include "tarn/sql/lexer.h"

#include <array>
#include <optional>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

bool IsWordStart(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || byte >= 0x80;
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c) || c == '$' || c == '@'; }
bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

constexpr std::array<std::string_view, 9> kLongSymbols = {"<>", "!=", "<=", ">=", "||",
                                                          "->", "=>", "::", "=="};
constexpr std::string_view kShortSymbols = "()[]{},.;=<>+-*/%?:|&^~!@#$\\";

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  Result<std::vector<Token>> Run() {
    std::vector<Token> tokens;
    for (;;) {
      RETURN_NOT_OK(SkipBlanks());
      ARROW_ASSIGN_OR_RAISE(Token token, Next());
      const bool at_end = token.kind == TokenKind::kEnd;
      tokens.push_back(std::move(token));
      if (at_end) {
        return tokens;
      }
    }
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  void Advance(size_t bytes) {
    for (size_t i = 0; i < bytes && at_ < sql_.size(); ++i, ++at_) {
      const auto byte = static_cast<unsigned char>(sql_[at_]);
      if (byte == '\n') {
        ++line_;
        column_ = 1;
      } else if ((byte & 0xC0U) !=
                 0x80U) {  // continuation bytes are part of one code point
        ++column_;
      }
    }
  }

  Status Fail(int32_t line, int32_t column, std::string_view what) const {
    return MakeError(ErrorCode::kSyntax, "line " + std::to_string(line) + ":" +
                                             std::to_string(column) + ": " +
                                             std::string(what));
  }

  Status SkipBlanks() {
    for (;;) {
      if (IsSpace(Peek()) && at_ < sql_.size()) {
        Advance(1);
      } else if (Peek() == '-' && Peek(1) == '-') {
        while (at_ < sql_.size() && Peek() != '\n') {
          Advance(1);
        }
      } else if (Peek() == '/' && Peek(1) == '*') {
        const size_t close = sql_.find("*/", at_ + 2);
        if (close == std::string_view::npos) {
          return Fail(line_, column_, "comment is not closed, add */");
        }
        Advance(close + 2 - at_);
      } else {
        return Status::OK();
      }
    }
  }

  Token Start() const {
    Token token;
    token.offset = at_;
    token.line = line_;
    token.column = column_;
    return token;
  }

  Token Finish(Token token, TokenKind kind, size_t bytes) {
    token.kind = kind;
    token.text = std::string(sql_.substr(at_, bytes));
    Advance(bytes);
    token.end = at_;
    return token;
  }

  Result<Token> Next() {
    Token token = Start();
    if (at_ >= sql_.size()) {
      token.end = at_;
      return token;
    }
    const char c = Peek();
    if (c == '\'') {
      return Quoted(std::move(token), TokenKind::kString, "string");
    }
    if (c == '"' || c == '`') {
      return Quoted(std::move(token), TokenKind::kQuotedName, "quoted name");
    }
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
      return Number(std::move(token));
    }
    if (IsWordStart(c)) {
      size_t bytes = 1;
      while (at_ + bytes < sql_.size() && IsWordPart(Peek(bytes))) {
        ++bytes;
      }
      return Finish(std::move(token), TokenKind::kWord, bytes);
    }
    for (const std::string_view symbol : kLongSymbols) {
      if (sql_.substr(at_, symbol.size()) == symbol) {
        return Finish(std::move(token), TokenKind::kSymbol, symbol.size());
      }
    }
    if (kShortSymbols.find(c) != std::string_view::npos) {
      return Finish(std::move(token), TokenKind::kSymbol, 1);
    }
    return Fail(line_, column_, "unexpected character");
  }

  Result<Token> Quoted(Token token, TokenKind kind, std::string_view what) {
    const char quote = Peek();
    size_t i = at_ + 1;
    for (; i < sql_.size(); ++i) {
      if (sql_[i] != quote) {
        token.text.push_back(sql_[i]);
      } else if (i + 1 < sql_.size() && sql_[i + 1] == quote) {
        token.text.push_back(quote);
        ++i;
      } else {
        break;
      }
    }
    if (i >= sql_.size()) {
      return Fail(token.line, token.column,
                  std::string(what) + " is not closed, add " + std::string(1, quote));
    }
    if (kind == TokenKind::kQuotedName && token.text.empty()) {
      return Fail(token.line, token.column, "zero-length name");
    }
    Advance(i + 1 - at_);
    token.kind = kind;
    token.end = at_;
    return token;
  }

  Result<Token> Number(Token token) {
    size_t bytes = 0;
    TokenKind kind = TokenKind::kInteger;
    while (IsDigit(Peek(bytes))) {
      ++bytes;
    }
    if (Peek(bytes) == '.') {
      kind = TokenKind::kDecimal;
      ++bytes;
      while (IsDigit(Peek(bytes))) {
        ++bytes;
      }
    }
    if (Peek(bytes) == 'e' || Peek(bytes) == 'E') {
      size_t exponent = bytes + 1;
      if (Peek(exponent) == '+' || Peek(exponent) == '-') {
        ++exponent;
      }
      if (IsDigit(Peek(exponent))) {
        kind = TokenKind::kDouble;
        while (IsDigit(Peek(exponent))) {
          ++exponent;
        }
        bytes = exponent;
      }
    }
    if (IsWordStart(Peek(bytes))) {
      return Fail(token.line, token.column,
                  "a name must not start with a digit, quote it with \"");
    }
    return Finish(std::move(token), kind, bytes);
  }

  std::string_view sql_;
  size_t at_ = 0;
  int32_t line_ = 1;
  int32_t column_ = 1;
};

}  // namespace

Result<std::vector<Token>> Tokenize(std::string_view sql) { return Lexer(sql).Run(); }

bool HasForeignQuotes(const std::vector<Token>& tokens) {
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const Token& next = tokens[i + 1];
    const bool touches = token.end == next.offset;
    if (token.kind == TokenKind::kSymbol && token.text == "$" && touches &&
        (next.text == "$" || next.text.ends_with('$'))) {
      return true;
    }
    if (token.kind == TokenKind::kWord && touches && next.kind == TokenKind::kString &&
        (token.text == "e" || token.text == "E")) {
      return true;
    }
  }
  return false;
}

}  // namespace tarn::sql
