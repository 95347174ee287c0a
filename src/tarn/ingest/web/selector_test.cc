#include "tarn/ingest/web/selector.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/node_text.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::web {
namespace {

constexpr char kPage[] = R"(<!doctype html><title>t</title>
<div id=top class="a b" data-id=1><p>one</p><p class="x y" lang="en-GB">two</p>
<p>three <b>bold</b></p></div>
<ul><li>1<li class=s>2<li>3<li>4<ul><li>4.1</ul></ul>
<a href="https://example.org/a.pdf" title="A B">pdf</a><span></span>)";

/// Texts of what is selected, parted by '|'.
std::string Select(std::string_view selector, std::string_view html = kPage) {
  const Result<Document> page = ParseHtml(html);
  const Result<Selector> parsed = Selector::Parse(selector);
  if (!parsed.ok()) {
    return "(error)";
  }
  const auto ids = parsed->Select(*page, 0);
  if (!ids.ok()) {
    return "(error)";
  }
  std::string texts;
  for (const NodeId id : *ids) {
    texts += (texts.empty() ? "" : "|") + TextOf(*page, id, {});
  }
  return texts;
}

struct Case {
  const char* selector;
  const char* texts;
};

constexpr Case kCases[] = {
    {"p", "one|two|three bold"},
    {"#top > p.x.y", "two"},
    {"DIV P B", "bold"},
    {"[data-id]", "one two three bold"},
    {"[data-id='1'] p:first-child", "one"},
    {"[lang|=en]", "two"},
    {"[class~=y]", "two"},
    {"a[href^=\"https:\"][href$='.pdf'][href*=example]", "pdf"},
    {"[title=\"a b\" i]", "pdf"},
    {"[title=\"a b\"]", ""},
    {"p:nth-child(2)", "two"},
    {"p:nth-child(odd)", "one|three bold"},
    {"body > ul > li:nth-child(2n)", "2|4 4.1"},
    {"body > ul > li:nth-child(-n+2)", "1|2"},
    {"body > ul > li:nth-last-child(2)", "3"},
    {"li:last-child", "4 4.1|4.1"},
    {"li li", "4.1"},
    {"li:only-child", "4.1"},
    {"li.s + li", "3"},
    {"li.s ~ li", "3|4 4.1"},
    {"li:not(.s):not(:has(ul))", "1|3|4.1"},
    {"p:has(> b)", "three bold"},
    {"p:has(+ .x)", "one"},
    {":is(b, #top p.x)", "two|bold"},
    {"p:contains(\"thr\")", "three bold"},
    {"p:last-of-type, a:first-of-type", "three bold|pdf"},
    {"span:empty", ""},
    {"b , p.x", "two|bold"},
};

TEST(Selector, FindsWhatIsMeant) {
  for (const Case& c : kCases) {
    EXPECT_EQ(Select(c.selector), c.texts) << c.selector;
  }
}

TEST(Selector, RefusesWhatIsNone) {
  for (const char* text : {"", " ", "p >", "> p", "p,,b", "[x", "[x=]", "p:nope",
                           "p:nth-child(x)", "a:not(", ".", "#", "p)", "p:contains(x)"}) {
    EXPECT_ERROR(Selector::Parse(text), ErrorCode::kInvalidArgument, "CSS selector");
  }
}

TEST(Selector, IsStoppedOnPagesThatTakeForever) {
  std::string page;
  for (int i = 0; i < 2000; ++i) {
    page += "<i>";
  }
  EXPECT_EQ(Select("i i i i i i i i i i p", page + "<p>x</p>"), "x");
  EXPECT_EQ(Select("u i i i i i i i i i p", page + "<p>x</p>"), "(error)");
}

TEST(NodeText, IsWhatAPersonReads) {
  EXPECT_EQ(Select("p",
                   "<p> a&nbsp;b\n c<br>d <script>x</script><span "
                   "style='display: none'>key</span><b>e</b>f&amp;g</p>"),
            "a b c d ef&g");
  EXPECT_EQ(Select("td",
                   "<table><td>5<sup class=reference><a "
                   "href='#cite'>[1]</a></sup> m<sup>2</sup>"),
            "5 m2");
  EXPECT_EQ(Select("div", "<div>a<div>b</div>c</div>"), "a b c|b");
}

TEST(HtmlDocument, HasLimits) {
  std::string deep;
  for (int i = 0; i < 4000; ++i) {
    deep += "<div>";
  }
  EXPECT_ERROR(ParseHtml(deep), ErrorCode::kResourceLimit, "deep");
  std::string list;
  for (int i = 0; i < 4000; ++i) {
    list += "<li>x<br><p>y";
  }
  EXPECT_TRUE(ParseHtml(list).ok());
  std::string unclosed;
  for (int i = 0; i < 5000; ++i) {
    unclosed += "<td>";  // nest in SVG only
  }
  EXPECT_ERROR(ParseHtml("<svg>" + unclosed), ErrorCode::kResourceLimit, "deep");
  EXPECT_TRUE(ParseHtml("<table>" + unclosed).ok());
  std::string whole;
  for (int i = 0; i < 4000; ++i) {
    whole += "<div/>";
  }
  EXPECT_ERROR(ParseHtml(whole), ErrorCode::kResourceLimit, "deep");
  std::string shapes;
  for (int i = 0; i < 4000; ++i) {
    shapes += "<g/>";
  }
  EXPECT_TRUE(ParseHtml("<svg>" + shapes + "</svg>").ok());
  std::string script;
  for (int i = 0; i < 4000; ++i) {
    script += "if (i<n) x = '<div><p>y<\\/div>';";
  }
  EXPECT_TRUE(ParseHtml("<script>" + script + "</script><p>x").ok());
  EXPECT_ERROR(ParseHtml("<svg><script>" + std::string(120'000, '<') + deep + deep +
                         deep + deep + deep + deep + deep + deep),
               ErrorCode::kResourceLimit, "deep");
}

TEST(XmlDocument, IsRead) {
  ASSERT_OK_AND_ASSIGN(
      const Document page,
      ParseXml("<?xml version='1.0'?><r xmlns:g='u'><item id='1'>a &amp; "
               "b<g:x>1</g:x></item><Item/></r>"));
  ASSERT_OK_AND_ASSIGN(const Selector selector, Selector::Parse("item"));
  ASSERT_OK_AND_ASSIGN(const auto ids, selector.Select(page, 0));
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(*page.Attribute(ids[0], "id"), "1");
  EXPECT_EQ(TextOf(page, ids[0], {}), "a & b 1");
}

TEST(XmlDocument, ReadsNothingElse) {
  EXPECT_ERROR(ParseXml("<a><b></a>"), ErrorCode::kInvalidData, "line 1");
  EXPECT_ERROR(ParseXml(""), ErrorCode::kInvalidData, "XML");
  const auto page = ParseXml(
      "<!DOCTYPE r [<!ENTITY f SYSTEM 'file:///etc/passwd'><!ENTITY a 'aaaaaaaaaa'>"
      "<!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><r>&f;&b;</r>");
  if (page.ok()) {
    EXPECT_EQ(TextOf(*page, 0, {}), "");
  }
}

}  // namespace
}  // namespace tarn::ingest::web
