// Tokens of SQL text (Trino's lexical rules, with Spark's back-quoted names).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"

namespace tarn::sql {

enum class TokenKind : uint8_t {
  kWord,        // unquoted name or keyword; `text` as written
  kQuotedName,  // "name" or `name`; `text` unescaped
  kString,      // 'text'; `text` unescaped
  kInteger,     // 123
  kDecimal,     // 1.5, .5
  kDouble,      // 1e3
  kBytes,       // X'00ff' of Trino's; `text` is the bytes
  kInvalid,     // of Trino's lexer; `text` is the error to give where it is met
  kSymbol,  // punctuation and operators: ( ) [ ] , . ; = <> != <= >= < > + - * / % || ->
            // => :: ? : { }
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  size_t offset = 0;     // of its first byte
  size_t end = 0;        // one past its last byte
  int32_t line = 1;      // 1-based
  int32_t column = 1;    // 1-based, in code points as Trino counts
  uint16_t keyword = 0;  // of Trino's lexer: what keywords.h calls the word
};

/// The tokens of `sql` with a closing kEnd; comments (-- and nested-free /* */) are
/// dropped. Errors: kSyntax "line L:C: …" for an unterminated string, name or comment, or
/// a stray byte.
Result<std::vector<Token>> Tokenize(std::string_view sql);

/// The tokens of `sql` by Trino's own rules (and back quotes): keywords are known,
/// X'…', U&'…' and numbers such as 1_000 and 0xFF are read, "@" is no part of a word.
/// Never fails: what is no token is a kInvalid or a symbol that no grammar has.
std::vector<Token> TokenizeTrino(std::string_view sql);

/// True if the text has quoting that this lexer does not know, so that its tokens may
/// lie: dollar quotes, strings with backslash escapes.
bool HasForeignQuotes(const std::vector<Token>& tokens);

}  // namespace tarn::sql
