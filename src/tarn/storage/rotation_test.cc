// When files end: at their size, at their age, when their partition's rows are through.
#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Rows of two columns: n counts up, v is made by `values`.
struct DataCase {
  const char* name;
  Type type;
  std::function<void(arrow::ArrayBuilder*, std::mt19937_64&, int64_t n)> append;
};

template <typename Builder, typename Value>
void Add(arrow::ArrayBuilder* builder, const Value& value) {
  ASSERT_OK(static_cast<Builder*>(builder)->Append(value));
}

std::string RandomText(std::mt19937_64& random, size_t size) {
  std::string text(size, ' ');
  for (char& c : text) {
    c = static_cast<char>('a' + random() % 26);
  }
  return text;
}

const DataCase kDataCases[] = {
    {"random longs", Type::Long(),
     [](auto* builder, auto& random, int64_t) {
       Add<arrow::Int64Builder>(builder, static_cast<int64_t>(random()));
     }},
    {"longs that count", Type::Long(),
     [](auto* builder, auto&, int64_t n) { Add<arrow::Int64Builder>(builder, n * 3); }},
    {"few texts", Type::String(),
     [](auto* builder, auto& random, int64_t) {
       Add<arrow::StringBuilder>(
           builder, "a text that is one of forty: " + std::to_string(random() % 40));
     }},
    {"texts of all lengths", Type::String(),
     [](auto* builder, auto& random, int64_t) {
       Add<arrow::StringBuilder>(builder, RandomText(random, random() % 400));
     }},
    {"text that compresses", Type::String(),
     [](auto* builder, auto& random, int64_t n) {
       Add<arrow::StringBuilder>(builder, "/some/long/path/that/is/much/the/same/" +
                                              std::to_string(n) + "/" +
                                              std::to_string(random() % 1'000'000));
     }},
    {"doubles and nulls", Type::Double(),
     [](auto* builder, auto& random, int64_t) {
       if (random() % 3 == 0) {
         ASSERT_OK(builder->AppendNull());
       } else {
         Add<arrow::DoubleBuilder>(builder, static_cast<double>(random() % 100'000) / 7);
       }
     }},
};

struct CodecCase {
  const char* name;
  Codec codec;
};

const CodecCase kCodecCases[] = {
    {"none", {Compression::kNone, {}}},    {"snappy", {Compression::kSnappy, {}}},
    {"zstd", {Compression::kZstd, 3}},     {"gzip", {Compression::kGzip, {}}},
    {"brotli", {Compression::kBrotli, 1}}, {"lz4", {Compression::kLz4, {}}},
};

class RotationTest : public TableWriterTest {
 protected:
  void MakeRows(const DataCase& data, int64_t num_rows) {
    MakeTable({Column(1, "n", Type::Long()), Column(2, "v", data.type)});
    std::mt19937_64 random(1);
    arrow::Int64Builder numbers;
    ASSERT_OK_AND_ASSIGN(auto values,
                         arrow::MakeBuilder(ArrowSchema()->field(1)->type()));
    for (int64_t n = 0; n < num_rows; ++n) {
      ASSERT_OK(numbers.Append(n));
      data.append(values.get(), random, n);
    }
    rows_ = arrow::RecordBatch::Make(ArrowSchema(), num_rows,
                                     {*numbers.Finish(), *values->Finish()});
  }

  /// Writes rows in batches of `batch_rows`, over again if needed, until there are
  /// `num_files` full files.
  std::vector<iceberg::DataFile> WriteFullFiles(const TableWriterOptions& options,
                                                int64_t batch_rows, size_t num_files) {
    std::vector<iceberg::DataFile> files;
    auto writer = OpenWriter(options);
    EXPECT_OK(writer);
    int64_t rows_given = 0;
    for (int64_t i = 0; files.size() < num_files && rows_given < 40'000'000; ++i) {
      const int64_t offset = i * batch_rows % rows_->num_rows();
      const auto batch = rows_->Slice(offset, batch_rows);
      EXPECT_OK((*writer)->Append(*batch));
      rows_given += batch->num_rows();
      for (iceberg::DataFile& file : (*writer)->TakeClosed()) {
        rows_in_files_ += file.record_count;
        files.push_back(std::move(file));
      }
    }
    auto rest = (*writer)->Finish();
    EXPECT_OK(rest);
    for (const iceberg::DataFile& file : *rest) {
      rows_in_files_ += file.record_count;
    }
    EXPECT_EQ(rows_in_files_, rows_given);
    return files;
  }

  std::shared_ptr<arrow::RecordBatch> rows_;
  int64_t rows_in_files_ = 0;
};

TEST_F(RotationTest, SmallSizesAreHitWithinFivePercentWhateverCodecAndType) {
  constexpr int64_t kFileBytes = 200'000;
  for (const DataCase& data : kDataCases) {
    SCOPED_TRACE(data.name);
    MakeRows(data, 100'000);
    for (const CodecCase& codec : kCodecCases) {
      SCOPED_TRACE(codec.name);
      rows_in_files_ = 0;
      TableWriterOptions options;
      options.file_bytes_max = kFileBytes;
      options.parquet.codec = codec.codec;
      const auto files = WriteFullFiles(options, 10'000, 4);
      ASSERT_GE(files.size(), 4U);
      for (const iceberg::DataFile& file : files) {
        EXPECT_NEAR(static_cast<double>(file.file_size_bytes), kFileBytes,
                    kFileBytes * 0.05);
      }
    }
  }
}

TEST_F(RotationTest, SizesAreHitForBatchesOfAnySize) {
  constexpr int64_t kFileBytes = 1'000'000;
  MakeRows(kDataCases[4], 200'000);
  for (const int64_t batch_rows : {100, 7'000, 200'000}) {
    SCOPED_TRACE(batch_rows);
    rows_in_files_ = 0;
    TableWriterOptions options;
    options.file_bytes_max = kFileBytes;
    for (const iceberg::DataFile& file : WriteFullFiles(options, batch_rows, 3)) {
      EXPECT_NEAR(static_cast<double>(file.file_size_bytes), kFileBytes,
                  kFileBytes * 0.05);
      EXPECT_LE(Footer(file)->num_row_groups(), 5) << "ended to see their size";
    }
  }
}

TEST_F(RotationTest, SizesAreHitInEveryPartition) {
  constexpr int64_t kFileBytes = 100'000;
  iceberg::PartitionSpec spec;
  spec.fields.push_back(
      {.source_ids = {1}, .name = "b", .transform = iceberg::Bucket{3}});
  MakeRows(kDataCases[3], 50'000);
  MakeTable({Column(1, "n", Type::Long()), Column(2, "v", Type::String())}, spec);
  TableWriterOptions options;
  options.file_bytes_max = kFileBytes;
  for (const iceberg::DataFile& file : WriteFullFiles(options, 5'000, 20)) {
    EXPECT_NEAR(static_cast<double>(file.file_size_bytes), kFileBytes, kFileBytes * 0.05);
  }
}

TEST_F(RotationTest, ABatchIsOneFileUnlessItCrossesTheLimit) {
  MakeRows(kDataCases[0], 60'000);  // about 16 bytes a row
  TableWriterOptions options;
  options.parquet.codec = {Compression::kNone, {}};
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK(writer->Append(*rows_));
    ASSERT_OK(writer->CloseAll());
    const auto files = writer->TakeClosed();
    ASSERT_THAT(files, SizeIs(1));
    EXPECT_EQ(files[0].record_count, 60'000);
  }
  options.file_bytes_max = 300'000;
  ASSERT_OK_AND_ASSIGN(writer, OpenWriter(options));
  ASSERT_OK(writer->Append(*rows_));
  ASSERT_OK(writer->CloseAll());
  const auto files = writer->TakeClosed();
  ASSERT_THAT(files, SizeIs(4));
  int64_t next = 0;
  for (const iceberg::DataFile& file : files) {
    const auto table = Read(file);
    const auto& n = static_cast<const arrow::Int64Array&>(*table->column(0)->chunk(0));
    EXPECT_EQ(n.Value(0), next) << "rows keep their order over files";
    next += n.length();
  }
  EXPECT_EQ(next, 60'000);
}

TEST_F(RotationTest, ALimitBelowOneRowMakesAFileOfEachRow) {
  MakeRows(kDataCases[0], 5);
  TableWriterOptions options;
  options.file_bytes_max = 1;
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows_}, options));
  EXPECT_THAT(files, SizeIs(5));
}

TEST_F(RotationTest, AFileIsDueAtItsAgeAndTheClockIsNotLookedAtBefore) {
  MakeTable({Column(1, "n", Type::Long())});
  TableWriterOptions options;
  options.file_age_max = minutes(5);
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  EXPECT_EQ(writer->next_due(), std::nullopt);
  ASSERT_OK(writer->CloseDue());
  const milliseconds start = clock_.Now();
  ASSERT_OK(writer->Append(*Rows("[[1]]")));
  EXPECT_EQ(writer->next_due(), start + minutes(5));
  ASSERT_THAT(writer->open_files(), SizeIs(1));
  EXPECT_EQ(writer->open_files()[0].opened, start);
  EXPECT_EQ(writer->open_files()[0].rows, 1);
  EXPECT_GT(writer->open_files()[0].bytes, 0);
  clock_.Advance(minutes(4));
  ASSERT_OK(writer->Append(*Rows("[[2]]")));
  clock_.Advance(seconds(59));
  ASSERT_OK(writer->CloseDue());
  EXPECT_THAT(writer->TakeClosed(), IsEmpty());
  clock_.Advance(seconds(1));
  EXPECT_THAT(writer->open_files(), SizeIs(1));
  ASSERT_OK(writer->CloseDue());
  EXPECT_THAT(writer->open_files(), IsEmpty());
  EXPECT_EQ(writer->next_due(), std::nullopt);
  const auto files = writer->TakeClosed();
  ASSERT_THAT(files, SizeIs(1));
  EXPECT_EQ(files[0].record_count, 2);
  EXPECT_THAT(writer->TakeClosed(), IsEmpty());
  ASSERT_OK(writer->Append(*Rows("[[3]]")));
  EXPECT_EQ(writer->next_due(), clock_.Now() + minutes(5)) << "a new file, a new age";
  writer->Abort();
  EXPECT_EQ(io_.num_files(), 1U) << "what was taken is the caller's";
}

class PartitionRotationTest : public RotationTest {
 protected:
  void MakeKeyed() {
    iceberg::PartitionSpec spec;
    spec.fields.push_back(
        {.source_ids = {1}, .name = "k", .transform = iceberg::Identity{}});
    MakeTable({Column(1, "k", Type::Long()), Column(2, "t", Type::String())}, spec);
  }
  /// `count` rows; their keys go round, or come in runs.
  std::shared_ptr<arrow::RecordBatch> Keyed(int64_t first, int64_t count,
                                            const std::function<int64_t(int64_t)>& key) {
    arrow::Int64Builder keys;
    arrow::StringBuilder texts;
    for (int64_t n = first; n < first + count; ++n) {
      EXPECT_OK(keys.Append(key(n)));
      EXPECT_OK(texts.Append("text " + std::to_string(n)));
    }
    return arrow::RecordBatch::Make(ArrowSchema(), count,
                                    {*keys.Finish(), *texts.Finish()});
  }
};

TEST_F(PartitionRotationTest, RowsThatWaitKeepTheirAgeOnTheirWay) {
  MakeKeyed();
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter());
  const milliseconds start = clock_.Now();
  const auto round = [](int64_t n) { return n % 50; };
  ASSERT_OK(writer->Append(*Keyed(0, 100, round)));
  EXPECT_EQ(writer->next_due(), start + minutes(5));
  clock_.Advance(minutes(4));
  // So many that the first ones do not wait at the same place any more.
  for (int64_t first = 100; first < 400'000; first += 50'000) {
    ASSERT_OK(writer->Append(*Keyed(first, 50'000, round)));
  }
  EXPECT_EQ(writer->next_due(), start + minutes(5));
  clock_.Advance(minutes(1));
  ASSERT_OK(writer->CloseDue());
  int64_t num_rows = 0;
  std::set<iceberg::Value> partitions;
  for (const iceberg::DataFile& file : writer->TakeClosed()) {
    num_rows += file.record_count;
    partitions.insert(file.partition[0]);
  }
  EXPECT_THAT(partitions, SizeIs(50));
  EXPECT_GE(num_rows, 100);
  EXPECT_TRUE(!writer->next_due() || *writer->next_due() == start + minutes(9));
}

TEST_F(PartitionRotationTest, RowsThatWaitAreDueThoughTheirFileWasClosedMeanwhile) {
  MakeKeyed();
  TableWriterOptions options;
  options.open_files_max = 1;
  options.memory_bytes_max = int64_t{2} << 20;
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  milliseconds due_max = clock_.Now() + minutes(5);
  // Files come and go for the one that may be open; whatever is not closed is due.
  for (int64_t i = 0; i < 60; ++i) {
    ASSERT_OK(writer->Append(
        *Keyed(i * 6'000, 6'000, [](int64_t n) { return n / 1'200 % 7; })));
    ASSERT_TRUE(writer->next_due());
    EXPECT_LE(*writer->next_due(), due_max + minutes(5));
    clock_.Advance(seconds(20));
    if (*writer->next_due() <= clock_.Now()) {
      ASSERT_OK(writer->CloseDue());
      EXPECT_TRUE(!writer->next_due() || *writer->next_due() > clock_.Now());
      due_max = clock_.Now() + minutes(5);
    }
  }
  ASSERT_OK(writer->Finish());
}

TEST_F(PartitionRotationTest, TenThousandTinyBatchesOverAnHourNeverWaitTooLong) {
  MakeKeyed();
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter());
  std::mt19937_64 random(5);
  const milliseconds end = clock_.Now() + minutes(60);
  constexpr int64_t kBatches = 10'000;
  std::vector<milliseconds> came;  // of each row
  int64_t rows_closed = 0;
  size_t num_closes = 0;
  size_t num_files = 0;
  const auto tick = [&] {
    ASSERT_OK(writer->CloseDue());
    ASSERT_TRUE(!writer->next_due() || *writer->next_due() > clock_.Now());
    const auto files = writer->TakeClosed();
    num_closes += files.empty() ? 0 : 1;
    num_files += files.size();
    for (const iceberg::DataFile& file : files) {
      const auto texts = Read(file)->column(1)->chunk(0);
      for (int64_t i = 0; i < texts->length(); ++i) {
        const auto& column = static_cast<const arrow::StringArray&>(*texts);
        const auto row = static_cast<size_t>(std::stoll(column.GetString(i).substr(5)));
        EXPECT_LE(clock_.Now() - came[row], minutes(5));
        ++rows_closed;
      }
    }
  };
  for (int64_t i = 0; i < kBatches; ++i) {
    // Long pauses now and then; a timer ticks in them, as a service has it.
    const milliseconds pause =
        i % 1'000 == 999 ? milliseconds(minutes(2)) : milliseconds(random() % 240);
    const milliseconds next = clock_.Now() + pause;
    while (writer->next_due() && *writer->next_due() <= next) {
      clock_.Advance(*writer->next_due() - clock_.Now());
      tick();
    }
    clock_.Advance(next - clock_.Now());
    const auto num_rows = static_cast<int64_t>(1 + random() % 3);
    const auto first = static_cast<int64_t>(came.size());
    came.insert(came.end(), static_cast<size_t>(num_rows), clock_.Now());
    ASSERT_OK(writer->Append(*Keyed(first, num_rows, [](int64_t n) { return n % 4; })));
  }
  while (writer->next_due()) {  // and no batch ever comes again
    clock_.Advance(*writer->next_due() - clock_.Now());
    tick();
  }
  EXPECT_LT(clock_.Now(), end);
  EXPECT_EQ(rows_closed, static_cast<int64_t>(came.size()));
  EXPECT_GE(num_closes, 7U);
  EXPECT_LE(num_files, 4 * 12U) << "files are not to be closed before their time";
  ASSERT_OK_AND_ASSIGN(const auto rest, writer->Finish());
  EXPECT_THAT(rest, IsEmpty());
}

TEST_F(PartitionRotationTest, ClusteredRowsHaveOneFileOpenAtATime) {
  MakeKeyed();
  TableWriterOptions options;
  options.fanout = Fanout::kClustered;
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  // 0 0 … 1 1 … 4, then 2 again.
  for (int64_t i = 0; i < 25; ++i) {
    ASSERT_OK(
        writer->Append(*Keyed(i * 4'000, 4'000, [](int64_t n) { return n / 20'000; })));
    EXPECT_LE(writer->open_files().size(), 1U);
  }
  ASSERT_OK(writer->Append(*Keyed(0, 3'000, [](int64_t) { return 2; })));
  EXPECT_LE(writer->open_files().size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  std::vector<std::pair<iceberg::Value, int64_t>> found;
  for (const iceberg::DataFile& file : files) {
    found.emplace_back(file.partition[0], file.record_count);
  }
  const std::vector<std::pair<iceberg::Value, int64_t>> expected = {
      {int64_t{0}, 20'000}, {int64_t{1}, 20'000}, {int64_t{2}, 20'000},
      {int64_t{3}, 20'000}, {int64_t{4}, 20'000}, {int64_t{2}, 3'000}};
  EXPECT_EQ(found, expected);
}

TEST_F(PartitionRotationTest, ClusteredRowsInShortRunsKeepTheirClusters) {
  MakeKeyed();
  TableWriterOptions options;
  options.fanout = Fanout::kClustered;
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  for (int64_t first = 0; first < 30'000; first += 700) {
    ASSERT_OK(writer->Append(*Keyed(first, std::min<int64_t>(700, 30'000 - first),
                                    [](int64_t n) { return n / 100; })));
    EXPECT_LE(writer->open_files().size(), 1U);
  }
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  ASSERT_THAT(files, SizeIs(300));
  for (const iceberg::DataFile& file : files) {
    EXPECT_EQ(file.record_count, 100);
  }
}

}  // namespace
}  // namespace tarn::storage
