// What the options make of the files: seen in footers, pages and values read back.
#include <set>

#include <gmock/gmock.h>
#include <parquet/bloom_filter.h>
#include <parquet/bloom_filter_reader.h>
#include <parquet/column_page.h>
#include <parquet/page_index.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using ::testing::Contains;
using ::testing::Not;

class ColumnEncodingsTest : public TableWriterTest {
 protected:
  Result<iceberg::DataFile> Write(const std::shared_ptr<arrow::RecordBatch>& rows,
                                  TableWriterOptions defaults = {}) {
    ARROW_ASSIGN_OR_RAISE(auto options,
                          TableWriterOptionsFor(*metadata_, std::move(defaults)));
    ARROW_ASSIGN_OR_RAISE(const auto files, WriteAll({rows}, options));
    return files.at(0);
  }

  std::unique_ptr<parquet::ParquetFileReader> Open(const iceberg::DataFile& file) {
    return parquet::ParquetFileReader::Open(*io_.OpenInput(file.file_path));
  }

  std::shared_ptr<arrow::RecordBatch> Longs(int64_t count, int64_t distinct) {
    arrow::Int64Builder values;
    for (int64_t i = 0; i < count; ++i) {
      EXPECT_OK(values.Append(i % distinct));
    }
    return arrow::RecordBatch::Make(ArrowSchema(), count, {*values.Finish()});
  }
};

std::set<parquet::Encoding::type> EncodingsOf(const parquet::FileMetaData& footer,
                                              int column) {
  const auto chunk = footer.RowGroup(0)->ColumnChunk(column);
  return {chunk->encodings().begin(), chunk->encodings().end()};
}

TEST_F(ColumnEncodingsTest, EveryEncodingOfEveryTypeIsReadBack) {
  struct Case {
    Type type;
    const char* values;  // three, as Arrow's JSON has them
    parquet::Encoding::type delta = parquet::Encoding::UNDEFINED;
  };
  const Case cases[] = {
      {Type::Int(), R"(1, -2147483648, 7)", parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::Long(), R"(1, -9223372036854775808, 7)",
       parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::Float(), R"(1.5, -0.25, 1e30)"},
      {Type::Double(), R"(1.5, -0.25, 1e300)"},
      {Type::Decimal(9, 2), R"("1.25", "-9999999.99", "0.00")",
       parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::Decimal(18, 0), R"("1", "-999999999999999999", "0")",
       parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::Decimal(38, 3), R"("1.250", "-99999999999999999999.000", "0.000")"},
      {Type::Date(), R"(0, -700000, 20000)", parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::Time(), R"(0, 1, 86399999999)", parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::Timestamp(), R"(0, -1, 1700000000000000)",
       parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::TimestampTz(), R"(0, -1, 1700000000000000)",
       parquet::Encoding::DELTA_BINARY_PACKED},
      {Type::String(), R"("", "prefix one", "prefix two")",
       parquet::Encoding::DELTA_BYTE_ARRAY},
      {Type::Binary(), R"("", "prefix one", "prefix two")",
       parquet::Encoding::DELTA_BYTE_ARRAY},
      {Type::Fixed(3), R"("abc", "xyz", "   ")"},
      {Type::Uuid(), R"("0123456789abcdef", "                ", "zzzzzzzzzzzzzzzz")"},
  };
  for (const Case& c : cases) {
    for (const Encoding encoding : storage::EncodingsOf(c.type)) {
      for (const char* version : {"v1", "v2"}) {
        SCOPED_TRACE(c.type.ToString() + " " + std::string(ToString(encoding)) + " " +
                     version);
        MakeTable({Column(1, "v", c.type)}, {},
                  {{"write.parquet.encoding.column.v", std::string(ToString(encoding))},
                   {"write.parquet.page-version", version}});
        const auto values = arrow::json::ArrayFromJSONString(
            ArrowSchema()->field(0)->type(), std::string("[null, ") + c.values + "]");
        ASSERT_OK(values.status());
        const auto rows = arrow::RecordBatch::Make(ArrowSchema(), 4, {*values});
        ASSERT_OK_AND_ASSIGN(const auto file, Write(rows));
        EXPECT_TRUE(Read(file)->column(0)->chunk(0)->Equals(*rows->column(0)));
        const auto used = EncodingsOf(*Footer(file), 0);
        EXPECT_THAT(used, Not(Contains(parquet::Encoding::RLE_DICTIONARY)));
        switch (encoding) {
          case Encoding::kPlain:
            EXPECT_THAT(used, Contains(parquet::Encoding::PLAIN));
            break;
          case Encoding::kDelta:
            EXPECT_THAT(used, Contains(c.delta));
            break;
          case Encoding::kDeltaLength:
            EXPECT_THAT(used, Contains(parquet::Encoding::DELTA_LENGTH_BYTE_ARRAY));
            break;
          case Encoding::kByteStreamSplit:
            EXPECT_THAT(used, Contains(parquet::Encoding::BYTE_STREAM_SPLIT));
            break;
        }
      }
    }
  }
}

TEST_F(ColumnEncodingsTest, ColumnsInsideOfNestedOnes) {
  const std::string codec = "write.parquet.compression-codec.column.";
  MakeTable({Column(1, "a", Type::Struct({Column(0, "b", Type::Long())})),
             Column(2, "l", Type::List(0, Type::Long(), false)),
             Column(3, "m", Type::Map(0, Type::String(), 0, Type::Double(), false))},
            {},
            {{codec + "a.b", "zstd"},
             {codec + "l.element", "gzip"},
             {codec + "m.key", "none"},
             {codec + "m.value", "lz4"},
             {"write.parquet.encoding.column.l.element", "delta"},
             {"write.parquet.stats-enabled.column.m", "false"}});
  const auto rows = Rows(R"([[[1], [1, 2, null], [["k", 1.5]]], [null, null, null],
                             [[null], [], []]])");
  ASSERT_OK_AND_ASSIGN(const auto file, Write(rows));
  const auto footer = Footer(file);
  const auto group = footer->RowGroup(0);
  EXPECT_EQ(group->ColumnChunk(0)->compression(), arrow::Compression::ZSTD);
  EXPECT_EQ(group->ColumnChunk(1)->compression(), arrow::Compression::GZIP);
  EXPECT_EQ(group->ColumnChunk(2)->compression(), arrow::Compression::UNCOMPRESSED);
  EXPECT_EQ(group->ColumnChunk(3)->compression(), arrow::Compression::LZ4);
  EXPECT_THAT(EncodingsOf(*footer, 1), Contains(parquet::Encoding::DELTA_BINARY_PACKED));
  EXPECT_TRUE(group->ColumnChunk(1)->is_stats_set());
  EXPECT_FALSE(group->ColumnChunk(2)->is_stats_set());
  EXPECT_FALSE(group->ColumnChunk(3)->is_stats_set());
  EXPECT_EQ(Read(file)->num_rows(), 3);
}

TEST_F(ColumnEncodingsTest, ALevelOfTheTableIsNotThatOfAnotherCodec) {
  MakeTable({Column(1, "a", Type::Long()), Column(2, "b", Type::Long())}, {},
            {{"write.parquet.compression-codec", "zstd"},
             {"write.parquet.compression-level", "19"},
             {"write.parquet.compression-codec.column.b", "gzip"}});
  const auto values = Longs(1000, 1000)->column(0);
  ASSERT_OK_AND_ASSIGN(const auto file, Write(arrow::RecordBatch::Make(
                                            ArrowSchema(), 1000, {values, values})));
  EXPECT_EQ(Footer(file)->RowGroup(0)->ColumnChunk(1)->compression(),
            arrow::Compression::GZIP);
  EXPECT_EQ(Read(file)->num_rows(), 1000);
}

TEST_F(ColumnEncodingsTest, PagesEndBySizeAndRows) {
  const auto pages = [&](Properties properties) {
    properties["write.parquet.encoding.column.v"] = "plain";
    MakeTable({Column(1, "v", Type::Long())}, {}, std::move(properties));
    const auto file = Write(Longs(50'000, 50'000));
    EXPECT_TRUE(file.ok()) << file.status().ToString();
    const auto reader = Open(*file);
    const auto index = reader->GetPageIndexReader()->RowGroup(0)->GetOffsetIndex(0);
    return static_cast<int>(index->page_locations().size());
  };
  EXPECT_EQ(pages({}), 3);  // 20 000 rows
  EXPECT_EQ(pages({{"write.parquet.page-row-limit", "1000"}}), 50);
  const int by_size = pages({{"write.parquet.page-size-bytes", "16384"}});
  EXPECT_GT(by_size, 20);
  EXPECT_LT(by_size, 30);
}

TEST_F(ColumnEncodingsTest, ADictionaryHasItsLimit) {
  const auto used = [&](Properties properties) {
    MakeTable({Column(1, "v", Type::Long())}, {}, std::move(properties));
    const auto file = Write(Longs(50'000, 5'000));
    EXPECT_TRUE(file.ok()) << file.status().ToString();
    const auto chunk = Footer(*file)->RowGroup(0)->ColumnChunk(0);
    int plain = 0;
    int dictionary = 0;
    for (const auto& stats : chunk->encoding_stats()) {
      if (stats.page_type == parquet::PageType::DATA_PAGE) {
        (stats.encoding == parquet::Encoding::PLAIN ? plain : dictionary) += stats.count;
      }
    }
    return std::pair(dictionary > 0, plain > 0);
  };
  EXPECT_EQ(used({}), std::pair(true, false));
  EXPECT_EQ(used({{"write.parquet.dict-size-bytes", "8000"}}), std::pair(true, true));
  EXPECT_EQ(used({{"write.parquet.dict-encoding-enabled.column.v", "false"}}),
            std::pair(false, true));
}

TEST_F(ColumnEncodingsTest, BloomFiltersFindWhatIsThereAndKeepTheirLimit) {
  const auto filter_of = [&](const iceberg::DataFile& file) {
    auto reader = Open(file);
    return reader->GetBloomFilterReader().RowGroup(0)->GetColumnBloomFilter(0);
  };
  const auto write = [&](Properties properties) {
    MakeTable({Column(1, "v", Type::Long())}, {}, std::move(properties));
    auto file = Write(Longs(30'000, 30'000));
    EXPECT_TRUE(file.ok()) << file.status().ToString();
    return *std::move(file);
  };
  const std::string enabled = "write.parquet.bloom-filter-enabled.column.v";
  EXPECT_EQ(filter_of(write({})), nullptr);
  const auto file = write({{enabled, "true"}});
  const auto filter = filter_of(file);
  ASSERT_NE(filter, nullptr);
  int wrong = 0;
  for (int64_t i = 0; i < 30'000; ++i) {
    ASSERT_TRUE(filter->FindHash(filter->Hash(i)));
    wrong += filter->FindHash(filter->Hash(i + 1'000'000)) ? 1 : 0;
  }
  EXPECT_LT(wrong, 600);  // 1 %, with room
  EXPECT_LE(filter->GetBitsetSize(), 1U << 20);
  EXPECT_EQ(Read(file)->num_rows(), 30'000);

  const auto small = filter_of(
      write({{enabled, "true"}, {"write.parquet.bloom-filter-max-bytes", "4096"}}));
  EXPECT_LE(small->GetBitsetSize(), 4096U);
  EXPECT_TRUE(small->FindHash(small->Hash(int64_t{29'999})));
  const auto few = filter_of(
      write({{enabled, "true"}, {"write.parquet.bloom-filter-ndv.column.v", "100"}}));
  EXPECT_LE(few->GetBitsetSize(), 256U);
  EXPECT_TRUE(few->FindHash(few->Hash(int64_t{29'999})));
}

TEST_F(ColumnEncodingsTest, FiltersOfManyRowGroupsStayUntilTheFileEnds) {
  MakeTable({Column(1, "v", Type::Long())}, {},
            {{"write.parquet.bloom-filter-enabled.column.v", "true"}});
  TableWriterOptions defaults;
  defaults.parquet.row_group_rows_max = 1000;
  ASSERT_OK_AND_ASSIGN(const auto file, Write(Longs(10'000, 10'000), defaults));
  auto reader = Open(file);
  ASSERT_EQ(reader->metadata()->num_row_groups(), 10);
  for (int group = 0; group < 10; ++group) {
    const auto filter =
        reader->GetBloomFilterReader().RowGroup(group)->GetColumnBloomFilter(0);
    ASSERT_NE(filter, nullptr);
    EXPECT_TRUE(filter->FindHash(filter->Hash(int64_t{group} * 1000)));
  }
}

TEST_F(ColumnEncodingsTest, WithoutStatisticsCountsAndBoundsAreLeftOut) {
  MakeTable({Column(1, "v", Type::Long()), Column(2, "w", Type::Long())}, {},
            {{"write.parquet.stats-enabled.column.v", "false"}});
  ASSERT_OK_AND_ASSIGN(const auto file, Write(Rows("[[1, 1], [null, 2], [3, null]]")));
  ASSERT_EQ(file.columns.size(), 2U);
  EXPECT_EQ(file.columns[0].value_count, 3);
  EXPECT_EQ(file.columns[0].null_count, std::nullopt);
  EXPECT_EQ(file.columns[0].lower_bound, std::nullopt);
  EXPECT_EQ(file.columns[1].null_count, 1);
  EXPECT_NE(file.columns[1].lower_bound, std::nullopt);
  EXPECT_EQ(Read(file)->num_rows(), 3);
}

}  // namespace
}  // namespace tarn::storage
