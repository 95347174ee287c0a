#include <array>
#include <optional>
#include <utility>

#include "tarn/sql/keywords.h"
#include "tarn/sql/lexer.h"
#include "tarn/sql/string_literals.h"

namespace tarn::sql {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c); }
bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

constexpr std::string_view kNoNumberFirst =
    "identifiers must not start with a digit; surround the identifier with double quotes";
constexpr std::string_view kNoEmptyName = "Zero-length delimited identifier not allowed";

constexpr std::array<std::string_view, 9> kLongSymbols = {"<>", "!=", "<=", ">=", "||",
                                                          "->", "=>", "::", "=="};

class TrinoLexer {
 public:
  explicit TrinoLexer(std::string_view sql) : sql_(sql) {}

  std::vector<Token> Run() {
    std::vector<Token> tokens;
    tokens.reserve(sql_.size() / 5 + 2);
    for (;;) {
      SkipBlanks();
      tokens.push_back(Next());
      if (tokens.back().kind == TokenKind::kEnd) {
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
      } else if ((byte & 0xC0U) != 0x80U) {  // the first byte of a code point
        ++column_;
      }
    }
  }

  /// A comment that is not closed is none: its "/" is then an error of grammar.
  void SkipBlanks() {
    while (at_ < sql_.size()) {
      if (IsSpace(Peek())) {
        Advance(1);
      } else if (Peek() == '-' && Peek(1) == '-') {
        const size_t end = sql_.find('\n', at_);
        Advance((end == std::string_view::npos ? sql_.size() : end) - at_);
      } else if (Peek() == '/' && Peek(1) == '*' &&
                 sql_.find("*/", at_ + 2) != std::string_view::npos) {
        Advance(sql_.find("*/", at_ + 2) + 2 - at_);
      } else {
        return;
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

  Token Finish(TokenKind kind, size_t bytes) {
    Token token = Start();
    token.kind = kind;
    token.text = std::string(sql_.substr(at_, bytes));
    Advance(bytes);
    token.end = at_;
    return token;
  }

  Token Invalid(std::string_view what, size_t bytes) {
    Token token = Finish(TokenKind::kInvalid, bytes);
    token.text = what;
    return token;
  }

  Token Next() {
    const char c = Peek();
    if (at_ >= sql_.size()) {
      return Finish(TokenKind::kEnd, 0);
    }
    if (c == '\'' || c == '"' || c == '`') {
      return Quoted();
    }
    if ((c == 'x' || c == 'X') && Peek(1) == '\'') {
      return Bytes();
    }
    if ((c == 'u' || c == 'U') && Peek(1) == '&' && Peek(2) == '\'') {
      return Unicode();
    }
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) {
      return Number();
    }
    if (IsWordStart(c)) {
      return Word();
    }
    for (const std::string_view symbol : kLongSymbols) {
      if (sql_.substr(at_, symbol.size()) == symbol) {
        return Finish(TokenKind::kSymbol, symbol.size());
      }
    }
    return Finish(TokenKind::kSymbol, 1);
  }

  Token Word() {
    size_t bytes = 1;
    while (IsWordPart(Peek(bytes))) {
      ++bytes;
    }
    Token token = Finish(TokenKind::kWord, bytes);
    token.keyword = FindKeyword(token.text);
    return token;
  }

  /// The bytes from the quote at `start` to the one that closes it; nullopt if none does.
  std::optional<size_t> QuotedBytes(size_t start) const {
    const char quote = sql_[start];
    for (size_t i = start + 1; i < sql_.size(); ++i) {
      if (sql_[i] != quote) {
        continue;
      }
      if (i + 1 < sql_.size() && sql_[i + 1] == quote) {
        ++i;
        continue;
      }
      return i + 1 - start;
    }
    return std::nullopt;
  }

  /// The text between the quotes of `quoted`, doubled ones halved.
  static std::string Unquoted(std::string_view quoted) {
    std::string text;
    text.reserve(quoted.size());
    for (size_t i = 1; i + 1 < quoted.size(); ++i) {
      text.push_back(quoted[i]);
      i += quoted[i] == quoted[0] ? 1U : 0U;
    }
    return text;
  }

  Token Quoted() {
    const std::optional<size_t> bytes = QuotedBytes(at_);
    if (!bytes.has_value()) {
      return Finish(TokenKind::kSymbol, 1);  // no grammar has a quote alone
    }
    if (Peek() != '\'' && *bytes == 2) {
      return Invalid(kNoEmptyName, *bytes);
    }
    const bool is_string = Peek() == '\'';
    Token token = Finish(is_string ? TokenKind::kString : TokenKind::kQuotedName, *bytes);
    token.text = Unquoted(token.text);
    return token;
  }

  Token Bytes() {
    const std::optional<size_t> bytes = QuotedBytes(at_ + 1);
    if (!bytes.has_value()) {
      return Word();
    }
    Token token = Finish(TokenKind::kBytes, *bytes + 1);
    const auto decoded =
        DecodeHexLiteral(std::string_view(token.text).substr(2, *bytes - 2));
    token.kind = decoded.ok() ? TokenKind::kBytes : TokenKind::kInvalid;
    token.text = decoded.ok() ? *decoded : decoded.status().message();
    return token;
  }

  /// U&'\2603' [UESCAPE '#']: one token.
  Token Unicode() {
    const std::optional<size_t> bytes = QuotedBytes(at_ + 2);
    if (!bytes.has_value()) {
      return Word();
    }
    Token token = Finish(TokenKind::kString, *bytes + 2);
    const std::string text = Unquoted(std::string_view(token.text).substr(2));
    std::string escape = "\\";
    const TrinoLexer before_escape = *this;
    SkipBlanks();
    if (Token next = Next(); next.keyword == Keyword("UESCAPE").id()) {
      SkipBlanks();
      next = Next();
      escape = next.kind == TokenKind::kString ? next.text : "";
      token.end = at_;
    } else {
      *this = before_escape;
    }
    const auto decoded = DecodeUnicodeLiteral(text, escape);
    token.kind = decoded.ok() ? TokenKind::kString : TokenKind::kInvalid;
    token.text = decoded.ok() ? *decoded : decoded.status().message();
    return token;
  }

  /// The bytes from `from` on that are digits of `base`, with single underscores between
  /// them.
  size_t Digits(size_t from, int base = 10) const {
    const auto is_digit = [base](char c) {
      const bool is_letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      return (IsDigit(c) && c - '0' < base) || (base == 16 && is_letter);
    };
    size_t bytes = from;
    while (is_digit(Peek(bytes)) || (Peek(bytes) == '_' && is_digit(Peek(bytes + 1)) &&
                                     (bytes > from || base != 10))) {
      ++bytes;
    }
    return bytes;
  }

  /// 0xFF, 0o17, 0b1: its length; 0 if it is none.
  size_t BasedNumber() const {
    const char letter = static_cast<char>(Peek(1) | 0x20);
    if (Peek() != '0' || (letter != 'x' && letter != 'o' && letter != 'b')) {
      return 0;
    }
    const size_t bytes = Digits(2, letter == 'x' ? 16 : letter == 'o' ? 8 : 2);
    return bytes > 2 ? bytes : 0;
  }

  Token Number() {
    TokenKind kind = TokenKind::kInteger;
    size_t bytes = BasedNumber();
    if (bytes == 0) {
      bytes = Digits(0);
      if (Peek(bytes) == '.') {
        kind = TokenKind::kDecimal;
        bytes = Digits(bytes + 1);
      }
      const size_t sign = Peek(bytes + 1) == '+' || Peek(bytes + 1) == '-' ? 1 : 0;
      if ((Peek(bytes) == 'e' || Peek(bytes) == 'E') && IsDigit(Peek(bytes + 1 + sign))) {
        kind = TokenKind::kDouble;
        bytes = Digits(bytes + 1 + sign);
      }
    }
    size_t word = 0;
    while (IsWordPart(Peek(word))) {
      ++word;
    }
    if (word > bytes) {
      return Invalid(kNoNumberFirst, word);
    }
    Token token = Finish(kind, bytes);
    std::erase(token.text, '_');
    return token;
  }

  std::string_view sql_;
  size_t at_ = 0;
  int32_t line_ = 1;
  int32_t column_ = 1;
};

}  // namespace

std::vector<Token> TokenizeTrino(std::string_view sql) { return TrinoLexer(sql).Run(); }

}  // namespace tarn::sql
