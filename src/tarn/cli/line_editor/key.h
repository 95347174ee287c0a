// Bytes of a terminal as the keys that were pressed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::cli {

enum class KeyKind : uint8_t {
  kText,     // `text`: one character
  kPaste,    // `text`: what was pasted as a whole
  kControl,  // Ctrl with `letter`, lower case
  kAlt,      // Alt (or Escape before it) with `letter`
  kEnter,
  kNewLine,  // Alt-Enter
  kTab,
  kBackTab,
  kBackspace,
  kWordBackspace,  // Alt-Backspace
  kDelete,
  kLeft,
  kRight,
  kUp,
  kDown,
  kHome,
  kEnd,
  kWordLeft,
  kWordRight,
  kEscape,
  kUnknown,
};

struct Key {
  KeyKind kind = KeyKind::kUnknown;
  std::string text = {};
  char letter = 0;
};

/// Thread-compatible.
class KeyDecoder {
 public:
  void Feed(std::string_view bytes) { bytes_ += bytes; }
  /// The next key that is there as a whole.
  std::optional<Key> Take();
  /// True if what is left may be the beginning of a key: Escape, or of its sequence.
  bool IsPending() const { return !bytes_.empty(); }
  /// The time for more bytes is over: what is left is taken for what it is.
  Key TakePending();

 private:
  std::optional<Key> TakeEscape();
  std::optional<Key> TakeSequence();
  std::optional<Key> TakePaste();
  std::optional<Key> TakeCharacter();

  std::string bytes_;
};

/// Bytes of the UTF-8 character that begins with `first`; 1 if none does.
size_t Utf8Length(char first);

}  // namespace tarn::cli
