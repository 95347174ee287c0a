#include "tarn/sql/token_stream.h"

#include <charconv>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

char Fold(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool EqualsKeyword(std::string_view text, std::string_view keyword) {
  if (text.size() != keyword.size()) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (Fold(text[i]) != Fold(keyword[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool TokenStream::PeekKeyword(std::string_view keyword, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && EqualsKeyword(token.text, keyword);
}

bool TokenStream::PeekSymbol(std::string_view symbol, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kSymbol && token.text == symbol;
}

bool TokenStream::TakeKeywords(std::initializer_list<std::string_view> keywords) {
  size_t ahead = 0;
  for (const std::string_view keyword : keywords) {
    if (!PeekKeyword(keyword, ahead)) {
      return false;
    }
    ++ahead;
  }
  for (size_t i = 0; i < ahead; ++i) {
    Take();
  }
  return true;
}

bool TokenStream::TakeSymbol(std::string_view symbol) {
  if (!PeekSymbol(symbol)) {
    return false;
  }
  Take();
  return true;
}

Status TokenStream::ExpectKeyword(std::string_view keyword) {
  if (!TakeKeywords({keyword})) {
    return Mismatch("'" + std::string(keyword) + "'");
  }
  return Status::OK();
}

Status TokenStream::ExpectSymbol(std::string_view symbol) {
  if (!TakeSymbol(symbol)) {
    return Mismatch("'" + std::string(symbol) + "'");
  }
  return Status::OK();
}

Result<std::string> TokenStream::ExpectName() {
  const TokenKind kind = Peek().kind;
  if (kind != TokenKind::kWord && kind != TokenKind::kQuotedName) {
    return Mismatch("<identifier>");
  }
  return Take().text;
}

Result<QualifiedName> TokenStream::ExpectQualifiedName() {
  QualifiedName name;
  do {
    ARROW_ASSIGN_OR_RAISE(std::string part, ExpectName());
    name.parts.push_back(std::move(part));
  } while (TakeSymbol("."));
  return name;
}

Result<std::string> TokenStream::ExpectString() {
  if (Peek().kind != TokenKind::kString) {
    return Mismatch("<string>");
  }
  return Take().text;
}

Result<int32_t> TokenStream::ExpectInteger() {
  if (Peek().kind != TokenKind::kInteger) {
    return Mismatch("<integer>");
  }
  const std::string& text = Peek().text;
  int32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) {
    return Mismatch("<integer below 2147483648>");
  }
  Take();
  return value;
}

Status TokenStream::Mismatch(std::string_view expecting) const {
  const Token& token = Peek();
  const std::string input = token.kind == TokenKind::kEnd ? "<EOF>" : token.text;
  return MakeError(ErrorCode::kSyntax, "line " + std::to_string(token.line) + ":" +
                                           std::to_string(token.column) +
                                           ": mismatched input '" + input +
                                           "'. Expecting: " + std::string(expecting));
}

}  // namespace tarn::sql
