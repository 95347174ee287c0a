// What a table's properties and the settings make of the encoder.
#include "tarn/storage/parquet_options.h"

#include <gmock/gmock.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using ::testing::ElementsAre;

TEST(Codecs, NamesAndLevels) {
  struct Case {
    const char* text;
    Codec codec;
    const char* shown;
  };
  const Case cases[] = {
      {"none", {Compression::kNone, {}}, "none"},
      {"UNCOMPRESSED", {Compression::kNone, {}}, "none"},
      {"Snappy", {Compression::kSnappy, {}}, "snappy"},
      {"zstd:22", {Compression::kZstd, 22}, "zstd:22"},
      {"gzip:1", {Compression::kGzip, 1}, "gzip:1"},
      {"brotli:0", {Compression::kBrotli, 0}, "brotli:0"},
      {"lz4_raw", {Compression::kLz4, {}}, "lz4"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    ASSERT_OK_AND_ASSIGN(const Codec codec, CodecFromString(c.text));
    EXPECT_EQ(codec, c.codec);
    EXPECT_EQ(ToString(codec), c.shown);
  }
  const std::pair<const char*, const char*> bad[] = {
      {"lzo", "none, snappy, gzip, zstd, brotli or lz4, got: lzo"},
      {"", "brotli or lz4, got: "},
      {"snappy:3", "Codec snappy has no levels, got: snappy:3"},
      {"zstd:23", "The level of codec zstd is a number from 1 to 22, got: 23"},
      {"zstd:", "a number from 1 to 22, got: "},
      {"gzip:0", "a number from 1 to 9, got: 0"},
      {"brotli:12", "a number from 0 to 11, got: 12"},
      {"zstd:3x", "got: 3x"},
  };
  for (const auto& [text, message] : bad) {
    SCOPED_TRACE(text);
    EXPECT_ERROR(CodecFromString(text), ErrorCode::kInvalidArgument, message);
  }
}

class ParquetOptionsTest : public TableWriterTest {
 protected:
  /// One column of each class, lists, maps and structs. Ids count from 1.
  void MakeWith(Properties properties) {
    Field zip = Column(0, "zip", Type::String());
    Field flag = Column(0, "flag", Type::Boolean());
    MakeTable({Column(1, "id", Type::Long()), Column(2, "name", Type::String()),
               Column(3, "price", Type::Double()), Column(4, "paid", Type::Boolean()),
               Column(5, "at", Type::TimestampTz()),
               Column(6, "address", Type::Struct({zip, flag})),
               Column(7, "tags", Type::List(0, Type::String(), false)),
               Column(8, "amounts",
                      Type::Map(0, Type::String(), 0, Type::Decimal(9, 2), false)),
               Column(9, "a.b", Type::Int())},
              {}, std::move(properties));
  }

  ColumnOptions Of(const TableWriterOptions& options, const std::string& name) {
    const Field* field = metadata_->schema().FindByName(name);
    EXPECT_NE(field, nullptr) << name;
    const auto it = options.parquet.columns.find(field->id);
    return it == options.parquet.columns.end() ? ColumnOptions{} : it->second;
  }
};

TEST_F(ParquetOptionsTest, NothingSaidIsIcebergsDefaults) {
  MakeWith({});
  ASSERT_OK_AND_ASSIGN(const auto options, TableWriterOptionsFor(*metadata_));
  EXPECT_EQ(options.parquet.codec, Codec{Compression::kSnappy});
  EXPECT_EQ(options.parquet.row_group_bytes_max, 128 << 20);
  EXPECT_EQ(options.parquet.page_bytes, 1 << 20);
  EXPECT_EQ(options.parquet.page_rows_max, 20'000);
  EXPECT_EQ(options.parquet.dictionary_bytes_max, 2 << 20);
  EXPECT_EQ(options.parquet.bloom_filter_bytes_max, 1 << 20);
  EXPECT_EQ(options.parquet.page_version, PageVersion::kV1);
  EXPECT_TRUE(options.parquet.columns.empty());
}

TEST_F(ParquetOptionsTest, OfTheWholeTable) {
  MakeWith({{"write.parquet.row-group-size-bytes", "1000000"},
            {"write.parquet.page-size-bytes", "4096"},
            {"write.parquet.page-row-limit", "100"},
            {"write.parquet.page-version", "v2"},
            {"write.parquet.dict-size-bytes", "10000"},
            {"write.parquet.bloom-filter-max-bytes", "65536"},
            {"write.parquet.compression-codec", "ZSTD"},
            {"write.parquet.compression-level", "7"},
            {"write.delete.parquet.compression-codec", "gzip"},
            {"write.delete.parquet.page-size-bytes", "2048"},
            {"write.delete.target-file-size-bytes", "777"}});
  ASSERT_OK_AND_ASSIGN(const auto options, TableWriterOptionsFor(*metadata_));
  EXPECT_EQ(options.parquet.row_group_bytes_max, 1'000'000);
  EXPECT_EQ(options.parquet.page_bytes, 4096);
  EXPECT_EQ(options.parquet.page_rows_max, 100);
  EXPECT_EQ(options.parquet.page_version, PageVersion::kV2);
  EXPECT_EQ(options.parquet.dictionary_bytes_max, 10'000);
  EXPECT_EQ(options.parquet.bloom_filter_bytes_max, 65'536);
  EXPECT_EQ(options.parquet.codec, (Codec{Compression::kZstd, 7}));
  ASSERT_OK_AND_ASSIGN(const auto deletes, DeleteWriterOptionsFor(*metadata_));
  EXPECT_EQ(deletes.parquet.codec, Codec{Compression::kGzip});
  EXPECT_EQ(deletes.parquet.page_bytes, 2048);
  EXPECT_EQ(deletes.parquet.page_rows_max, 100);
  EXPECT_EQ(deletes.file_bytes_max, 777);
}

TEST_F(ParquetOptionsTest, OfColumnsByIcebergsNames) {
  const std::string parquet = "write.parquet.";
  MakeWith({{parquet + "compression-codec", "zstd"},
            {parquet + "compression-level", "5"},
            {parquet + "compression-codec.column.name", "gzip"},
            {parquet + "compression-level.column.id", "9"},
            {parquet + "compression-codec.column.address", "none"},
            {parquet + "compression-codec.column.address.zip", "brotli"},
            {parquet + "compression-level.column.address.zip", "3"},
            {parquet + "encoding.column.id", "DELTA"},
            {parquet + "encoding.column.tags.element", "delta-length"},
            {parquet + "encoding.column.amounts.value", "delta"},
            {parquet + "dict-encoding-enabled.column.amounts.key", "False"},
            {parquet + "stats-enabled.column.price", "false"},
            {parquet + "bloom-filter-enabled.column.a.b", "true"},
            {parquet + "bloom-filter-fpp.column.a.b", "0.05"},
            {parquet + "bloom-filter-ndv.column.a.b", "5000"},
            {parquet + "bloom-filter-enabled.column.name", "true"},
            {parquet + "bloom-filter-enabled.column.paid", "false"},
            {parquet + "encoding.column.gone", "nonsense"}});
  ASSERT_OK_AND_ASSIGN(const auto options, TableWriterOptionsFor(*metadata_));
  EXPECT_EQ(Of(options, "id"), (ColumnOptions{.codec = Codec{Compression::kZstd, 9},
                                              .encoding = Encoding::kDelta}));
  EXPECT_EQ(Of(options, "name"), (ColumnOptions{.codec = Codec{Compression::kGzip},
                                                .bloom_filter = BloomFilterOptions{}}));
  EXPECT_EQ(Of(options, "address.zip"),
            (ColumnOptions{.codec = Codec{Compression::kBrotli, 3}}));
  EXPECT_EQ(Of(options, "address.flag"),
            ColumnOptions{.codec = Codec{Compression::kNone}});
  EXPECT_EQ(Of(options, "tags.element"),
            ColumnOptions{.encoding = Encoding::kDeltaLength});
  EXPECT_EQ(Of(options, "amounts.key"), ColumnOptions{.dictionary = false});
  EXPECT_EQ(Of(options, "amounts.value"), ColumnOptions{.encoding = Encoding::kDelta});
  EXPECT_EQ(Of(options, "price"), ColumnOptions{.statistics = false});
  EXPECT_EQ(Of(options, "a.b"),
            (ColumnOptions{.bloom_filter = BloomFilterOptions{0.05, 5000}}));
  EXPECT_EQ(Of(options, "at"), ColumnOptions{});
}

TEST_F(ParquetOptionsTest, SettingsBelowTheTablesProperties) {
  TableWriterOptions settings;
  settings.parquet.codec = {Compression::kZstd, 3};
  settings.parquet.codec_overrides = {{"text", {Compression::kGzip, {}}},
                                      {"numeric", {Compression::kBrotli, 4}},
                                      {"time", {Compression::kNone, {}}},
                                      {"address.zip", {Compression::kLz4, {}}},
                                      {"nobody", {Compression::kLz4, {}}}};
  MakeWith({{"write.parquet.compression-codec.column.tags", "snappy"}});
  ASSERT_OK_AND_ASSIGN(auto options, TableWriterOptionsFor(*metadata_, settings));
  EXPECT_EQ(options.parquet.codec, (Codec{Compression::kZstd, 3}));
  EXPECT_EQ(Of(options, "name").codec, Codec{Compression::kGzip});
  EXPECT_EQ(Of(options, "id").codec, (Codec{Compression::kBrotli, 4}));
  EXPECT_EQ(Of(options, "amounts.value").codec, (Codec{Compression::kBrotli, 4}));
  EXPECT_EQ(Of(options, "at").codec, Codec{Compression::kNone});
  EXPECT_EQ(Of(options, "address.zip").codec, Codec{Compression::kLz4});
  EXPECT_EQ(Of(options, "tags.element").codec, Codec{Compression::kSnappy});
  EXPECT_EQ(Of(options, "price").codec, std::nullopt);  // the default
  // A table that chooses its codec chooses it for all columns.
  MakeWith({{"write.parquet.compression-codec", "zstd"}});
  ASSERT_OK_AND_ASSIGN(options, TableWriterOptionsFor(*metadata_, settings));
  EXPECT_EQ(options.parquet.codec, (Codec{Compression::kZstd, 3}));
  EXPECT_TRUE(options.parquet.columns.empty());
}

TEST_F(ParquetOptionsTest, SenselessValuesNameThePropertyAndWhatIsValid) {
  struct Case {
    const char* key;  // below write.parquet.
    const char* value;
    const char* message;
  };
  const Case cases[] = {
      {"page-size-bytes", "0", "a number from 1 to 2147483647, got: 0"},
      {"page-size-bytes", "1MB", "got: 1MB"},
      {"page-row-limit", "-5", "a number from 1 to 2147483647, got: -5"},
      {"page-version", "v3", "v1 or v2, got: v3"},
      {"dict-size-bytes", "3000000000", "from 1 to 2147483647, got: 3000000000"},
      {"bloom-filter-max-bytes", "31", "a number from 32 to 2147483647, got: 31"},
      {"compression-codec", "zstd:9",
       "its level is for property write.parquet."
       "compression-level: zstd:9"},
      {"compression-codec.column.name", "lzo",
       "write.parquet.compression-codec.column.name: A compression codec is"},
      {"compression-level.column.name", "99", ""},
      {"encoding.column.name", "byte-stream-split",
       "one of plain, delta, delta-length for column name of type string, got: "
       "byte-stream-split"},
      {"encoding.column.id", "byte-stream-split", "one of plain, delta for column id"},
      {"encoding.column.paid", "delta", "one of plain for column paid of type boolean"},
      {"encoding.column.price", "rle", "An encoding is plain, delta, delta-length or"},
      {"encoding.column.address", "delta", "column address.flag of type boolean"},
      {"dict-encoding-enabled.column.name", "maybe", "true or false, got: maybe"},
      {"stats-enabled.column.name", "1", "true or false, got: 1"},
      {"bloom-filter-enabled.column.name", "yes", "true or false, got: yes"},
      {"bloom-filter-enabled.column.paid", "true",
       "a column of type boolean cannot have a bloom filter: paid"},
      {"bloom-filter-fpp.column.name", "1.0", "above 0 and below 1, got: 1.0"},
      {"bloom-filter-fpp.column.name", "nan", "above 0 and below 1, got: nan"},
      {"bloom-filter-fpp.column.name", "0", "above 0 and below 1, got: 0"},
      {"bloom-filter-ndv.column.name", "0", "a number from 1 to "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.key) + "=" + c.value);
    const std::string key = std::string("write.parquet.") + c.key;
    MakeWith({{key, c.value}});
    if (*c.message == '\0') {  // of a codec that has no levels
      EXPECT_OK(TableWriterOptionsFor(*metadata_).status());
      continue;
    }
    EXPECT_ERROR(TableWriterOptionsFor(*metadata_), ErrorCode::kInvalidArgument, key);
    EXPECT_ERROR(TableWriterOptionsFor(*metadata_), ErrorCode::kInvalidArgument,
                 c.message);
  }
  MakeWith({{"write.parquet.dict-encoding-enabled.column.name", "true"},
            {"write.parquet.encoding.column.name", "delta"}});
  EXPECT_ERROR(
      TableWriterOptionsFor(*metadata_), ErrorCode::kInvalidArgument,
      "Column name has either a dictionary or an encoding: remove table property "
      "write.parquet.dict-encoding-enabled.column.name or "
      "write.parquet.encoding.column.name");
}

TEST(TypeClasses, OfEveryType) {
  const std::pair<Type, const char*> cases[] = {
      {Type::Boolean(), "boolean"},
      {Type::Int(), "numeric"},
      {Type::Decimal(38, 2), "numeric"},
      {Type::Float(), "float"},
      {Type::Double(), "float"},
      {Type::Date(), "time"},
      {Type::TimestampTz(), "time"},
      {Type::String(), "text"},
      {Type::Uuid(), "text"},
      {Type::Binary(), "text"},
      {Type::Variant(), "text"},
  };
  for (const auto& [type, name] : cases) {
    EXPECT_EQ(TypeClassOf(type), name) << type.ToString();
  }
  EXPECT_THAT(TypeClasses(), ElementsAre("boolean", "float", "numeric", "text", "time"));
}

}  // namespace
}  // namespace tarn::storage
