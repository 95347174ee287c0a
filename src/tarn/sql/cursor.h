// The cursor of Trino's parsers: a token stream that knows keywords, remembers what it
// was asked for at the place where parsing stopped, and bounds how deep a text may nest.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "tarn/base/result.h"
#include "tarn/sql/expression.h"
#include "tarn/sql/keywords.h"
#include "tarn/sql/token_stream.h"

namespace tarn::sql {

/// Parentheses and the like inside each other.
inline constexpr int32_t kNestingMax = 500;
/// Nodes on the way from a tree's root to its farthest leaf: a + b + c … counts here.
inline constexpr int32_t kHeightMax = 2000;

class Cursor : public TokenStream {
 public:
  /// `sql` must live as long as the cursor.
  explicit Cursor(std::string_view sql) : TokenStream(TokenizeTrino(sql)), sql_(sql) {}

  std::string_view sql() const { return sql_; }
  Position At(size_t ahead = 0) const { return {Peek(ahead).line, Peek(ahead).column}; }

  // ---- Looking, without a trace in error texts

  bool Is(Keyword keyword, size_t ahead = 0) const {
    return Peek(ahead).keyword == keyword.id();
  }
  bool IsSymbol(std::string_view symbol, size_t ahead = 0) const {
    return PeekSymbol(symbol, ahead);
  }
  bool IsAny(std::initializer_list<Keyword> keywords, size_t ahead = 0) const;
  /// A name: quoted, or a word that is not reserved.
  bool IsName(size_t ahead = 0) const;
  bool IsKind(TokenKind kind) const { return Peek().kind == kind; }

  // ---- Taking; what is not there is remembered as expected

  bool Take(Keyword keyword);
  bool TakeSymbol(std::string_view symbol);
  /// All of them or none: for where the first word alone does not decide.
  bool TakeAll(std::initializer_list<Keyword> keywords);
  /// The keyword that is there, 0 if it is none of them.
  KeywordId TakeOneOf(std::initializer_list<Keyword> keywords);
  Status Expect(Keyword keyword);
  Status Expect(std::initializer_list<Keyword> keywords);
  Status ExpectSymbol(std::string_view symbol);
  const Token& TakeAny() { return TokenStream::Take(); }

  Result<Name> ExpectName();
  Result<std::vector<Name>> ExpectNames();     // a.b.c
  Result<std::vector<Name>> ExpectNameList();  // (a, b)
  Result<std::string> ExpectString();
  Result<std::string> ExpectIntegerText();

  // ---- Errors

  /// Remembers that `what`, such as "<expression>", may stand here. The words that it
  /// may begin with are then not told.
  void Note(std::string_view what);
  void NoteRule(std::string_view what);
  /// "line 1:8: mismatched input 'x'. Expecting: 'a', <b>" of all that was asked for at
  /// the farthest token that was reached.
  Status Mismatch();
  /// "line 1:8: what" at the next token, or at `at`.
  Status Fail(std::string_view what) const { return Fail(At(), what); }
  static Status Fail(Position at, std::string_view what);
  static Status NotSupported(Position at, std::string_view what);

  // ---- Depth

  /// While it lives, the height of one tree is counted; then it is one of its siblings'.
  class Tree {
   public:
    explicit Tree(Cursor& cursor)
        : cursor_(cursor), siblings_(std::exchange(cursor.height_, 0)) {}
    ~Tree() { cursor_.height_ = std::max(siblings_, cursor_.height_); }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

   private:
    Cursor& cursor_;
    int32_t siblings_;
  };
  /// One level of nesting while it lives, and a tree.
  class Level {
   public:
    explicit Level(Cursor& cursor) : cursor_(cursor), tree_(cursor) { ++cursor.nesting_; }
    ~Level() { --cursor_.nesting_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    /// kSyntax if there is no room for it.
    Status Enter() const;

   private:
    Cursor& cursor_;
    Tree tree_;
  };
  /// To be called where an operator makes what was read so far one node deeper.
  Status Grow();

  int32_t next_parameter() { return num_parameters_++; }
  int32_t num_parameters() const { return num_parameters_; }

 private:
  struct Expected {
    KeywordId keyword;  // 0: `text`
    std::string_view text;
  };

  void NoteExpected(Expected expected);
  Status TooDeep() const;

  std::string_view sql_;
  std::vector<Expected> expected_;
  size_t expected_at_ = 0;
  size_t hidden_at_ = SIZE_MAX;  // the token whose words a rule stands for
  int32_t nesting_ = 0;
  int32_t height_ = 0;
  int32_t num_parameters_ = 0;
};

}  // namespace tarn::sql
