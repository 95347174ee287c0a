// Text being typed, its cursor, and what keys do to them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

/// UTF-8 text of one or more lines; the cursor stands between characters. Thread-
/// compatible.
class EditBuffer {
 public:
  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }

  void Set(std::string text);  // the cursor goes to the end
  void Set(std::string text, size_t cursor);
  void Insert(std::string_view text);
  /// Puts `text` in the place of what is between `begin` and `end`.
  void Replace(size_t begin, size_t end, std::string_view text);

  void MoveLeft();
  void MoveRight();
  void MoveWordLeft();
  void MoveWordRight();
  void MoveToLineBegin();
  void MoveToLineEnd();
  void MoveToBegin() { cursor_ = 0; }
  void MoveToEnd() { cursor_ = text_.size(); }
  /// To the line above or below, in the same column if it is that long; false if there
  /// is no such line.
  bool MoveUp();
  bool MoveDown();

  void DeleteBack();
  void DeleteForward();
  /// These keep what they delete for Yank().
  void DeleteWordBack();
  void DeleteWordForward();
  void DeleteToBlank();  // back to the blank before the word: Ctrl-W
  void DeleteToLineEnd();
  void DeleteToLineBegin();
  void Yank() { Insert(killed_); }
  /// Swaps the characters around the cursor.
  void Transpose();
  void Undo();

 private:
  enum class Change : uint8_t { kNone, kInsert, kDelete, kOther };
  struct State {
    std::string text;
    size_t cursor;
  };

  void Remember(Change change);
  void Kill(size_t begin, size_t end);
  size_t Before(size_t at) const;
  size_t After(size_t at) const;
  size_t WordBegin(size_t at) const;
  size_t WordEnd(size_t at) const;
  size_t LineBegin(size_t at) const;
  size_t LineEnd(size_t at) const;

  std::string text_;
  size_t cursor_ = 0;
  std::string killed_;
  std::vector<State> undo_;
  Change last_change_ = Change::kNone;
};

}  // namespace tarn::cli
