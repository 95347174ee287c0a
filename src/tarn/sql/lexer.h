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
  kSymbol,  // punctuation and operators: ( ) [ ] , . ; = <> != <= >= < > + - * / % || ->
            // => :: ? : { }
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  size_t offset = 0;   // of its first byte
  size_t end = 0;      // one past its last byte
  int32_t line = 1;    // 1-based
  int32_t column = 1;  // 1-based, in code points as Trino counts
};

/// The tokens of `sql` with a closing kEnd; comments (-- and nested-free /* */) are
/// dropped. Errors: kSyntax "line L:C: …" for an unterminated string, name or comment, or
/// a stray byte.
Result<std::vector<Token>> Tokenize(std::string_view sql);

/// True if the text has quoting that this lexer does not know, so that its tokens may
/// lie: dollar quotes, strings with backslash escapes.
bool HasForeignQuotes(const std::vector<Token>& tokens);

}  // namespace tarn::sql
