#include "tarn/ingest/row_checksum.h"

#include <set>

#include <arrow/compute/cast.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"

namespace tarn::ingest {
namespace {

std::shared_ptr<arrow::RecordBatch> Rows(const arrow::FieldVector& fields,
                                         const std::string& json) {
  const auto read = arrow::json::ArrayFromJSONString(arrow::struct_(fields), json);
  EXPECT_TRUE(read.ok()) << read.status();
  return *arrow::RecordBatch::FromStructArray(*read);
}

std::string Of(const arrow::FieldVector& fields, const std::string& json) {
  RowChecksum checksum;
  const Status added = checksum.Add(*Rows(fields, json));
  EXPECT_TRUE(added.ok()) << added;
  return checksum.Text();
}

const arrow::FieldVector kPair = {arrow::field("a", arrow::int64()),
                                  arrow::field("b", arrow::utf8())};

TEST(RowChecksum, OrderDoesNotMatter) {
  const std::string sum = Of(kPair, R"([{"a": 1, "b": "x"}, {"a": 2, "b": null}])");
  EXPECT_EQ(sum.size(), 64U);
  EXPECT_EQ(sum, Of(kPair, R"([{"a": 2, "b": null}, {"a": 1, "b": "x"}])"));
  EXPECT_EQ(sum, Of({kPair[1], kPair[0]}, R"([{"a": 1, "b": "x"}, {"a": 2}])"));
}

TEST(RowChecksum, EveryDifferenceShows) {
  const char* const rows[] = {
      R"([{"a": 1, "b": "x"}])",
      R"([{"a": 1, "b": "y"}])",
      R"([{"a": 1, "b": ""}])",
      R"([{"a": 1, "b": null}])",
      R"([{"a": null, "b": "x"}])",
      R"([{"a": 1, "b": "x"}, {"a": 1, "b": "x"}])",
      R"([{"a": 1, "b": "x"}, {"a": 1, "b": "x"}, {"a": 1, "b": "x"}])",
      R"([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])",
      R"([{"a": 1, "b": "y"}, {"a": 2, "b": "x"}])",
      "[]",
  };
  std::set<std::string> sums;
  for (const char* json : rows) {
    EXPECT_TRUE(sums.insert(Of(kPair, json)).second) << json;
  }
}

TEST(RowChecksum, EachRowIsTold) {
  RowChecksum checksum;
  std::set<std::string> digests;
  std::set<int64_t> rows;
  const auto batch = Rows(kPair, R"([{"a": 1}, {"a": 2}, {"a": 1}])");
  ASSERT_TRUE(checksum
                  .Add(*batch,
                       [&](int64_t row, const std::string& digest) {
                         EXPECT_EQ(digest.size(), 32U);
                         rows.insert(row);
                         digests.insert(digest);
                       })
                  .ok());
  EXPECT_EQ(rows, (std::set<int64_t>{0, 1, 2}));
  EXPECT_EQ(digests.size(), 2U);
}

TEST(RowChecksum, PartsAreMerged) {
  RowChecksum one;
  RowChecksum other;
  ASSERT_TRUE(one.Add(*Rows(kPair, R"([{"a": 1, "b": "x"}])")).ok());
  ASSERT_TRUE(other.Add(*Rows(kPair, R"([{"a": 2, "b": "y"}, {"a": 3}])")).ok());
  one.Merge(other);
  EXPECT_EQ(one.num_rows(), 3);
  EXPECT_EQ(one.Text(),
            Of(kPair, R"([{"a": 3}, {"a": 1, "b": "x"}, {"a": 2, "b": "y"}])"));
}

TEST(RowChecksum, WidenedColumnsKeepTheirSum) {
  const auto column = [](const std::shared_ptr<arrow::DataType>& type) {
    return arrow::FieldVector{arrow::field("c", type)};
  };
  EXPECT_EQ(Of(column(arrow::int32()), R"([{"c": -5}])"),
            Of(column(arrow::int64()), R"([{"c": -5}])"));
  EXPECT_EQ(Of(column(arrow::float32()), R"([{"c": 0.5}])"),
            Of(column(arrow::float64()), R"([{"c": 0.5}])"));
  EXPECT_EQ(Of(column(arrow::timestamp(arrow::TimeUnit::MICRO)), R"([{"c": -1}])"),
            Of(column(arrow::timestamp(arrow::TimeUnit::NANO)), R"([{"c": -1000}])"));
  EXPECT_EQ(Of(column(arrow::utf8()), R"([{"c": "x"}])"),
            Of(column(arrow::large_utf8()), R"([{"c": "x"}])"));
  EXPECT_NE(Of(column(arrow::decimal128(9, 1)), R"([{"c": "1.5"}])"),
            Of(column(arrow::decimal128(9, 2)), R"([{"c": "0.15"}])"));
}

TEST(RowChecksum, NestedValuesCount) {
  const auto nested = [](const std::string& json) {
    return Of({arrow::field("l", arrow::list(arrow::int32())),
               arrow::field("m", arrow::map(arrow::utf8(), arrow::int32())),
               arrow::field("s", arrow::struct_({arrow::field("x", arrow::date32()),
                                                 arrow::field("y", arrow::boolean())}))},
              json);
  };
  EXPECT_EQ(nested(R"([{"m": [["a", 1], ["b", 2]]}])"),
            nested(R"([{"m": [["b", 2], ["a", 1]]}])"));
  std::set<std::string> sums;
  for (const char* json :
       {R"([{}])", R"([{"l": []}])", R"([{"l": [1, 2]}])", R"([{"l": [2, 1]}])",
        R"([{"l": [null]}])", R"([{"m": []}])", R"([{"m": [["a", 1]]}])",
        R"([{"m": [["a", null]]}])", R"([{"s": {"x": 1, "y": true}}])",
        R"([{"s": {"x": 1}}])", R"([{"s": {}}])"}) {
    EXPECT_TRUE(sums.insert(nested(json)).second) << json;
  }
}

TEST(RowChecksum, DictionariesAndSlicesAreTheirValues) {
  const auto rows = Rows(kPair, R"([{"a": 0}, {"a": 1, "b": "x"}, {"a": 2, "b": "x"}])");
  const auto packed = arrow::compute::Cast(
      *rows->column(1), arrow::dictionary(arrow::int32(), arrow::utf8()));
  ASSERT_TRUE(packed.ok()) << packed.status();
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({kPair[0], arrow::field("b", (*packed)->type())}), 3,
      {rows->column(0), *packed});
  RowChecksum checksum;
  ASSERT_TRUE(checksum.Add(*batch->Slice(1)).ok());
  EXPECT_EQ(checksum.Text(), Of(kPair, R"([{"a": 1, "b": "x"}, {"a": 2, "b": "x"}])"));
}

TEST(RowChecksum, OtherTypesAreRefused) {
  RowChecksum checksum;
  const auto rows = Rows({arrow::field("d", arrow::duration(arrow::TimeUnit::SECOND))},
                         R"([{"d": 1}])");
  EXPECT_EQ(CodeOf(checksum.Add(*rows)), ErrorCode::kNotSupported);
}

}  // namespace
}  // namespace tarn::ingest
