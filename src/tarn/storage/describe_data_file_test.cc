#include "tarn/iceberg/value.h"
#include "tarn/storage/data_file_fixture_test.h"

namespace tarn::storage {
namespace {

using iceberg::ColumnStats;
using iceberg::Field;
using iceberg::Type;
using iceberg::Value;

Field Column(iceberg::FieldId id, std::string name, Type type, bool required = false) {
  return {
      .id = id, .name = std::move(name), .type = std::move(type), .required = required};
}

class DescribeDataFileTest : public DataFileTest {
 protected:
  Result<iceberg::DataFile> Describe(const iceberg::DataFile& file,
                                     iceberg::PartitionTuple partition = {}) {
    return DescribeDataFile(io_, metadata_, file.file_path, std::move(partition));
  }
};

TEST_F(DescribeDataFileTest, CountsAndBoundsComeFromTheFooter) {
  SetSchema({Column(1, "id", Type::Long(), true), Column(2, "s", Type::String()),
             Column(3, "d", Type::Double()), Column(4, "t", Type::TimestampTz()),
             Column(5, "p", Type::Struct({Column(6, "x", Type::Int())})),
             Column(7, "l", Type::List(8, Type::Int(), false))});
  const auto file =
      WriteParquet("/lake/t/a.parquet",
                   {WithId("id", 1, arrow::int32()), WithId("s", 2, arrow::utf8()),
                    WithId("d", 3, arrow::float64()),
                    WithId("t", 4, arrow::timestamp(arrow::TimeUnit::MILLI, "UTC")),
                    WithId("p", 5, arrow::struct_({WithId("x", 6, arrow::int32())})),
                    WithId("l", 7, arrow::list(WithId("element", 8, arrow::int32()))),
                    WithId("other", 99, arrow::int32())},
                   R"([[3, "a string of more than sixteen", 0.0, 5, [1], [1, 2], 1],
          [1, null, -1.5, null, null, null, 1],
          [2, "b", 1.5, -5, [-7], [], 1]])",
                   {.row_group_rows = 2});
  ASSERT_OK_AND_ASSIGN(const auto described, Describe(file));
  EXPECT_EQ(described.record_count, 3);
  EXPECT_EQ(described.file_size_bytes, file.file_size_bytes);
  EXPECT_EQ(described.split_offsets.size(), 2U);
  EXPECT_EQ(described.content, iceberg::FileContent::kData);
  ASSERT_EQ(described.columns.size(), 5U);
  const auto bounds = [&](iceberg::FieldId id, const Type& type, Value lower,
                          Value upper) {
    SCOPED_TRACE(id);
    const ColumnStats* stats = FindColumnStats(described, id);
    ASSERT_NE(stats, nullptr);
    EXPECT_EQ(stats->lower_bound, iceberg::ValueToBytes(type, lower));
    EXPECT_EQ(stats->upper_bound, iceberg::ValueToBytes(type, upper));
    EXPECT_EQ(stats->value_count, 3);
  };
  bounds(1, Type::Long(), int64_t{1}, int64_t{3});
  bounds(2, Type::String(), std::string("a string of more"), std::string("b"));
  bounds(3, Type::Double(), -1.5, 1.5);
  bounds(4, Type::TimestampTz(), int64_t{-5000}, int64_t{5000});
  bounds(6, Type::Int(), int32_t{-7}, int32_t{1});
  EXPECT_EQ(FindColumnStats(described, 2)->null_count, 1);
  EXPECT_EQ(FindColumnStats(described, 6)->null_count, 1);
  EXPECT_FALSE(FindColumnStats(described, 3)->nan_count.has_value()) << "unknown, not 0";
  EXPECT_EQ(FindColumnStats(described, 8), nullptr);
}

TEST_F(DescribeDataFileTest, MetricsModesOfTheTableCount) {
  SetSchema({Column(1, "a", Type::String()), Column(2, "b", Type::String()),
             Column(3, "c", Type::String())});
  metadata_.properties = {{"write.metadata.metrics.column.a", "none"},
                          {"write.metadata.metrics.column.b", "counts"},
                          {"write.metadata.metrics.column.c", "truncate(2)"}};
  const auto file =
      WriteParquet("/lake/t/a.parquet",
                   {WithId("a", 1, arrow::utf8()), WithId("b", 2, arrow::utf8()),
                    WithId("c", 3, arrow::utf8())},
                   R"([["xyz", "xyz", "xyz"]])");
  ASSERT_OK_AND_ASSIGN(const auto described, Describe(file));
  EXPECT_FALSE(FindColumnStats(described, 1)->value_count.has_value());
  EXPECT_EQ(FindColumnStats(described, 2)->value_count, 1);
  EXPECT_FALSE(FindColumnStats(described, 2)->lower_bound.has_value());
  EXPECT_EQ(FindColumnStats(described, 3)->lower_bound, "xy");
  EXPECT_EQ(FindColumnStats(described, 3)->upper_bound, "xz");
}

TEST_F(DescribeDataFileTest, Trap51StatisticsOfFilesWithoutIdsGoByTheNameMapping) {
  SetSchema({Column(1, "id", Type::Long())});
  const auto file =
      WriteParquet("/lake/t/a.parquet", {WithId("a", 0, arrow::int64())}, "[[4]]");
  EXPECT_ERROR(Describe(file), ErrorCode::kInvalidData, "schema.name-mapping.default");
  metadata_.properties["schema.name-mapping.default"] =
      R"([{"field-id": 1, "names": ["id", "a"]}])";
  ASSERT_OK_AND_ASSIGN(const auto described, Describe(file));
  ASSERT_NE(FindColumnStats(described, 1), nullptr);
  EXPECT_EQ(FindColumnStats(described, 1)->lower_bound,
            iceberg::ValueToBytes(Type::Long(), int64_t{4}));
}

TEST_F(DescribeDataFileTest, RefusesFilesThatTheTableCannotRead) {
  SetSchema({Column(1, "id", Type::Int(), true)});
  const auto describe = [&](const arrow::FieldVector& columns, const std::string& json) {
    return Describe(WriteParquet("/lake/t/a.parquet", columns, json));
  };
  EXPECT_ERROR(describe({WithId("id", 1, arrow::int64())}, "[[1]]"),
               ErrorCode::kTypeMismatch, "Column id");
  EXPECT_ERROR(describe({WithId("other", 2, arrow::int64())}, "[[1]]"),
               ErrorCode::kTypeMismatch, "Column id is required");
  EXPECT_ERROR(describe({WithId("id", 1, arrow::int32())}, "[[1], [null]]"),
               ErrorCode::kTypeMismatch, "1 nulls");
  io_.Put("/lake/t/b.parquet", "PAR1 is not enough");
  iceberg::DataFile broken;
  broken.file_path = "/lake/t/b.parquet";
  EXPECT_ERROR(Describe(broken), ErrorCode::kInvalidData, "/lake/t/b.parquet");
  broken.file_path = "/lake/t/none.parquet";
  EXPECT_ERROR(Describe(broken), ErrorCode::kNoSuchFile, "none.parquet");
}

TEST_F(DescribeDataFileTest, PartitionValuesMustBeThoseOfTheSpec) {
  SetSchema({Column(1, "id", Type::Int(), true), Column(2, "p", Type::String(), true)});
  metadata_.partition_specs = {
      {.id = {}, .fields = {{.source_ids = {2}, .field_id = 1000, .name = "p"}}}};
  const auto file =
      WriteParquet("/lake/t/a.parquet", {WithId("id", 1, arrow::int32())}, "[[1]]");
  // The column is in the partition alone, as in tables of Hive.
  ASSERT_OK_AND_ASSIGN(const auto described, Describe(file, {Value(std::string("x"))}));
  EXPECT_EQ(described.partition, iceberg::PartitionTuple{Value(std::string("x"))});
  EXPECT_ERROR(Describe(file), ErrorCode::kInvalidArgument, "1 fields");
  EXPECT_ERROR(Describe(file, {Value(int32_t{1})}), ErrorCode::kInvalidArgument,
               "type string");
}

}  // namespace
}  // namespace tarn::storage
