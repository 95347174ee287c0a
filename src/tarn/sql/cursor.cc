#include "tarn/sql/cursor.h"

#include <algorithm>
#include <set>
#include <string>

#include "tarn/base/error.h"

namespace tarn::sql {
namespace {

std::string Place(Position at) {
  return "line " + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
}

}  // namespace

bool Cursor::IsAny(std::initializer_list<Keyword> keywords, size_t ahead) const {
  const KeywordId id = Peek(ahead).keyword;
  return std::any_of(keywords.begin(), keywords.end(),
                     [id](Keyword keyword) { return keyword.id() == id; });
}

bool Cursor::IsName(size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kQuotedName ||
         (token.kind == TokenKind::kWord && !IsReserved(token.keyword));
}

void Cursor::NoteExpected(Expected expected) {
  if (position() < expected_at_ || position() == hidden_at_) {
    return;
  }
  if (position() > expected_at_) {
    expected_.clear();
    expected_at_ = position();
  }
  expected_.push_back(expected);
}

void Cursor::Note(std::string_view what) { NoteExpected({0, what}); }

void Cursor::NoteRule(std::string_view what) {
  Note(what);
  hidden_at_ = position();
}

bool Cursor::Take(Keyword keyword) {
  if (Is(keyword)) {
    TakeAny();
    return true;
  }
  NoteExpected({keyword.id(), {}});
  return false;
}

bool Cursor::TakeSymbol(std::string_view symbol) {
  if (IsSymbol(symbol)) {
    TakeAny();
    return true;
  }
  NoteExpected({0, symbol});
  return false;
}

bool Cursor::TakeAll(std::initializer_list<Keyword> keywords) {
  size_t ahead = 0;
  for (const Keyword keyword : keywords) {
    if (!Is(keyword, ahead++)) {
      NoteExpected({keywords.begin()->id(), {}});
      return false;
    }
  }
  for (size_t i = 0; i < ahead; ++i) {
    TakeAny();
  }
  return true;
}

KeywordId Cursor::TakeOneOf(std::initializer_list<Keyword> keywords) {
  for (const Keyword keyword : keywords) {
    if (Take(keyword)) {
      return keyword.id();
    }
  }
  return 0;
}

Status Cursor::Expect(Keyword keyword) {
  return Take(keyword) ? Status::OK() : Mismatch();
}

Status Cursor::Expect(std::initializer_list<Keyword> keywords) {
  for (const Keyword keyword : keywords) {
    RETURN_NOT_OK(Expect(keyword));
  }
  return Status::OK();
}

Status Cursor::ExpectSymbol(std::string_view symbol) {
  return TakeSymbol(symbol) ? Status::OK() : Mismatch();
}

Result<Name> Cursor::ExpectName() {
  if (!IsName()) {
    Note("<identifier>");
    return Mismatch();
  }
  const Token& token = TakeAny();
  return Name{.text = token.text, .is_quoted = token.kind == TokenKind::kQuotedName};
}

Result<std::vector<Name>> Cursor::ExpectNames() {
  std::vector<Name> names;
  do {
    ARROW_ASSIGN_OR_RAISE(Name name, ExpectName());
    names.push_back(std::move(name));
  } while (TakeSymbol("."));
  return names;
}

Result<std::vector<Name>> Cursor::ExpectNameList() {
  std::vector<Name> names;
  RETURN_NOT_OK(ExpectSymbol("("));
  do {
    ARROW_ASSIGN_OR_RAISE(Name name, ExpectName());
    names.push_back(std::move(name));
  } while (TakeSymbol(","));
  RETURN_NOT_OK(ExpectSymbol(")"));
  return names;
}

Result<std::string> Cursor::ExpectString() {
  if (!IsKind(TokenKind::kString)) {
    Note("<string>");
    return Mismatch();
  }
  return TakeAny().text;
}

Result<std::string> Cursor::ExpectIntegerText() {
  if (!IsKind(TokenKind::kInteger)) {
    Note("<integer>");
    return Mismatch();
  }
  return TakeAny().text;
}

Status Cursor::Mismatch() {
  Rewind(std::max(position(), expected_at_));
  const Token& token = Peek();
  if (token.kind == TokenKind::kInvalid) {
    return Fail(token.text);
  }
  std::set<std::string> expected;
  if (expected_at_ == position()) {
    for (const Expected& one : expected_) {
      const bool is_rule = one.text.size() > 2 && one.text.front() == '<';
      const std::string_view text =
          one.keyword != 0 ? KeywordText(one.keyword) : one.text;
      expected.insert(is_rule ? std::string(text) : "'" + std::string(text) + "'");
    }
  }
  std::string list;
  for (const std::string& one : expected) {
    list += (list.empty() ? "" : ", ") + one;
  }
  const std::string input(token.kind == TokenKind::kEnd
                              ? "<EOF>"
                              : sql_.substr(token.offset, token.end - token.offset));
  return Fail("mismatched input '" + input + "'. Expecting: " + list);
}

Status Cursor::Fail(Position at, std::string_view what) {
  return MakeError(ErrorCode::kSyntax, Place(at) + std::string(what));
}

Status Cursor::NotSupported(Position at, std::string_view what) {
  return MakeError(ErrorCode::kNotSupported,
                   Place(at) + std::string(what) + " is not supported");
}

Status Cursor::TooDeep() const {
  return Fail("the statement nests too deeply: at most " + std::to_string(kNestingMax) +
              " parentheses inside each other and " + std::to_string(kHeightMax) +
              " operators in a row");
}

Status Cursor::Level::Enter() const {
  return cursor_.nesting_ > kNestingMax ? cursor_.TooDeep() : Status::OK();
}

Status Cursor::Grow() { return ++height_ > kHeightMax ? TooDeep() : Status::OK(); }

}  // namespace tarn::sql
