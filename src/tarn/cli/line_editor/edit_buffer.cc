#include "tarn/cli/line_editor/edit_buffer.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "tarn/cli/line_editor/key.h"

namespace tarn::cli {
namespace {

constexpr size_t kUndoMax = 200;

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n'; }
bool IsWord(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

size_t NumCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

}  // namespace

void EditBuffer::Set(std::string text) {
  const size_t end = text.size();
  Set(std::move(text), end);
}

void EditBuffer::Set(std::string text, size_t cursor) {
  Remember(Change::kOther);
  text_ = std::move(text);
  cursor_ = std::min(cursor, text_.size());
}

void EditBuffer::Insert(std::string_view text) {
  const bool is_typed = text.size() <= 4 && text != " " && text != "\n";
  Remember(is_typed ? Change::kInsert : Change::kOther);
  text_.insert(cursor_, text);
  cursor_ += text.size();
}

void EditBuffer::Replace(size_t begin, size_t end, std::string_view text) {
  Remember(Change::kOther);
  text_.replace(begin, end - begin, text);
  cursor_ = begin + text.size();
}

void EditBuffer::MoveLeft() { cursor_ = Before(cursor_); }
void EditBuffer::MoveRight() { cursor_ = After(cursor_); }
void EditBuffer::MoveWordLeft() { cursor_ = WordBegin(cursor_); }
void EditBuffer::MoveWordRight() { cursor_ = WordEnd(cursor_); }
void EditBuffer::MoveToLineBegin() { cursor_ = LineBegin(cursor_); }
void EditBuffer::MoveToLineEnd() { cursor_ = LineEnd(cursor_); }

bool EditBuffer::MoveUp() {
  const size_t begin = LineBegin(cursor_);
  if (begin == 0) {
    return false;
  }
  const size_t column =
      NumCharacters(std::string_view(text_).substr(begin, cursor_ - begin));
  const size_t end_above = begin - 1;
  cursor_ = LineBegin(end_above);
  for (size_t i = 0; i < column && cursor_ < end_above; ++i) {
    cursor_ = After(cursor_);
  }
  return true;
}

bool EditBuffer::MoveDown() {
  const size_t end = LineEnd(cursor_);
  if (end == text_.size()) {
    return false;
  }
  const size_t begin = LineBegin(cursor_);
  const size_t column =
      NumCharacters(std::string_view(text_).substr(begin, cursor_ - begin));
  cursor_ = end + 1;
  const size_t end_below = LineEnd(cursor_);
  for (size_t i = 0; i < column && cursor_ < end_below; ++i) {
    cursor_ = After(cursor_);
  }
  return true;
}

void EditBuffer::DeleteBack() {
  if (cursor_ > 0) {
    Remember(Change::kDelete);
    const size_t begin = Before(cursor_);
    text_.erase(begin, cursor_ - begin);
    cursor_ = begin;
  }
}

void EditBuffer::DeleteForward() {
  if (cursor_ < text_.size()) {
    Remember(Change::kDelete);
    text_.erase(cursor_, After(cursor_) - cursor_);
  }
}

void EditBuffer::DeleteWordBack() { Kill(WordBegin(cursor_), cursor_); }
void EditBuffer::DeleteWordForward() { Kill(cursor_, WordEnd(cursor_)); }

void EditBuffer::DeleteToBlank() {
  size_t begin = cursor_;
  while (begin > 0 && IsBlank(text_[begin - 1])) {
    --begin;
  }
  while (begin > 0 && !IsBlank(text_[begin - 1])) {
    --begin;
  }
  Kill(begin, cursor_);
}

void EditBuffer::DeleteToLineEnd() {
  const size_t end = LineEnd(cursor_);
  Kill(cursor_, end == cursor_ ? After(cursor_) : end);  // the break itself at its end
}

void EditBuffer::DeleteToLineBegin() {
  const size_t begin = LineBegin(cursor_);
  Kill(begin == cursor_ ? Before(cursor_) : begin, cursor_);
}

void EditBuffer::Transpose() {
  if (cursor_ == 0 || text_.size() < 2) {
    return;
  }
  const size_t right = cursor_ == text_.size() ? Before(cursor_) : cursor_;
  const size_t left = Before(right);
  if (left == right) {
    return;
  }
  Remember(Change::kOther);
  const size_t end = After(right);
  std::rotate(text_.begin() + static_cast<ptrdiff_t>(left),
              text_.begin() + static_cast<ptrdiff_t>(right),
              text_.begin() + static_cast<ptrdiff_t>(end));
  cursor_ = end;
}

void EditBuffer::Undo() {
  if (undo_.empty()) {
    return;
  }
  text_ = std::move(undo_.back().text);
  cursor_ = undo_.back().cursor;
  undo_.pop_back();
  last_change_ = Change::kNone;
}

/// A run of typed or deleted characters is one step of undo.
void EditBuffer::Remember(Change change) {
  if (change == Change::kOther || change != last_change_) {
    if (undo_.size() == kUndoMax) {
      undo_.erase(undo_.begin());
    }
    undo_.push_back({text_, cursor_});
  }
  last_change_ = change;
}

void EditBuffer::Kill(size_t begin, size_t end) {
  if (begin == end) {
    return;
  }
  Remember(Change::kOther);
  killed_ = text_.substr(begin, end - begin);
  text_.erase(begin, end - begin);
  cursor_ = begin;
}

size_t EditBuffer::Before(size_t at) const {
  if (at == 0) {
    return 0;
  }
  --at;
  while (at > 0 && IsContinuation(text_[at])) {
    --at;
  }
  return at;
}

size_t EditBuffer::After(size_t at) const {
  return at >= text_.size() ? text_.size()
                            : std::min(text_.size(), at + Utf8Length(text_[at]));
}

size_t EditBuffer::WordBegin(size_t at) const {
  while (at > 0 && !IsWord(text_[at - 1])) {
    --at;
  }
  while (at > 0 && IsWord(text_[at - 1])) {
    --at;
  }
  return at;
}

size_t EditBuffer::WordEnd(size_t at) const {
  while (at < text_.size() && !IsWord(text_[at])) {
    ++at;
  }
  while (at < text_.size() && IsWord(text_[at])) {
    ++at;
  }
  return at;
}

size_t EditBuffer::LineBegin(size_t at) const {
  const size_t line_break = at == 0 ? std::string::npos : text_.rfind('\n', at - 1);
  return line_break == std::string::npos ? 0 : line_break + 1;
}

size_t EditBuffer::LineEnd(size_t at) const {
  return std::min(text_.find('\n', at), text_.size());
}

}  // namespace tarn::cli
