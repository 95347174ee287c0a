#include "tarn/cli/line_editor/edit_buffer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tarn/cli/line_editor/key.h"

namespace tarn::cli {
namespace {

struct BytesCase {
  const char* name;
  std::string bytes;
  KeyKind kind;
  std::string text = {};
  char letter = 0;
};

TEST(KeyDecoder, KnowsWhatTerminalsSend) {
  const BytesCase cases[] = {
      {"letter", "a", KeyKind::kText, "a"},
      {"two bytes", "é", KeyKind::kText, "é"},
      {"four bytes", "😀", KeyKind::kText, "😀"},
      {"return", "\r", KeyKind::kEnter},
      {"line feed", "\n", KeyKind::kEnter},
      {"tab", "\t", KeyKind::kTab},
      {"rubout", "\x7f", KeyKind::kBackspace},
      {"ctrl a", "\x01", KeyKind::kControl, "", 'a'},
      {"ctrl underscore", "\x1f", KeyKind::kControl, "", '_'},
      {"up", "\x1b[A", KeyKind::kUp},
      {"up, application mode", "\x1bOA", KeyKind::kUp},
      {"ctrl right", "\x1b[1;5C", KeyKind::kWordRight},
      {"delete", "\x1b[3~", KeyKind::kDelete},
      {"shift tab", "\x1b[Z", KeyKind::kBackTab},
      {"alt f",
       "\x1b"
       "f",
       KeyKind::kWordRight},
      {"alt d",
       "\x1b"
       "d",
       KeyKind::kAlt, "", 'd'},
      {"alt enter", "\x1b\r", KeyKind::kNewLine},
      {"of no key", "\x1b[99;99~", KeyKind::kUnknown},
      {"paste", "\x1b[200~a\r\nb\rc\x1b[201~", KeyKind::kPaste, "a\nb\nc"},
      {"the end of a lost character", "\xA9x", KeyKind::kText, "x"},
  };
  for (const BytesCase& c : cases) {
    SCOPED_TRACE(c.name);
    KeyDecoder decoder;
    for (const char byte : c.bytes) {  // however they come
      decoder.Feed({&byte, 1});
    }
    const auto key = decoder.Take();
    ASSERT_TRUE(key);
    EXPECT_EQ(key->kind, c.kind);
    EXPECT_EQ(key->text, c.text);
    EXPECT_EQ(key->letter, c.letter);
    EXPECT_FALSE(decoder.Take());
    EXPECT_FALSE(decoder.IsPending());
  }
}

TEST(KeyDecoder, WaitsForTheRestOfASequence) {
  KeyDecoder decoder;
  decoder.Feed("\x1b");
  EXPECT_FALSE(decoder.Take());
  EXPECT_TRUE(decoder.IsPending());
  EXPECT_EQ(decoder.TakePending().kind, KeyKind::kEscape);
  decoder.Feed("\x1b[200~select");
  EXPECT_FALSE(decoder.Take());
  EXPECT_EQ(decoder.TakePending().kind, KeyKind::kUnknown) << "a paste may be slow";
  decoder.Feed(" 1\x1b[201~x");
  EXPECT_EQ(decoder.Take()->text, "select 1");
  EXPECT_EQ(decoder.Take()->text, "x");
}

EditBuffer With(const std::string& text_with_cursor) {
  const size_t cursor = text_with_cursor.find('|');
  EditBuffer buffer;
  buffer.Set(text_with_cursor.substr(0, cursor) + text_with_cursor.substr(cursor + 1),
             cursor);
  return buffer;
}

std::string Shown(const EditBuffer& buffer) {
  return buffer.text().substr(0, buffer.cursor()) + "|" +
         buffer.text().substr(buffer.cursor());
}

struct EditCase {
  const char* name;
  std::string before;
  void (*edit)(EditBuffer&);
  std::string after;
};

TEST(EditBuffer, Edits) {
  const EditCase cases[] = {
      {"insert", "a|c", [](EditBuffer& b) { b.Insert("b"); }, "ab|c"},
      {"left over two bytes", "é|", [](EditBuffer& b) { b.MoveLeft(); }, "|é"},
      {"back over two bytes", "aé|b", [](EditBuffer& b) { b.DeleteBack(); }, "a|b"},
      {"forward", "a|éb", [](EditBuffer& b) { b.DeleteForward(); }, "a|b"},
      {"word left", "ab cd|", [](EditBuffer& b) { b.MoveWordLeft(); }, "ab |cd"},
      {"word right", "|ab cd", [](EditBuffer& b) { b.MoveWordRight(); }, "ab| cd"},
      {"up", "abc\nde|f", [](EditBuffer& b) { b.MoveUp(); }, "ab|c\ndef"},
      {"up to a short line", "a\ndef|", [](EditBuffer& b) { b.MoveUp(); }, "a|\ndef"},
      {"down", "ab|c\nd", [](EditBuffer& b) { b.MoveDown(); }, "abc\nd|"},
      {"line begin", "a\nbc|", [](EditBuffer& b) { b.MoveToLineBegin(); }, "a\n|bc"},
      {"kill to the end", "a|bc\nd", [](EditBuffer& b) { b.DeleteToLineEnd(); }, "a|\nd"},
      {"kill the break", "a|\nd", [](EditBuffer& b) { b.DeleteToLineEnd(); }, "a|d"},
      {"kill to the begin", "ab|c", [](EditBuffer& b) { b.DeleteToLineBegin(); }, "|c"},
      {"kill to a blank", "a b.c|", [](EditBuffer& b) { b.DeleteToBlank(); }, "a |"},
      {"kill a word", "a b.c|", [](EditBuffer& b) { b.DeleteWordBack(); }, "a b.|"},
      {"yank", "ab|",
       [](EditBuffer& b) {
         b.DeleteToLineBegin();
         b.Yank();
         b.Yank();
       },
       "abab|"},
      {"transpose", "ab|", [](EditBuffer& b) { b.Transpose(); }, "ba|"},
      {"undo of a word", "|",
       [](EditBuffer& b) {
         b.Insert("a");
         b.Insert("b");
         b.Insert(" ");
         b.Insert("c");
         b.Undo();
       },
       "ab |"},
      {"undo of a kill", "ab|",
       [](EditBuffer& b) {
         b.DeleteToLineBegin();
         b.Undo();
       },
       "ab|"},
  };
  for (const EditCase& c : cases) {
    SCOPED_TRACE(c.name);
    EditBuffer buffer = With(c.before);
    c.edit(buffer);
    EXPECT_EQ(Shown(buffer), c.after);
  }
  EXPECT_FALSE(With("a|b\nc").MoveUp());
  EXPECT_FALSE(With("a\n|c").MoveDown());
}

}  // namespace
}  // namespace tarn::cli
