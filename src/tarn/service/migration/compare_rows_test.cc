#include "tarn/service/migration/compare_rows.h"

#include <algorithm>

#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::service {
namespace {

/// Rows id begin … end - 1, whose text is of `word`.
class Numbers : public RowSource {
 public:
  Numbers(int64_t begin, int64_t end, std::string word = "x")
      : begin_(begin), end_(end), word_(std::move(word)) {}

  std::shared_ptr<arrow::Schema> schema() const override {
    return arrow::schema(
        {arrow::field("id", arrow::int64()), arrow::field("text", arrow::utf8())});
  }
  Status Read(size_t /*threads*/, const Visitor& visit) override {
    std::string json = "[";
    for (int64_t i = begin_; i < end_; ++i) {
      json += (i == begin_ ? "" : ",") + std::string("{\"id\":") + std::to_string(i) +
              ",\"text\":\"" + (i == 7 ? word_ : "same") + "\"}";
    }
    const auto type = arrow::struct_(schema()->fields());
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          arrow::json::ArrayFromJSONString(type, json + "]"));
    ARROW_ASSIGN_OR_RAISE(const auto batch, arrow::RecordBatch::FromStructArray(rows));
    return visit(0, batch);
  }

 private:
  int64_t begin_;
  int64_t end_;
  std::string word_;
};

Comparison CompareThese(RowSource& left, RowSource& right) {
  const RowTally empty = EmptyTally(ValidationLevel::kFull, {});
  const auto before = TallyOf(left, 1, empty);
  const auto after = TallyOf(right, 1, empty);
  EXPECT_TRUE(before.ok() && after.ok());
  return Compare(ValidationLevel::kFull, *before, *after);
}

TEST(CompareRows, EqualSets) {
  Numbers left(0, 1000);
  Numbers right(0, 1000);
  const Comparison comparison = CompareThese(left, right);
  EXPECT_TRUE(comparison.is_same());
  EXPECT_EQ(comparison.sample_rows, 20);
  EXPECT_TRUE(comparison.differences.empty());
  ASSERT_OK_AND_ASSIGN(const auto found, FindDifferences(left, right, {}));
  EXPECT_TRUE(found.empty());
}

TEST(CompareRows, OneRowDiffers) {
  Numbers left(0, 1000, "one");
  Numbers right(0, 1000, "other");
  const Comparison comparison = CompareThese(left, right);
  EXPECT_TRUE(comparison.rows_match());
  EXPECT_FALSE(comparison.checksum_match());
  ASSERT_OK_AND_ASSIGN(const auto found, FindDifferences(left, right, {}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_FALSE(found[0].is_of_source);
  EXPECT_EQ(found[0].row, R"({"id":"7","text":"other"})");
  EXPECT_TRUE(found[1].is_of_source);
  EXPECT_EQ(found[1].row, R"({"id":"7","text":"one"})");
  ASSERT_OK_AND_ASSIGN(const auto by_id, FindDifferences(left, right, {"id"}));
  EXPECT_TRUE(by_id.empty()) << "the column that differs is not looked at";
}

TEST(CompareRows, SmallSetsAreSampledWhole) {
  Numbers left(0, 10);
  Numbers right(1, 11);
  const Comparison comparison = CompareThese(left, right);
  ASSERT_EQ(comparison.differences.size(), 2U);
  EXPECT_EQ(comparison.differences[0].row, R"({"id":"0","text":"same"})");
  EXPECT_EQ(comparison.differences[1].row, R"({"id":"10","text":"same"})");
}

TEST(CompareRows, PartsInAnyOrderAreOneSum) {
  Numbers whole(0, 1000);
  RowTally sum;
  for (const int64_t begin : {600, 0, 300}) {
    Numbers part(begin, begin == 600 ? 1000 : begin + 300);
    ASSERT_OK_AND_ASSIGN(const RowTally tally, TallyOf(part, 1, RowTally()));
    sum.Merge(tally);
  }
  ASSERT_OK_AND_ASSIGN(const RowTally tally, TallyOf(whole, 1, RowTally()));
  EXPECT_EQ(sum.checksum(), tally.checksum());
  EXPECT_EQ(sum.sample(), tally.sample());
}

TEST(CompareRows, MissingRowsShowByTheirNumber) {
  Numbers left(0, 30);
  Numbers right(0, 25);
  const Comparison comparison = CompareThese(left, right);
  EXPECT_FALSE(comparison.rows_match());
  ASSERT_OK_AND_ASSIGN(const auto found, FindDifferences(left, right, {}));
  EXPECT_EQ(found.size(), 5U);
  const Json json = ComparisonToJson(comparison);
  EXPECT_EQ(json["row_count_match"], false);
  EXPECT_EQ(json["checksum_match"], false);
}

}  // namespace
}  // namespace tarn::service
