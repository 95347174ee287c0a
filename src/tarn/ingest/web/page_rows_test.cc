#include "tarn/ingest/web/page_rows.h"

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::web {
namespace {

/// "a|b / 1|2 / 3|" : names and rows.
std::string Show(const RowSet& rows) {
  std::string text;
  for (const std::string& name : rows.names()) {
    text += (text.empty() ? "" : "|") + name;
  }
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    text += " / ";
    for (size_t i = 0; i < rows.names().size(); ++i) {
      const auto& column = rows.column(i);
      text += (i == 0 ? "" : "|") + (static_cast<size_t>(row) < column.size()
                                         ? column[static_cast<size_t>(row)].text
                                         : "");
    }
  }
  return text;
}

std::string Rows(const std::string& html, const std::string& selector,
                 PageRowsOptions options = {}) {
  RowSet rows(int64_t{16} << 20);
  options.base_url = "http://h/dir/page";
  const Document page = *ParseHtml(html);
  const auto found = AddHtmlRows(page, *Selector::Parse(selector), options, &rows);
  return found.ok() ? Show(rows) : "(error)";
}

TEST(PageRows, MarksOfFootnotesAreNoText) {
  for (const char* mark :
       {"<sup class=reference>1</sup>", "<sup><a href='#n'>1</a></sup>", "<sup>[b]</sup>",
        "<a href='#n'><b>[note 2]</b></a>"}) {
    EXPECT_EQ(Rows("<table><tr><th>a<tr><td>5" + std::string(mark) + "</table>", "table"),
              "a / 5")
        << mark;
  }
  for (const char* text : {"<sup>2</sup>", "<a href='#n'>2</a>", "<a href='/n'>[2]</a>",
                           "[2]", "<sup>[]</sup>", "<sup>[a][b]</sup>"}) {
    EXPECT_NE(Rows("<table><tr><th>a<tr><td>5" + std::string(text) + "</table>", "table"),
              "a / 5")
        << text;
  }
}

TEST(PageRows, TablesHaveHeads) {
  EXPECT_EQ(Rows("<table><thead><tr><td>a<td>b</thead><tr><td>1<td>2</table>", "table"),
            "a|b / 1|2");
  EXPECT_EQ(Rows("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "table"), "a|b / 1|2");
  EXPECT_EQ(Rows("<table><tr><th>x<td>1<tr><th>y<td>2</table>", "table"),
            "column_1|column_2 / x|1 / y|2");
  EXPECT_EQ(
      Rows("<table><tr><td>a<td>b<tr><td>1<td>2</table>", "table", {.header = true}),
      "a|b / 1|2");
  EXPECT_EQ(
      Rows("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "table", {.header = false}),
      "column_1|column_2 / a|b / 1|2");
}

TEST(PageRows, HeadsOfSeveralRowsAreJoined) {
  EXPECT_EQ(Rows("<table><tr><th colspan=3>Countries<tr><th rowspan=2>Name<th "
                 "colspan=2>Population<tr><th>2010<th>2020<tr><td>X<td>1<td>2</table>",
                 "table"),
            "Name|Population 2010|Population 2020 / X|1|2");
}

TEST(PageRows, SpansAreSpreadOut) {
  EXPECT_EQ(Rows("<table><tr><th>a<th>b<th>c<tr><td rowspan=2>1<td colspan=2>2<tr>"
                 "<td>3<td rowspan=9>4<tr><td>5<td>6</table>",
                 "table"),
            "a|b|c / 1|2|2 / 1|3|4 / 5|6|4");
  EXPECT_EQ(Rows("<table><tr><th>a<th>b<tbody><tr><td rowspan=0>1<td>2<tr><td>3"
                 "<tbody><tr><td>4<td>5</table>",
                 "table"),
            "a|b / 1|2 / 1|3 / 4|5");
  EXPECT_EQ(
      Rows("<table><tr><td colspan=99999999 rowspan=-1>x</table>", "table").substr(0, 17),
      "column_1|column_2");
}

TEST(PageRows, RowsAreOfAnyLength) {
  EXPECT_EQ(Rows("<table><tr><th>a<th>a<th><tr><td>1<tr><td>1<td>2<td>3<td>4<tr>"
                 "<td><td></table>",
                 "table"),
            "a|a 2|column_3|column_4 / 1||| / 1|2|3|4");
}

TEST(PageRows, HeadingsAmongRowsAreLeftOut) {
  EXPECT_EQ(Rows("<table><tr><th>a<th>b<tr><th colspan=2>Part one<tr><td>1<td>2<tr>"
                 "<th>a<th>b<tr><td>3<td>4</table>",
                 "table"),
            "a|b / 1|2 / 3|4");
}

TEST(PageRows, TablesWithinTablesAreApart) {
  const std::string html =
      "<table id=o><tr><th>a<tr><td>x<table><tr><th>b<tr><td>1</table></table>";
  EXPECT_EQ(Rows(html, "#o"), "a / x b 1");
  EXPECT_EQ(Rows(html, "#o table"), "b / 1");
}

TEST(PageRows, TablesOfTheSameColumnsAreOne) {
  const std::string html =
      "<table><caption>One</caption><tr><th>a<tr><td>1</table><table><tr><th>z<tr><td>9"
      "</table><table><caption>Two</caption><tr><th>a<tr><td>2</table>";
  EXPECT_EQ(Rows(html, "table"), "a|table_caption / 1|One / 2|Two");
  EXPECT_EQ(Rows(html, "table", {.index = 1}), "z / 9");
  RowSet rows(1 << 20);
  ASSERT_OK_AND_ASSIGN(
      const PageFindings findings,
      AddHtmlRows(*ParseHtml(html), *Selector::Parse("table"), {}, &rows));
  EXPECT_EQ(findings.matched, 3);
  EXPECT_EQ(findings.left_out, 1);
}

TEST(PageRows, RowsOfATableCanBeChosen) {
  EXPECT_EQ(
      Rows("<table><tr><th>a<th>b<tr class=r><td>1<td>2<tr><td>3<td>4</table>", "tr.r"),
      "a|b / 1|2");
}

TEST(PageRows, LinksBecomeColumns) {
  EXPECT_EQ(Rows("<table><tr><th>a<th>b<tr><td><a href=x>1</a><td>2</table>", "table",
                 {.keeps_links = true}),
            "a|b|a_href / 1|2|http://h/dir/x");
}

TEST(PageRows, ListsAndBlocks) {
  EXPECT_EQ(Rows("<ul><li>one<li><a href='/2'>two</a><li></ul>", "ul li"),
            "text|href / one| / two|http://h/2");
  EXPECT_EQ(Rows("<div class=data-row data-id=7><h3 class='title big'><a href=t7>T</a>"
                 "</h3><div class=box><span class=price>$5</span><span class=tag>x</span>"
                 "<span class=tag>y</span></div><img src=i.png></div>",
                 ".data-row"),
            "data-id|title|title_href|price|tag|src / "
            "7|T|http://h/dir/t7|$5|x; y|http://h/dir/i.png");
  EXPECT_EQ(Rows("<p data-id=1>a<p data-id=2>b", "[data-id]"),
            "data-id|text / 1|a / 2|b");
}

TEST(PageRows, FieldsSayWhatColumnsAre) {
  PageRowsOptions options;
  options.fields = {*Field::Parse("title", "h3 a"), *Field::Parse("link", "h3 a@href"),
                    *Field::Parse("id", "@data-id"), *Field::Parse("all", ".")};
  EXPECT_EQ(Rows("<div data-id=3><h3><a href=/x>T</a></h3>rest</div>", "div",
                 std::move(options)),
            "title|link|id|all / T|http://h/x|3|T rest");
  EXPECT_ERROR(Field::Parse("x", "a@"), ErrorCode::kInvalidArgument, "attribute");
  EXPECT_ERROR(Field::Parse("x", "a["), ErrorCode::kInvalidArgument, "selector");
  EXPECT_EQ(Field::Parse("x", "a[href='u@v']")->attribute, "");
}

TEST(XmlRows, FeedsAndOthers) {
  const Document feed = *ParseXml(
      "<rss><channel><title>Feed</title><item><title>A &amp; B</title><guid "
      "isPermaLink='false'>1</guid><media:thumb "
      "xmlns:media='m' url='u'/></item><item><title><![CDATA[<C>]]></title>"
      "<a><b>2</b></a></item></channel></rss>");
  EXPECT_EQ(RowElementOf(feed), "item");
  RowSet rows(1 << 20);
  ASSERT_OK_AND_ASSIGN(const PageFindings findings,
                       AddXmlRows(feed, *Selector::Parse("item"), {}, &rows));
  EXPECT_EQ(findings.matched, 2);
  EXPECT_EQ(Show(rows),
            "title|guid|guid_isPermaLink|media:thumb_url|a_b / A & B|1|false|u| / "
            "<C>||||2");
  EXPECT_EQ(RowElementOf(*ParseXml("<r><h/><x/><y/><x/></r>")), "x");
}

}  // namespace
}  // namespace tarn::ingest::web
