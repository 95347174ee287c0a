#include "tarn/base/html_text.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(HtmlText, ShowsWhatItIsGiven) {
  EXPECT_EQ(HtmlText("<a href=\"x\">b & c</a> ü"),
            "&lt;a href=&quot;x&quot;&gt;b &amp; c&lt;/a&gt; ü");
  EXPECT_EQ(HtmlText(""), "");
}

}  // namespace
}  // namespace tarn
