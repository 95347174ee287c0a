#include "tarn/storage/clustering.h"

#include <cmath>
#include <limits>
#include <set>

#include "tarn/storage/data_file_fixture_test.h"
#include "tarn/storage/internal/leaf_column.h"

namespace tarn::storage {
namespace {

using iceberg::Field;
using iceberg::NullOrder;
using iceberg::SortDirection;
using iceberg::SortField;
using iceberg::Type;

Field Column(iceberg::FieldId id, std::string name, Type type) {
  return {.id = id, .name = std::move(name), .type = std::move(type)};
}

class ClusteringTest : public DataFileTest {
 protected:
  arrow::FieldVector Columns() { return (*ArrowSchemaOf(metadata_.schema()))->fields(); }

  std::string Text(const RecordBatches& batches) {
    std::string text;
    for (const auto& batch : batches) {
      EXPECT_OK(batch->ValidateFull());
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        for (int i = 0; i < batch->num_columns(); ++i) {
          text += (i == 0 ? "" : ",") +
                  batch->column(i)->GetScalar(row).ValueOrDie()->ToString();
        }
        text += " ";
      }
    }
    return text;
  }

  std::string Sorted(const std::vector<std::string>& rows, std::vector<SortField> fields,
                     int64_t batch_rows_max = 100) {
    RecordBatches batches;
    for (const std::string& json : rows) {
      batches.push_back(Rows(Columns(), json));
    }
    const auto sorted = SortRows(
        batches, metadata_.schema(),
        {.id = iceberg::SortOrderId{1}, .fields = std::move(fields)}, batch_rows_max);
    EXPECT_OK(sorted);
    return Text(*sorted);
  }
};

TEST_F(ClusteringTest, SortsByDirectionsNullOrdersAndTransforms) {
  SetSchema({Column(1, "a", Type::Int()), Column(2, "s", Type::String())});
  const std::vector<std::string> rows = {R"([[2, "b"], [null, "c"], [-1, "a"]])", "[]",
                                         R"([[2, "ba"], [-1, null]])"};
  EXPECT_EQ(Sorted(rows, {{.source_ids = {1}}, {.source_ids = {2}}}),
            "null,c -1,null -1,a 2,b 2,ba ");
  EXPECT_EQ(Sorted(rows, {{.source_ids = {1},
                           .direction = SortDirection::kDescending,
                           .null_order = NullOrder::kNullsLast},
                          {.source_ids = {2}, .direction = SortDirection::kDescending}}),
            "2,ba 2,b -1,null -1,a null,c ");
  // By the first letter alone; equal keys keep their order.
  EXPECT_EQ(Sorted(rows, {{.source_ids = {2}, .transform = iceberg::Truncate{1}}}, 2),
            "-1,null -1,a 2,b 2,ba null,c ");
}

TEST_F(ClusteringTest, SortsFloatsStringsWithZeroBytesAndDecimals) {
  SetSchema({Column(1, "d", Type::Double())});
  arrow::DoubleBuilder doubles;
  const double values[] = {std::nan(""),
                           1.5,
                           -std::nan(""),
                           -0.0,
                           0.0,
                           -2,
                           -std::numeric_limits<double>::infinity()};
  ASSERT_OK(doubles.AppendValues(values, 7));
  const auto batch = arrow::RecordBatch::Make(arrow::schema(Columns()), 7,
                                              {doubles.Finish().ValueOrDie()});
  ASSERT_OK_AND_ASSIGN(const auto sorted, SortRows({batch}, metadata_.schema(),
                                                   {.fields = {{.source_ids = {1}}}}));
  EXPECT_EQ(Text(sorted), "-inf -2 -0 0 1.5 nan nan ");

  SetSchema({Column(1, "s", Type::String()), Column(2, "i", Type::Int())});
  EXPECT_EQ(Sorted({R"([["a\u0000b", 1], ["a", 9], ["", 3], ["a\u0000", 1]])"},
                   {{.source_ids = {1}}, {.source_ids = {2}}}),
            std::string(",3 a,9 a\0,1 a\0b,1 ", 18));

  SetSchema({Column(1, "d", Type::Decimal(20, 2))});
  EXPECT_EQ(
      Sorted({R"([["-1.00"], ["10.00"], ["9.99"], ["-1.01"]])"}, {{.source_ids = {1}}}),
      "-1.01 -1.00 9.99 10.00 ");
}

TEST_F(ClusteringTest, SortsByFieldsOfStructsAndTakesFurtherColumnsAlong) {
  SetSchema({Column(1, "p", Type::Struct({Column(2, "x", Type::Int())}))});
  arrow::FieldVector columns = Columns();
  columns.push_back(arrow::field("_row_id", arrow::int64()));
  const auto rows = Rows(columns, "[[[3], 1], [null, 2], [[1], 3], [[null], 4]]");
  ASSERT_OK_AND_ASSIGN(const auto sorted, SortRows({rows}, metadata_.schema(),
                                                   {.fields = {{.source_ids = {2}}}}));
  std::string ids;
  for (int64_t i = 0; i < 4; ++i) {
    ids += sorted[0]->column(1)->GetScalar(i).ValueOrDie()->ToString();
  }
  EXPECT_EQ(ids, "2431");
}

TEST_F(ClusteringTest, RefusesOrdersThatCannotBe) {
  SetSchema({Column(1, "a", Type::Int())});
  const RecordBatches rows = {Rows(Columns(), "[[1]]")};
  EXPECT_ERROR(SortRows(rows, metadata_.schema(), {.fields = {{.source_ids = {7}}}}),
               ErrorCode::kInvalidData, "7");
  EXPECT_ERROR(SortRows(rows, metadata_.schema(),
                        {.fields = {{.source_ids = {1}, .transform = iceberg::Day{}}}}),
               ErrorCode::kNotSupported, "day");
  EXPECT_ERROR(ClusterRows(rows, metadata_.schema(), {}, Curve::kZOrder),
               ErrorCode::kInvalidArgument, "0");
  EXPECT_ERROR(ClusterRows(rows, metadata_.schema(), {7}, Curve::kHilbert),
               ErrorCode::kInvalidArgument, "7");
  EXPECT_ERROR(ClusterRows(rows, metadata_.schema(), std::vector<iceberg::FieldId>(17, 1),
                           Curve::kHilbert),
               ErrorCode::kInvalidArgument, "17");
}

TEST_F(ClusteringTest, SortsRowsOfManyBatches) {
  SetSchema({Column(1, "a", Type::Int()), Column(2, "s", Type::String())});
  RecordBatches batches;
  for (int i = 0; i < 50; ++i) {
    batches.push_back(Rows(Columns(), "[[" + std::to_string(2 * i) + ", \"x\"], [" +
                                          std::to_string(2 * i + 1) + ", null]]"));
  }
  ASSERT_OK_AND_ASSIGN(
      const auto sorted,
      SortRows(batches, metadata_.schema(),
               {.fields = {{.source_ids = {1}, .direction = SortDirection::kDescending}}},
               30));
  ASSERT_EQ(sorted.size(), 4U);
  int64_t expected = 99;
  for (const auto& batch : sorted) {
    EXPECT_OK(batch->ValidateFull());
    for (int64_t row = 0; row < batch->num_rows(); ++row, --expected) {
      EXPECT_EQ(ValueAt(*batch->column(0), row),
                iceberg::Value(static_cast<int32_t>(expected)));
      EXPECT_EQ(batch->column(1)->IsNull(row), expected % 2 == 1);
    }
  }
  EXPECT_EQ(expected, -1);
}

class CurveTest : public ClusteringTest {
 protected:
  /// Points of a grid in the order of the curve.
  std::vector<std::vector<int>> Walk(int side, size_t dimensions, Curve curve) {
    std::vector<Field> fields;
    std::vector<iceberg::FieldId> ids;
    for (size_t i = 0; i < dimensions; ++i) {
      ids.push_back(static_cast<iceberg::FieldId>(i) + 1);
      fields.push_back(Column(ids.back(), "c" + std::to_string(i), Type::Int()));
    }
    SetSchema(fields);
    int64_t num_points = 1;
    for (size_t i = 0; i < dimensions; ++i) {
      num_points *= side;
    }
    arrow::ArrayVector columns;
    int64_t step = 1;
    for (size_t i = 0; i < dimensions; ++i, step *= side) {
      arrow::Int32Builder builder;
      for (int64_t point = 0; point < num_points; ++point) {
        EXPECT_OK(builder.Append(static_cast<int32_t>(point / step % side) * 1000));
      }
      columns.push_back(builder.Finish().ValueOrDie());
    }
    const auto rows =
        arrow::RecordBatch::Make(arrow::schema(Columns()), num_points, columns);
    const auto clustered = ClusterRows({rows}, metadata_.schema(), ids, curve, 7);
    EXPECT_OK(clustered);
    std::vector<std::vector<int>> points;
    for (const auto& batch : *clustered) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        std::vector<int> point;
        for (int i = 0; i < batch->num_columns(); ++i) {
          point.push_back(std::get<int32_t>(ValueAt(*batch->column(i), row)) / 1000);
        }
        points.push_back(point);
      }
    }
    return points;
  }
};

TEST_F(CurveTest, HilbertGoesFromNeighbourToNeighbour) {
  for (const size_t dimensions : {2U, 3U, 4U}) {
    SCOPED_TRACE(dimensions);
    const auto points = Walk(8, dimensions, Curve::kHilbert);
    for (size_t i = 1; i < points.size(); ++i) {
      int distance = 0;
      for (size_t d = 0; d < dimensions; ++d) {
        distance += std::abs(points[i][d] - points[i - 1][d]);
      }
      EXPECT_EQ(distance, 1) << "step " << i;
    }
  }
}

TEST_F(CurveTest, ZOrderInterleavesTheBits) {
  const auto points = Walk(4, 2, Curve::kZOrder);
  const std::vector<std::vector<int>> expected = {
      {0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3},
      {2, 0}, {2, 1}, {3, 0}, {3, 1}, {2, 2}, {2, 3}, {3, 2}, {3, 3}};
  EXPECT_EQ(points, expected);
}

TEST_F(CurveTest, SkewAndTypesDoNotGiveAColumnMoreWeight) {
  SetSchema({Column(1, "url", Type::String()), Column(2, "n", Type::Long())});
  arrow::StringBuilder urls;
  arrow::Int64Builder numbers;
  for (int64_t i = 0; i < 4096; ++i) {
    ASSERT_OK(urls.Append("https://example.org/a/long/prefix/" +
                          std::to_string(1000 + i % 64)));
    ASSERT_OK(numbers.Append(i / 64 * (i / 64) * 1'000'000));
  }
  const auto rows = arrow::RecordBatch::Make(
      arrow::schema(Columns()), 4096,
      {urls.Finish().ValueOrDie(), numbers.Finish().ValueOrDie()});
  for (const Curve curve : {Curve::kZOrder, Curve::kHilbert}) {
    ASSERT_OK_AND_ASSIGN(
        const auto clustered,
        ClusterRows({rows}, metadata_.schema(), {1, 2}, curve, /*batch_rows_max=*/64));
    ASSERT_EQ(clustered.size(), 64U);
    // A 64th of the rows spans an eighth of either column: 8 x 8 values.
    for (const auto& batch : clustered) {
      for (int i = 0; i < 2; ++i) {
        std::set<std::string> values;
        for (int64_t row = 0; row < 64; ++row) {
          values.insert(batch->column(i)->GetScalar(row).ValueOrDie()->ToString());
        }
        EXPECT_EQ(values.size(), 8U);
      }
    }
  }
}

}  // namespace
}  // namespace tarn::storage
