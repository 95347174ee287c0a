#include "tarn/ingest/web/charset.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::ingest::web {
namespace {

std::string Decode(std::string_view body, std::string_view content_type = "") {
  return DecodeText(body, CharsetOf(body, content_type)).ValueOr("(error)");
}

TEST(Charset, IsFoundWhereItIsNamed) {
  EXPECT_EQ(CharsetOf("\xef\xbb\xbfx", "text/html; charset=latin1"), "UTF-8");
  EXPECT_EQ(CharsetOf("x", "text/html; charset=\"Shift_JIS\""), "shift_jis");
  EXPECT_EQ(CharsetOf("<meta charset='koi8-r'>", ""), "koi8-r");
  EXPECT_EQ(CharsetOf("<meta http-equiv=Content-Type content=\"text/html; "
                      "charset=windows-1251\">",
                      "text/html"),
            "windows-1251");
  EXPECT_EQ(CharsetOf("<?xml version='1.0' encoding='ISO-8859-2'?>", ""), "iso-8859-2");
  EXPECT_EQ(CharsetOf("caf\xc3\xa9", ""), "UTF-8");
  EXPECT_EQ(CharsetOf("caf\xe9", ""), "windows-1252");
}

TEST(Charset, TextBecomesUtf8) {
  EXPECT_EQ(Decode("caf\xe9"), "café");
  EXPECT_EQ(Decode("\x80 5", "text/html; charset=iso-8859-1"), "€ 5");
  EXPECT_EQ(Decode(std::string_view("\xff\xfe\x41\x00\xe9\x00", 6)), "Aé");
  EXPECT_EQ(Decode("\x82\xa0", "text/html; charset=shift_jis"), "あ");
  EXPECT_EQ(Decode("a\xff!", "text/html; charset=utf-8"), "a\xef\xbf\xbd!");
  EXPECT_EQ(Decode("\xef\xbb\xbfx"), "x");
  EXPECT_EQ(CodeOf(DecodeText("x", "klingon").status()), ErrorCode::kNotSupported);
}

TEST(Charset, MediaTypesHaveNoParameters) {
  EXPECT_EQ(MediaTypeOf(" Text/HTML ; charset=x"), "text/html");
  EXPECT_EQ(MediaTypeOf(""), "");
}

}  // namespace
}  // namespace tarn::ingest::web
