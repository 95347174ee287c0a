#include "tarn/ingest/web/value_types.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/web/scrape_source.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::web {
namespace {

std::vector<Cell> Cells(const std::vector<std::string>& texts,
                        Cell::Kind kind = Cell::Kind::kText) {
  std::vector<Cell> cells;
  for (const std::string& text : texts) {
    cells.push_back(text.empty() ? Cell{} : Cell{kind, text});
  }
  return cells;
}

/// "int64: 1 2 null".
std::string Typed(const std::vector<std::string>& texts,
                  Cell::Kind kind = Cell::Kind::kText) {
  const std::vector<Cell> cells = Cells(texts, kind);
  const ColumnPlan plan = PlanColumn(cells);
  const auto array = BuildColumn(plan, cells, 0, static_cast<int64_t>(cells.size()));
  if (!array.ok()) {
    return array.status().message();
  }
  std::string text = (*array)->type()->ToString() + ":";
  for (int64_t i = 0; i < (*array)->length(); ++i) {
    text += " " + (*(*array)->GetScalar(i))->ToString();
  }
  return text;
}

struct Case {
  std::vector<std::string> texts;
  std::string typed;
};

TEST(ValueTypes, OfTextAreWhatAllRowsAre) {
  const Case cases[] = {
      {{"1", "-2", "", "–"}, "int64: 1 -2 null null"},
      {{"1,234", "12", "1,234,567"}, "int64: 1234 12 1234567"},
      {{"1.234.567", "5"}, "int64: 1234567 5"},
      {{"1 234", "5"}, "int64: 1234 5"},
      {{"1,5", "2"}, "double: 1.5 2"},
      {{"1.234,50", "2"}, "double: 1234.5 2"},
      {{"1.50", "2"}, "double: 1.5 2"},
      {{"0.5",
        "\xe2\x88\x92"
        "3"},
       "double: 0.5 -3"},
      {{"007", "1"}, "string: 007 1"},
      {{"+49123", "1"}, "string: +49123 1"},
      {{"1,23,4", "1"}, "string: 1,23,4 1"},
      {{"1,5", "1,234.5"}, "string: 1,5 1,234.5"},
      {{"12345678901234567890"}, "decimal128(38, 0): 12345678901234567890"},
      {{"12.5 %", "+3%"}, "double: 12.5 3"},
      {{"12%", "3"}, "string: 12% 3"},
      {{"$1,234.5", "$ 2"}, "decimal128(18, 2): 1234.50 2.00"},
      {{"5 EUR", "n/a"}, "decimal128(18, 2): 5.00 null"},
      {{"true", "False"}, "bool: true false"},
      {{"yes", "no"}, "string: yes no"},
      {{"2024-02-29", "1 March 2024", "Mar 2, 2024"},
       "date32[day]: 2024-02-29 2024-03-01 2024-03-02"},
      {{"3/4/2024", "5/6/2024"}, "string: 3/4/2024 5/6/2024"},
      {{"3/4/2024", "25/6/2024"}, "date32[day]: 2024-04-03 2024-06-25"},
      {{"3/14/2024", "5/6/2024"}, "date32[day]: 2024-03-14 2024-05-06"},
      {{"2023-02-29"}, "string: 2023-02-29"},
      {{"2024-03-01T12:00:00Z", "2024-03-01T14:00:00.5+02:00"},
       "timestamp[us, tz=UTC]: 2024-03-01 12:00:00.000000Z 2024-03-01 "
       "12:00:00.500000Z"},
      {{"2024-03-01 12:00"}, "timestamp[us]: 2024-03-01 12:00:00.000000"},
      {{"Fri, 01 Mar 2024 12:00:00 GMT"},
       "timestamp[us, tz=UTC]: 2024-03-01 12:00:00.000000Z"},
      {{"2024-03-01T12:00:00Z", "2024-03-01T12:00:00"},
       "string: 2024-03-01T12:00:00Z 2024-03-01T12:00:00"},
      {{"-", "n/a"}, "string: - n/a"},
      {{"a", "-"}, "string: a -"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Typed(c.texts), c.typed) << c.texts.front();
  }
}

TEST(ValueTypes, OfJsonAreItsOwn) {
  EXPECT_EQ(Typed({"1", "9007199254740993"}, Cell::Kind::kNumber),
            "int64: 1 9007199254740993");
  EXPECT_EQ(Typed({"1", "1.5", "1e3"}, Cell::Kind::kNumber), "double: 1 1.5 1000");
  EXPECT_EQ(Typed({"9007199254740993", "1.5"}, Cell::Kind::kNumber),
            "string: 9007199254740993 1.5");
  EXPECT_EQ(Typed({"true", ""}, Cell::Kind::kBool), "bool: true null");
  EXPECT_EQ(Typed({"12", "13"}, Cell::Kind::kString), "string: 12 13");
  EXPECT_EQ(Typed({"2024-03-01"}, Cell::Kind::kString), "date32[day]: 2024-03-01");
  std::vector<Cell> mixed = Cells({"1"}, Cell::Kind::kNumber);
  mixed.push_back({Cell::Kind::kString, "x"});
  EXPECT_EQ(PlanColumn(mixed).kind, ValueKind::kText);
}

TEST(ValueTypes, NamesAreCleanAndUnique) {
  EXPECT_EQ(ColumnNames({"GDP (US$ million)[2]", "Growth %", "", "a", "A", "ownerLogin",
                         "source_url", "größe", "data-id", "GDP_per_capita"},
                        {"source_url"}),
            (std::vector<std::string>{"gdp_us_million", "growth_percent", "column", "a",
                                      "a_2", "owner_login", "source_url_2", "größe",
                                      "data_id", "gdp_per_capita"}));
}

std::shared_ptr<const ScrapedRows> TwoPages() {
  ScrapedRows scraped{.rows = RowSet(1 << 20)};
  const size_t name = scraped.rows.ColumnOf("Name");
  const size_t price = scraped.rows.ColumnOf("Price");
  const size_t share = scraped.rows.ColumnOf("Share");
  for (const char* text : {"$5", "€6.25"}) {
    EXPECT_OK(scraped.rows.Add({{name, {Cell::Kind::kText, "1"}},
                                {price, {Cell::Kind::kText, text}},
                                {share, {Cell::Kind::kText, "7%"}}}));
  }
  scraped.pages = {{0, "http://h/1", 1, std::chrono::milliseconds(1)},
                   {1, "http://h/2", 2, std::chrono::milliseconds(2)}};
  return std::make_shared<const ScrapedRows>(std::move(scraped));
}

TEST(ScrapeSource, HasTypesAndLineage) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       MakeScrapeSource(TwoPages(), {.load_id = "job"}));
  EXPECT_EQ(source->schema()->ToString(),
            "name: int64\nprice: decimal128(18, 2)\nprice_currency: string\n"
            "share_percent: int64\nsource_url: string\n"
            "scraped_at: timestamp[us, tz=UTC]\npage_number: int32\nload_id: string");
  ASSERT_OK_AND_ASSIGN(const auto batch, source->Next());
  ASSERT_OK(batch->ValidateFull());
  EXPECT_EQ((*batch->column(2)->GetScalar(1))->ToString(), "€");
  EXPECT_EQ((*batch->column(4)->GetScalar(1))->ToString(), "http://h/2");
  EXPECT_EQ((*batch->column(6)->GetScalar(1))->ToString(), "2");
  ASSERT_OK_AND_ASSIGN(const auto end, source->Next());
  EXPECT_EQ(end, nullptr);
}

TEST(ScrapeSource, ReadsAsATableHasIt) {
  ASSERT_OK_AND_ASSIGN(const auto source,
                       MakeScrapeSource(TwoPages(), {.has_lineage = false}));
  ASSERT_OK(source->ReadAs(*arrow::schema(
      {arrow::field("NAME", arrow::utf8()), arrow::field("price", arrow::float64())})));
  EXPECT_EQ(source->schema()->field(0)->type()->ToString(), "string");
  EXPECT_EQ(source->schema()->field(1)->type()->ToString(), "double");
  ASSERT_OK_AND_ASSIGN(const auto batch, source->Next());
  EXPECT_EQ((*batch->column(1)->GetScalar(1))->ToString(), "6.25");
}

TEST(ScrapeSource, WithoutRowsThereIsNone) {
  ScrapedRows scraped{.rows = RowSet(1 << 20), .pages = {}, .note = "3 pages"};
  EXPECT_ERROR(
      MakeScrapeSource(std::make_shared<const ScrapedRows>(std::move(scraped)), {}),
      ErrorCode::kInvalidData, "3 pages");
}

}  // namespace
}  // namespace tarn::ingest::web
