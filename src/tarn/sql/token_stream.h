// A cursor over tokens with the checks that every parser of this module makes.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/ast.h"
#include "tarn/sql/lexer.h"

namespace tarn::sql {

class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& Peek(size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : tokens_.back();
  }
  const Token& Take() {
    const Token& token = Peek();
    if (at_ + 1 < tokens_.size()) {
      ++at_;
    }
    return token;
  }
  /// One past the last byte of the token before the cursor; 0 at the beginning.
  size_t TakenEnd() const { return at_ == 0 ? 0 : tokens_[at_ - 1].end; }
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  size_t position() const { return at_; }
  void Rewind(size_t position) { at_ = position; }

  bool PeekKeyword(std::string_view keyword, size_t ahead = 0) const;
  bool PeekSymbol(std::string_view symbol, size_t ahead = 0) const;
  /// Takes all of the keywords if they come next; takes none otherwise.
  bool TakeKeywords(std::initializer_list<std::string_view> keywords);
  bool TakeSymbol(std::string_view symbol);
  Status ExpectKeyword(std::string_view keyword);
  Status ExpectSymbol(std::string_view symbol);
  /// A name, quoted or not.
  Result<std::string> ExpectName();
  Result<QualifiedName> ExpectQualifiedName();
  Result<std::string> ExpectString();
  Result<int32_t> ExpectInteger();

  /// kSyntax "line L:C: mismatched input 'x'. Expecting: y" at the next token.
  Status Mismatch(std::string_view expecting) const;

 private:
  std::vector<Token> tokens_;  // ends with kEnd
  size_t at_ = 0;
};

}  // namespace tarn::sql
