#include "tarn/storage/internal/distinct_columns.h"

#include <random>
#include <string>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::storage {
namespace {

constexpr int64_t kRows = 20'000;

template <typename Builder, typename MakeValue>
std::shared_ptr<arrow::Array> Column(Builder builder, MakeValue make_value,
                                     int64_t rows = kRows) {
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_OK(builder.Append(make_value(i)));
  }
  return builder.Finish().ValueOrDie();
}

bool HasNoRepeats(const std::shared_ptr<arrow::Array>& column) {
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("c", column->type())}),
                               column->length(), arrow::ArrayVector{column});
  return ColumnsWithoutRepeats(*batch).ValueOrDie().front();
}

TEST(ColumnsWithoutRepeats, AreThoseWithAValueForEachRow) {
  const auto number = [](int64_t i) { return i; };
  const auto text = [](int64_t i) { return "row " + std::to_string(i); };
  const auto real = [](int64_t i) { return static_cast<double>(i) / 7; };
  EXPECT_TRUE(HasNoRepeats(Column(arrow::Int64Builder(), number)));
  EXPECT_TRUE(HasNoRepeats(Column(arrow::StringBuilder(), text)));
  EXPECT_TRUE(HasNoRepeats(Column(arrow::LargeStringBuilder(), text)));
  EXPECT_TRUE(HasNoRepeats(Column(arrow::DoubleBuilder(), real)));
  const auto decimal = [](int64_t i) { return arrow::Decimal128(i % 3, uint64_t(i)); };
  EXPECT_TRUE(
      HasNoRepeats(Column(arrow::Decimal128Builder(arrow::decimal128(38, 2)), decimal)));
}

TEST(ColumnsWithoutRepeats, AreNotThoseThatADictionaryServes) {
  EXPECT_FALSE(
      HasNoRepeats(Column(arrow::Int64Builder(), [](int64_t i) { return i / 2; })));
  EXPECT_FALSE(HasNoRepeats(Column(arrow::StringBuilder(),
                                   [](int64_t i) { return std::to_string(i % 5000); })));
  EXPECT_FALSE(
      HasNoRepeats(Column(arrow::BooleanBuilder(), [](int64_t i) { return i != 0; })));
  // 200 000 different values among which the rows choose: a dictionary holds them.
  std::mt19937 random(1);
  EXPECT_FALSE(HasNoRepeats(Column(
      arrow::Int64Builder(),
      [&](int64_t) { return static_cast<int64_t>(random() % 200'000); }, 32'768)));
}

TEST(ColumnsWithoutRepeats, AreNotTold) {
  const auto number = [](int64_t i) { return i; };
  EXPECT_FALSE(HasNoRepeats(Column(arrow::Int64Builder(), number, 1000))) << "few rows";
  const auto nothing = arrow::MakeArrayOfNull(arrow::int64(), kRows).ValueOrDie();
  EXPECT_FALSE(HasNoRepeats(nothing)) << "nulls";
  const auto numbers = Column(arrow::Int64Builder(), number);
  const auto rows = arrow::StructArray::Make({numbers}, {"x"}).ValueOrDie();
  EXPECT_FALSE(HasNoRepeats(rows)) << "a row's fields are the file's columns";
}

TEST(ColumnsWithoutRepeats, NullsAreNoValues) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_OK(i % 10 == 0 ? builder.AppendNull() : builder.Append(i));
  }
  EXPECT_TRUE(HasNoRepeats(builder.Finish().ValueOrDie()));
}

TEST(ColumnsWithoutRepeats, AreFoundInSlices) {
  const auto column =
      Column(arrow::Int64Builder(), [](int64_t i) { return i < 100 ? 0 : i; });
  EXPECT_TRUE(HasNoRepeats(column->Slice(100)));
}

}  // namespace
}  // namespace tarn::storage
