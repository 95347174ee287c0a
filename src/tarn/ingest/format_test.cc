#include "tarn/ingest/format.h"

#include "tarn/testing/status_matchers.h"

namespace tarn::ingest {
namespace {

struct Case {
  std::string_view input;
  Format format;
};

TEST(Format, ByExtension) {
  using namespace std::string_view_literals;
  constexpr Case kCases[] = {
      {"a.csv", Format::kCsv},       {"/x/A.CSV.GZ", Format::kCsv},
      {"a.tsv.zst", Format::kCsv},   {"a.ndjson", Format::kJson},
      {"a.jsonl.gz", Format::kJson}, {"a.parquet", Format::kParquet},
      {"a.orc", Format::kOrc},       {"a.avro", Format::kAvro},
      {"a.feather", Format::kArrow}, {"https://h/p/a.csv?sig=x.json#y", Format::kCsv},
      {"/x/a.csv?", Format::kAuto},  {"parquet", Format::kAuto},
      {"a.gz", Format::kAuto},       {"a.xlsx", Format::kExcel},
      {"a.xml.bz2", Format::kXml},   {"a.csv.xz", Format::kCsv},
      {"a.zip", Format::kAuto},      {"a.xls", Format::kAuto},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.input);
    EXPECT_EQ(FormatName(FormatByExtension(c.input)), FormatName(c.format));
  }
}

TEST(Format, ByContent) {
  using namespace std::string_view_literals;
  constexpr Case kCases[] = {
      {"PAR1....", Format::kParquet},
      {"ORC\x08", Format::kOrc},
      {"Obj\x01\x04"sv, Format::kAvro},
      {"ARROW1\0\0"sv, Format::kArrow},
      {"\xff\xff\xff\xff\x10"sv, Format::kArrow},
      {"  \n[{\"a\": 1}]", Format::kJson},
      {"\xef\xbb\xbf{\"a\": 1}", Format::kJson},
      {"id,name\n1,é\n", Format::kCsv},
      {"\xef\xbb\xbf<?xml version='1.0'?>", Format::kXml},
      {"PK\x03\x04..[Content_Types].xml", Format::kExcel},
      {"PK\x03\x04..a.csv", Format::kAuto},
      {"", Format::kAuto},
      {" \n", Format::kAuto},
      {"\x7f"
       "ELF\x02\x00\x00"sv,
       Format::kAuto},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.input);
    EXPECT_EQ(FormatName(FormatByContent(c.input)), FormatName(c.format));
  }
}

TEST(Format, NamesGoBothWays) {
  for (const Format format :
       {Format::kCsv, Format::kJson, Format::kParquet, Format::kOrc, Format::kAvro,
        Format::kArrow, Format::kXml, Format::kExcel}) {
    ASSERT_OK_AND_ASSIGN(const Format back, FormatFromName(FormatName(format)));
    EXPECT_EQ(back, format);
    EXPECT_EQ(FormatByExtension("x" + std::string(ExtensionOf(format))), format);
  }
  EXPECT_ERROR(FormatFromName("xls"), ErrorCode::kInvalidArgument, "csv, json, parquet");
}

}  // namespace
}  // namespace tarn::ingest
