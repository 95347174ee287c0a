// Fan-out: every transform, memory, open files, and faults while writing.
#include <algorithm>
#include <numeric>
#include <set>

#include <arrow/memory_pool.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/value.h"
#include "tarn/storage/table_writer_fixture_test.h"
#include "tarn/testing/faulty_file_io.h"

namespace tarn::storage {
namespace {

using iceberg::PartitionField;
using iceberg::PartitionSpec;
using iceberg::Transform;
using iceberg::Value;
using ::testing::HasSubstr;
using ::testing::SizeIs;

PartitionSpec SpecOf(std::vector<std::pair<iceberg::FieldId, Transform>> terms) {
  PartitionSpec spec;
  for (auto& [source, transform] : terms) {
    spec.fields.push_back({.source_ids = {source},
                           .name = "p" + std::to_string(spec.fields.size()),
                           .transform = std::move(transform)});
  }
  return spec;
}

/// The value of row `i` as the core has it, so that ApplyTransform can be asked.
Value ValueOf(const arrow::Array& array, int64_t i) {
  if (array.IsNull(i)) {
    return {};
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return static_cast<const arrow::BooleanArray&>(array).Value(i);
    case arrow::Type::INT32:
      return static_cast<const arrow::Int32Array&>(array).Value(i);
    case arrow::Type::DATE32:
      return static_cast<const arrow::Date32Array&>(array).Value(i);
    case arrow::Type::INT64:
      return static_cast<const arrow::Int64Array&>(array).Value(i);
    case arrow::Type::TIME64:
      return static_cast<const arrow::Time64Array&>(array).Value(i);
    case arrow::Type::TIMESTAMP:
      return static_cast<const arrow::TimestampArray&>(array).Value(i);
    case arrow::Type::DOUBLE:
      return static_cast<const arrow::DoubleArray&>(array).Value(i);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetString(i);
    case arrow::Type::FIXED_SIZE_BINARY:
      return std::string(
          static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(i));
    case arrow::Type::DECIMAL128: {
      const arrow::Decimal128 decimal(
          static_cast<const arrow::Decimal128Array&>(array).GetValue(i));
      return (static_cast<iceberg::int128_t>(decimal.high_bits()) << 64) |
             static_cast<iceberg::int128_t>(decimal.low_bits());
    }
    default:
      ADD_FAILURE() << array.type()->ToString();
      return {};
  }
}

struct TransformCase {
  const char* name;
  Type type;
  Transform transform;
  const char* values;  // of the column, as Arrow's JSON
};

const TransformCase kTransformCases[] = {
    {"identity boolean", Type::Boolean(), iceberg::Identity{},
     "[true, false, null, true]"},
    {"identity int", Type::Int(), iceberg::Identity{}, "[1, 2, null, 1, -2147483648]"},
    {"identity string", Type::String(), iceberg::Identity{},
     R"(["a", "b", "a/b", "", null, "ü c"])"},
    {"identity double", Type::Double(), iceberg::Identity{},
     "[0.0, -0.0, NaN, NaN, 1.5, null, -0.0]"},
    {"identity decimal", Type::Decimal(20, 2), iceberg::Identity{},
     R"(["1.25", "-1.25", "1.25", null])"},
    {"identity uuid", Type::Uuid(), iceberg::Identity{},
     R"(["0123456789abcdef", null, "fedcba9876543210"])"},
    {"identity fixed", Type::Fixed(2), iceberg::Identity{},
     R"(["ab", "cd", "ab", null])"},
    {"identity time", Type::Time(), iceberg::Identity{}, "[0, 86399999999, null, 0]"},
    {"bucket int", Type::Int(), iceberg::Bucket{4},
     "[34, 35, 36, 37, -34, null, 0, 2147483647]"},
    {"bucket long", Type::Long(), iceberg::Bucket{4}, "[34, 35, 36, 37, -34, null, 0]"},
    {"bucket date", Type::Date(), iceberg::Bucket{3}, "[17486, 0, -1, null, 17486]"},
    {"bucket timestamp", Type::TimestampTz(), iceberg::Bucket{5},
     "[1510871468000000, -1, null, 0]"},
    {"bucket string", Type::String(), iceberg::Bucket{8},
     R"(["iceberg", "", "é", "😀", null, "iceberg"])"},
    {"bucket uuid", Type::Uuid(), iceberg::Bucket{8},
     R"(["0123456789abcdef", "fedcba9876543210"])"},
    {"bucket decimal", Type::Decimal(9, 2), iceberg::Bucket{16},
     R"(["14.20", "-1.28", null])"},
    {"bucket binary", Type::Binary(), iceberg::Bucket{8}, R"(["abc", "", null])"},
    {"truncate int", Type::Int(), iceberg::Truncate{10},
     "[1, -1, 0, 10, -10, -11, null, -2147483648]"},
    {"truncate long", Type::Long(), iceberg::Truncate{10},
     "[1, -1, 19, null, -9223372036854775808]"},
    {"truncate string", Type::String(), iceberg::Truncate{2},
     R"(["iceberg", "i", "éàü", "ic", null])"},
    {"truncate decimal", Type::Decimal(9, 2), iceberg::Truncate{50},
     R"(["10.65", "-0.01", "10.50", null])"},
    {"truncate binary", Type::Binary(), iceberg::Truncate{1},
     R"(["ab", "ac", "b", null])"},
    {"year date", Type::Date(), iceberg::Year{}, "[0, -1, 365, 17501, null]"},
    {"month date", Type::Date(), iceberg::Month{}, "[0, -1, 31, 17501, null]"},
    {"day date", Type::Date(), iceberg::Day{}, "[0, -1, 17501, null]"},
    {"year timestamp", Type::Timestamp(), iceberg::Year{},
     "[0, -1, 31536000000000, null]"},
    {"month timestamp", Type::Timestamp(), iceberg::Month{},
     "[0, -1, 2678400000000, null]"},
    {"day timestamp", Type::Timestamp(), iceberg::Day{},
     "[0, -1, -86400000000, -86400000001, 86400000000]"},
    {"hour timestamptz", Type::TimestampTz(), iceberg::Hour{},
     "[0, -1, 3599999999, 3600000000, null]"},
    {"void", Type::Int(), iceberg::Void{}, "[1, 2, null]"},
};

TEST_F(TableWriterTest, Trap06_EveryTransformSendsRowsWhereTheCoreSays) {
  for (const TransformCase& c : kTransformCases) {
    SCOPED_TRACE(c.name);
    MakeTable({Column(1, "c", c.type), Column(2, "n", Type::Long())},
              SpecOf({{1, c.transform}}));
    const auto column =
        arrow::json::ArrayFromJSONString(ArrowSchema()->field(0)->type(), c.values)
            .ValueOrDie();
    arrow::Int64Builder numbers;
    for (int64_t i = 0; i < column->length(); ++i) {
      ASSERT_OK(numbers.Append(i));
    }
    const auto rows = arrow::RecordBatch::Make(ArrowSchema(), column->length(),
                                               {column, *numbers.Finish()});
    ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
    const Type result = iceberg::ResultType(c.transform, c.type);
    std::set<std::string> partitions;
    int64_t num_rows = 0;
    for (const iceberg::DataFile& file : files) {
      ASSERT_THAT(file.partition, SizeIs(1));
      const std::string path =
          iceberg::PartitionPath(metadata_->spec(), metadata_->schema(), file.partition);
      EXPECT_THAT(file.file_path, HasSubstr("/data/" + path + (path.empty() ? "" : "/") +
                                            "orders_data_"));
      EXPECT_TRUE(partitions.insert(path).second) << "two files for " << path;
      const auto table = Read(file);
      num_rows += table->num_rows();
      int64_t previous = -1;
      for (int64_t i = 0; i < table->num_rows(); ++i) {
        const Value expected = iceberg::ApplyTransform(
            c.transform, c.type, ValueOf(*table->column(0)->chunk(0), i));
        EXPECT_EQ(iceberg::ValueToString(result, expected),
                  iceberg::ValueToString(result, file.partition[0]));
        const int64_t n =
            static_cast<const arrow::Int64Array&>(*table->column(1)->chunk(0)).Value(i);
        EXPECT_GT(n, previous) << "rows of a partition lost their order";
        previous = n;
      }
    }
    EXPECT_EQ(num_rows, rows->num_rows());
  }
}

TEST_F(TableWriterTest, SeveralPartitionFieldsAndNestedSources) {
  MakeTable(
      {Column(1, "p", Type::Struct({Column(4, "region", Type::String())})),
       Column(2, "ts", Type::Timestamp()), Column(3, "n", Type::Long())},
      SpecOf({{4, iceberg::Identity{}}, {2, iceberg::Day{}}, {3, iceberg::Bucket{2}}}));
  const auto rows = Rows(R"([
    [{"region": "EU"}, 0, 1], [{"region": "US"}, 0, 1], [null, 86400000000, 1],
    [{"region": null}, 86400000000, 1], [{"region": "EU"}, 1, 1],
    [{"region": "EU"}, 86400000000, 1]])");
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows, rows}));
  EXPECT_THAT(files, SizeIs(4));
  int64_t num_rows = 0;
  for (const iceberg::DataFile& file : files) {
    EXPECT_THAT(file.partition, SizeIs(3));
    num_rows += file.record_count;
  }
  EXPECT_EQ(num_rows, 12);
}

TEST_F(TableWriterTest, UnknownTransformsAreNotWritten) {
  MakeTable({Column(1, "c", Type::Int())}, SpecOf({{1, iceberg::Identity{}}}));
  auto changed = std::make_shared<iceberg::TableMetadata>(*metadata_);
  changed->partition_specs[0].fields[0].transform = iceberg::UnknownTransform{"zorder"};
  metadata_ = changed;
  EXPECT_ERROR(OpenWriter(), ErrorCode::kNotSupported, "zorder");
}

/// Rows (n, key) with keys in a scattered order, `num_keys` of them.
std::shared_ptr<arrow::RecordBatch> ScatteredRows(
    const std::shared_ptr<arrow::Schema>& schema, int64_t first, int64_t count,
    int64_t num_keys) {
  arrow::Int64Builder numbers;
  arrow::Int64Builder keys;
  arrow::StringBuilder texts;
  for (int64_t n = first; n < first + count; ++n) {
    EXPECT_TRUE(numbers.Append(n).ok());
    EXPECT_TRUE(keys.Append((n * 7919) % num_keys).ok());
    EXPECT_TRUE(texts.Append("some text of row " + std::to_string(n)).ok());
  }
  return arrow::RecordBatch::Make(schema, count,
                                  {*numbers.Finish(), *keys.Finish(), *texts.Finish()});
}

class PartitionedWriterTest : public TableWriterTest {
 protected:
  void MakeKeyedTable() {
    MakeTable({Column(1, "n", Type::Long()), Column(2, "key", Type::Long()),
               Column(3, "text", Type::String())},
              SpecOf({{2, iceberg::Identity{}}}));
  }

  /// Every row 0…num_rows-1 is in a file of its key's partition, once.
  void CheckRows(const std::vector<iceberg::DataFile>& files, int64_t num_rows,
                 int64_t num_keys) {
    std::vector<bool> seen(static_cast<size_t>(num_rows));
    for (const iceberg::DataFile& file : files) {
      const auto table = Read(file);
      EXPECT_EQ(table->num_rows(), file.record_count);
      const auto& n = static_cast<const arrow::Int64Array&>(*table->column(0)->chunk(0));
      for (int64_t i = 0; i < n.length(); ++i) {
        ASSERT_EQ(file.partition[0], Value((n.Value(i) * 7919) % num_keys));
        ASSERT_FALSE(seen[static_cast<size_t>(n.Value(i))])
            << "row twice: " << n.Value(i);
        seen[static_cast<size_t>(n.Value(i))] = true;
      }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), num_rows);
  }
};

TEST_F(PartitionedWriterTest, AThousandPartitionsStayWithinTheirMemory) {
  MakeKeyedTable();
  constexpr int64_t kRows = 400'000;
  constexpr int64_t kKeys = 1'000;
  TableWriterOptions options;
  options.memory_bytes_max = int64_t{48} << 20;
  options.parquet.row_group_bytes_max = int64_t{16} << 20;
  arrow::MemoryPool* pool = arrow::default_memory_pool();
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  const int64_t before = pool->bytes_allocated();
  int64_t peak = 0;
  for (int64_t first = 0; first < kRows; first += 2'000) {
    ASSERT_OK(writer->Append(*ScatteredRows(ArrowSchema(), first, 2'000, kKeys)));
    peak = std::max(peak, pool->bytes_allocated() - before);
  }
  EXPECT_LT(peak, options.memory_bytes_max);
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  EXPECT_EQ(files.size(), kKeys) << "small files are not to be cut up";
  CheckRows(files, kRows, kKeys);
}

TEST_F(PartitionedWriterTest, MoreBigPartitionsThanOpenFiles) {
  MakeKeyedTable();
  TableWriterOptions options;
  options.open_files_max = 3;
  options.memory_bytes_max = int64_t{2} << 20;
  options.parquet.row_group_bytes_max = int64_t{1} << 20;
  ASSERT_OK_AND_ASSIGN(auto writer, OpenWriter(options));
  for (int64_t first = 0; first < 300'000; first += 10'000) {
    ASSERT_OK(writer->Append(*ScatteredRows(ArrowSchema(), first, 10'000, 8)));
  }
  ASSERT_OK_AND_ASSIGN(const auto files, writer->Finish());
  EXPECT_GT(files.size(), 8U);
  CheckRows(files, 300'000, 8);
}

TEST_F(PartitionedWriterTest, ClusteredInputIsNotCopied) {
  MakeKeyedTable();
  arrow::Int64Builder numbers;
  arrow::Int64Builder keys;
  arrow::StringBuilder texts;
  for (int64_t n = 0; n < 60'000; ++n) {
    ASSERT_OK(numbers.Append(n));
    ASSERT_OK(keys.Append(n / 20'000));
    ASSERT_OK(texts.Append("t"));
  }
  const auto rows = arrow::RecordBatch::Make(
      ArrowSchema(), 60'000, {*numbers.Finish(), *keys.Finish(), *texts.Finish()});
  ASSERT_OK_AND_ASSIGN(const auto files, WriteAll({rows}));
  ASSERT_THAT(files, SizeIs(3));
  for (const iceberg::DataFile& file : files) {
    EXPECT_EQ(file.record_count, 20'000);
  }
}

/// Refuses to hold more than `bytes_max` in all: a full disk.
class FullDiskFileIO : public testing::FaultyFileIO {
 public:
  FullDiskFileIO(io::FileIO& base, int64_t bytes_max)
      : FaultyFileIO(base), left_(bytes_max) {}

  Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(
      const std::string& location) override {
    ARROW_ASSIGN_OR_RAISE(auto stream, FaultyFileIO::OpenOutput(location));
    return std::make_shared<Stream>(std::move(stream), this);
  }

 private:
  class Stream : public arrow::io::OutputStream {
   public:
    Stream(std::shared_ptr<arrow::io::OutputStream> stream, FullDiskFileIO* disk)
        : stream_(std::move(stream)), disk_(disk) {}
    Status Write(const void* data, int64_t nbytes) override {
      disk_->left_ -= nbytes;
      if (disk_->left_ < 0) {
        return MakeError(ErrorCode::kDiskFull, "Cannot write x: No space left on device");
      }
      return stream_->Write(data, nbytes);
    }
    Status Close() override { return stream_->Close(); }
    Status Abort() override { return stream_->Abort(); }
    Result<int64_t> Tell() const override { return stream_->Tell(); }
    bool closed() const override { return stream_->closed(); }

   private:
    std::shared_ptr<arrow::io::OutputStream> stream_;
    FullDiskFileIO* disk_;
  };

  int64_t left_;
};

TEST_F(PartitionedWriterTest, AFullDiskIsSaidAndLeavesNothing) {
  MakeKeyedTable();
  TableWriterOptions options;
  options.memory_bytes_max = int64_t{1} << 20;
  options.parquet.row_group_bytes_max = 100'000;
  for (const int64_t bytes_max : {0, 3, 1'000, 100'000, 1'000'000}) {
    SCOPED_TRACE(bytes_max);
    FullDiskFileIO disk(io_, bytes_max);
    ASSERT_OK_AND_ASSIGN(auto writer,
                         TableWriter::Open(disk, metadata_, options, clock_, random_));
    Status status;
    for (int64_t first = 0; status.ok() && first < 200'000; first += 10'000) {
      status = writer->Append(*ScatteredRows(ArrowSchema(), first, 10'000, 5));
    }
    if (status.ok()) {
      status = writer->Finish().status();
    }
    EXPECT_ERROR(status, ErrorCode::kDiskFull, "No space left");
    writer->Abort();
    EXPECT_EQ(io_.num_files(), 0U);
  }
}

TEST_F(PartitionedWriterTest, EveryFailureOfTheStoreIsReportedAndLeavesNothing) {
  MakeKeyedTable();
  testing::FaultyFileIO faulty(io_);
  for (int64_t fail_at = 0;; ++fail_at) {
    SCOPED_TRACE(fail_at);
    faulty.FailOperation(fail_at);
    ASSERT_OK_AND_ASSIGN(auto writer,
                         TableWriter::Open(faulty, metadata_, {}, clock_, random_));
    Status status = writer->Append(*ScatteredRows(ArrowSchema(), 0, 100, 3));
    if (status.ok()) {
      status = writer->Finish().status();
    }
    if (!faulty.fault_fired()) {
      EXPECT_OK(status);
      break;
    }
    EXPECT_ERROR(status, ErrorCode::kIoFailed, "");
    writer.reset();
    EXPECT_EQ(io_.num_files(), 0U);
  }
}

}  // namespace
}  // namespace tarn::storage
