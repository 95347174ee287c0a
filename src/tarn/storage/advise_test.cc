#include "tarn/storage/advise.h"

#include <gmock/gmock.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kRows = 15'000;

class AdviseTest : public TableWriterTest {
 protected:
  /// Columns for which different encodings are best: rising numbers, measurements, codes
  /// of a few kinds, long texts that begin alike, noise.
  void MakeWith(Properties properties) {
    MakeTable({Column(1, "rising", Type::Long()), Column(2, "measured", Type::Double()),
               Column(3, "code", Type::String()), Column(4, "path", Type::String()),
               Column(5, "noise", Type::Binary()),
               Column(6, "nested",
                      Type::Struct({Column(0, "flag", Type::Boolean()),
                                    Column(0, "count", Type::Int())}))},
              {}, std::move(properties));
  }

  std::shared_ptr<arrow::RecordBatch> MakeRows(uint64_t seed) {
    testing::SeededRandom random(seed);
    arrow::Int64Builder rising;
    arrow::DoubleBuilder measured;
    arrow::StringBuilder code;
    arrow::StringBuilder path;
    arrow::BinaryBuilder noise;
    arrow::BooleanBuilder flag;
    arrow::Int32Builder count;
    for (int64_t i = 0; i < kRows; ++i) {
      const uint64_t word = random.Next();
      EXPECT_OK(
          rising.Append(1'700'000'000'000 + i * 1000 + static_cast<int64_t>(word % 7)));
      EXPECT_OK(measured.Append(20.0 + static_cast<double>(word % 1000) / 1000));
      EXPECT_OK(code.Append("status-" + std::to_string(word % 200)));
      EXPECT_OK(path.Append("/warehouse/region/eu-west/orders/2024/file-" +
                            std::to_string(100'000'000 + i)));
      EXPECT_OK(noise.Append(reinterpret_cast<const uint8_t*>(&word), sizeof word));
      EXPECT_OK(flag.Append(word % 3 == 0));
      EXPECT_OK(count.Append(static_cast<int32_t>(i % 100)));
    }
    const auto nested = arrow::StructArray::Make(
        {*flag.Finish(), *count.Finish()}, ArrowSchema()->field(5)->type()->fields());
    return arrow::RecordBatch::Make(ArrowSchema(), kRows,
                                    {*rising.Finish(), *measured.Finish(), *code.Finish(),
                                     *path.Finish(), *noise.Finish(), *nested});
  }

  std::vector<iceberg::DataFile> WriteFiles(int count) {
    std::vector<iceberg::DataFile> files;
    for (int i = 0; i < count; ++i) {
      const auto options = TableWriterOptionsFor(*metadata_);
      EXPECT_TRUE(options.ok()) << options.status().ToString();
      const auto written = WriteAll({MakeRows(static_cast<uint64_t>(i))}, *options);
      EXPECT_TRUE(written.ok()) << written.status().ToString();
      files.push_back(written->at(0));
    }
    return files;
  }

  static int64_t BytesOf(const std::vector<iceberg::DataFile>& files) {
    int64_t bytes = 0;
    for (const iceberg::DataFile& file : files) {
      bytes += file.file_size_bytes;
    }
    return bytes;
  }
};

TEST_F(AdviseTest, WhatIsAdvisedShrinksTheSampleAndTheTable) {
  MakeWith({});
  const auto files = WriteFiles(2);
  ASSERT_OK_AND_ASSIGN(const TableAdvice advice,
                       AdviseEncodings(io_, *metadata_, files, {}, {}));
  EXPECT_EQ(advice.num_files, 2);
  EXPECT_EQ(advice.files_sampled, 2);
  EXPECT_EQ(advice.rows_sampled, 2 * kRows);
  EXPECT_LT(advice.advised_bytes, advice.today_bytes * 3 / 4);
  EXPECT_EQ(advice.properties.at("write.parquet.encoding.column.rising"), "delta");
  EXPECT_THAT(advice.removed_properties, IsEmpty());

  // The properties do to the table what they did to the sample.
  Properties applied = metadata_->properties;
  for (const auto& [key, value] : advice.properties) {
    applied[key] = value;
  }
  MakeWith(applied);
  const auto rewritten = WriteFiles(2);
  EXPECT_LT(BytesOf(rewritten), BytesOf(files) * 3 / 4);
  for (size_t i = 0; i < files.size(); ++i) {
    EXPECT_TRUE(Read(rewritten[i])->Equals(*Read(files[i])));
  }
  // Nothing is left to say.
  ASSERT_OK_AND_ASSIGN(const TableAdvice again,
                       AdviseEncodings(io_, *metadata_, rewritten, {}, {}));
  EXPECT_GE(again.advised_bytes, again.today_bytes * 9 / 10);
}

TEST_F(AdviseTest, ReportsWhatWasTried) {
  MakeWith({});
  const auto files = WriteFiles(1);
  ASSERT_OK_AND_ASSIGN(const TableAdvice advice,
                       AdviseEncodings(io_, *metadata_, files, {}, {}));
  ASSERT_THAT(advice.columns, SizeIs(7));
  std::vector<std::string> names;
  for (const ColumnAdvice& column : advice.columns) {
    SCOPED_TRACE(column.name);
    names.push_back(column.name);
    EXPECT_GE(column.trials.size(), 9U);
    EXPECT_EQ(ToString(column.today.how), "dictionary snappy");
    EXPECT_GT(column.plain_bytes, 0);
    EXPECT_GT(column.in_files.compressed_bytes, 0);
    EXPECT_LE(column.advised.bytes, column.today.bytes);
    for (const EncodingTrial& trial : column.trials) {
      EXPECT_GT(trial.bytes, 0);
      EXPECT_GT(trial.write.count(), 0);
      EXPECT_GT(trial.read.count(), 0);
    }
  }
  EXPECT_THAT(names, ElementsAre("rising", "measured", "code", "path", "noise",
                                 "nested.flag", "nested.count"));
  // Codecs that not every engine reads are measured and not advised.
  for (const ColumnAdvice& column : advice.columns) {
    EXPECT_NE(column.advised.how.codec.compression, Compression::kBrotli);
    EXPECT_NE(column.advised.how.codec.compression, Compression::kLz4);
  }
  EXPECT_EQ(advice.columns[0].plain_bytes / kRows, 8);
}

TEST_F(AdviseTest, PropertiesInTheWayAreReplacedOrRemoved) {
  const std::string encoding = "write.parquet.encoding.column.";
  MakeWith({{encoding + "code", "delta-length"},
            {encoding + "path", "plain"},
            {"write.parquet.dict-encoding-enabled.column.nested.count", "false"},
            {"write.parquet.compression-codec", "none"},
            {"write.parquet.compression-codec.column.noise", "gzip"}});
  ASSERT_OK_AND_ASSIGN(const TableAdvice advice,
                       AdviseEncodings(io_, *metadata_, WriteFiles(1), {}, {}));
  EXPECT_THAT(advice.removed_properties, Contains(encoding + "code"));
  EXPECT_EQ(advice.properties.at(encoding + "path"), "delta");
  EXPECT_LT(advice.advised_bytes, advice.today_bytes / 2);
  // What is left alone stays as it is.
  EXPECT_EQ(advice.columns[4].today.how.codec.compression, Compression::kGzip);
}

TEST_F(AdviseTest, ASampleKeepsItsLimits) {
  MakeWith({});
  const auto files = WriteFiles(4);
  ASSERT_OK_AND_ASSIGN(
      const TableAdvice advice,
      AdviseEncodings(io_, *metadata_, files, {},
                      {.sample_bytes_max = int64_t{1} << 20, .files_max = 3}));
  EXPECT_EQ(advice.num_files, 4);
  EXPECT_LE(advice.files_sampled, 3);
  EXPECT_GT(advice.rows_sampled, 0);
  EXPECT_LT(advice.rows_sampled, 2 * kRows);
  EXPECT_ERROR(AdviseEncodings(io_, *metadata_, files, {}, {.sample_bytes_max = 0}),
               ErrorCode::kInvalidArgument, "at least one byte");
}

TEST_F(AdviseTest, ColumnsWithNullsHaveNoDelta) {
  MakeTable({Column(1, "full", Type::Long()), Column(2, "gaps", Type::Long())});
  arrow::Int64Builder full;
  arrow::Int64Builder gaps;
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_OK(full.Append(i * 1001));
    ASSERT_OK(i == 77 ? gaps.AppendNull() : gaps.Append(i * 1001));
  }
  ASSERT_OK_AND_ASSIGN(const auto files,
                       WriteAll({arrow::RecordBatch::Make(
                           ArrowSchema(), kRows, {*full.Finish(), *gaps.Finish()})}));
  ASSERT_OK_AND_ASSIGN(const TableAdvice advice,
                       AdviseEncodings(io_, *metadata_, files, {}, {}));
  EXPECT_EQ(advice.columns[0].advised.how.encoding, Encoding::kDelta);
  EXPECT_EQ(advice.columns[0].nulls, 0);
  EXPECT_NE(advice.columns[1].advised.how.encoding, Encoding::kDelta);
  EXPECT_EQ(advice.columns[1].nulls, 1);
}

TEST_F(AdviseTest, AnEmptyTableHasNoAdvice) {
  MakeWith({});
  ASSERT_OK_AND_ASSIGN(const TableAdvice advice,
                       AdviseEncodings(io_, *metadata_, {}, {}, {}));
  EXPECT_THAT(advice.columns, IsEmpty());
  EXPECT_THAT(advice.properties, IsEmpty());
  EXPECT_EQ(advice.today_bytes, 0);
}

}  // namespace
}  // namespace tarn::storage
