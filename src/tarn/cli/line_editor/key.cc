#include "tarn/cli/line_editor/key.h"

#include <utility>

namespace tarn::cli {
namespace {

constexpr char kEscapeByte = '\x1b';
constexpr char kDeleteByte = '\x7f';
constexpr std::string_view kPasteBegin = "\x1b[200~";
constexpr std::string_view kPasteEnd = "\x1b[201~";
constexpr size_t kSequenceBytesMax = 32;

struct Sequence {
  std::string_view bytes;  // after Escape
  KeyKind kind;
};

/// What xterm and its kin, rxvt, screen and the Linux console send.
constexpr Sequence kSequences[] = {
    {"[A", KeyKind::kUp},           {"[B", KeyKind::kDown},
    {"[C", KeyKind::kRight},        {"[D", KeyKind::kLeft},
    {"OA", KeyKind::kUp},           {"OB", KeyKind::kDown},
    {"OC", KeyKind::kRight},        {"OD", KeyKind::kLeft},
    {"[H", KeyKind::kHome},         {"[F", KeyKind::kEnd},
    {"OH", KeyKind::kHome},         {"OF", KeyKind::kEnd},
    {"[1~", KeyKind::kHome},        {"[4~", KeyKind::kEnd},
    {"[7~", KeyKind::kHome},        {"[8~", KeyKind::kEnd},
    {"[3~", KeyKind::kDelete},      {"[Z", KeyKind::kBackTab},
    {"[1;5C", KeyKind::kWordRight}, {"[1;5D", KeyKind::kWordLeft},
    {"[1;3C", KeyKind::kWordRight}, {"[1;3D", KeyKind::kWordLeft},
    {"Oc", KeyKind::kWordRight},    {"Od", KeyKind::kWordLeft},
};

Key Plain(KeyKind kind) { return {.kind = kind}; }

Key ControlKey(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      return Plain(KeyKind::kEnter);
    case '\t':
      return Plain(KeyKind::kTab);
    case '\b':
    case kDeleteByte:
      return Plain(KeyKind::kBackspace);
    default:
      break;
  }
  constexpr char kFirst = 'a' - 1;
  const char letter = byte == '\x1f' ? '_' : static_cast<char>(byte + kFirst);
  return {.kind = KeyKind::kControl, .letter = letter};
}

Key AltKey(char byte) {
  switch (byte) {
    case '\r':
    case '\n':
      return Plain(KeyKind::kNewLine);
    case '\b':
    case kDeleteByte:
      return Plain(KeyKind::kWordBackspace);
    case 'b':
      return Plain(KeyKind::kWordLeft);
    case 'f':
      return Plain(KeyKind::kWordRight);
    default:
      return {.kind = KeyKind::kAlt, .letter = byte};
  }
}

}  // namespace

size_t Utf8Length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xF0 && byte < 0xF8) {
    return 4;
  }
  if (byte >= 0xE0) {
    return byte < 0xF0 ? 3 : 1;
  }
  return byte >= 0xC0 ? 2 : 1;
}

std::optional<Key> KeyDecoder::Take() {
  while (!bytes_.empty()) {
    if (bytes_.front() == kEscapeByte) {
      return TakeEscape();
    }
    const auto first = static_cast<unsigned char>(bytes_.front());
    if (first < 0x20 || bytes_.front() == kDeleteByte) {
      const Key key = ControlKey(bytes_.front());
      bytes_.erase(0, 1);
      return key;
    }
    if (first >= 0x80 && first < 0xC0) {
      bytes_.erase(0, 1);  // the rest of a character whose beginning was lost
      continue;
    }
    return TakeCharacter();
  }
  return std::nullopt;
}

std::optional<Key> KeyDecoder::TakeCharacter() {
  const size_t length = Utf8Length(bytes_.front());
  if (bytes_.size() < length) {
    return std::nullopt;
  }
  Key key{.kind = KeyKind::kText, .text = bytes_.substr(0, length)};
  bytes_.erase(0, length);
  return key;
}

std::optional<Key> KeyDecoder::TakeEscape() {
  if (bytes_.size() == 1) {
    return std::nullopt;
  }
  if (bytes_.starts_with(kPasteBegin)) {
    return TakePaste();
  }
  if (bytes_[1] == '[' || bytes_[1] == 'O') {
    return TakeSequence();
  }
  const Key key = bytes_[1] == kEscapeByte ? Plain(KeyKind::kEscape) : AltKey(bytes_[1]);
  bytes_.erase(0, bytes_[1] == kEscapeByte ? 1 : 2);
  return key;
}

std::optional<Key> KeyDecoder::TakeSequence() {
  size_t end = 2;
  const auto is_parameter = [&](char c) { return c >= 0x20 && c < 0x40; };
  while (end < bytes_.size() && end < kSequenceBytesMax && is_parameter(bytes_[end])) {
    ++end;
  }
  if (end >= bytes_.size()) {
    return std::nullopt;
  }
  const std::string sequence = bytes_.substr(1, end);
  bytes_.erase(0, end + 1);
  for (const Sequence& known : kSequences) {
    if (known.bytes == sequence) {
      return Plain(known.kind);
    }
  }
  return Plain(KeyKind::kUnknown);
}

std::optional<Key> KeyDecoder::TakePaste() {
  const size_t end = bytes_.find(kPasteEnd);
  if (end == std::string::npos) {
    return std::nullopt;
  }
  Key key{.kind = KeyKind::kPaste};
  for (size_t at = kPasteBegin.size(); at < end; ++at) {
    if (bytes_[at] != '\r') {
      key.text += bytes_[at];
    } else if (bytes_[at + 1] != '\n') {
      key.text += '\n';  // a line's end alone; of a pair the second one stays
    }
  }
  bytes_.erase(0, end + kPasteEnd.size());
  return key;
}

Key KeyDecoder::TakePending() {
  if (bytes_.starts_with(kPasteBegin)) {
    return Plain(KeyKind::kUnknown);  // a paste is awaited however long it takes
  }
  const bool is_escape = !bytes_.empty() && bytes_.front() == kEscapeByte;
  bytes_.clear();
  return Plain(is_escape ? KeyKind::kEscape : KeyKind::kUnknown);
}

}  // namespace tarn::cli
