// Bounds of strings and binaries come from the footer where it has them and from the rows
// where it has not; in any mixture they are those of the rows.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <arrow/array/builder_binary.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include "tarn/storage/table_writer_fixture_test.h"

namespace tarn::storage {
namespace {

using Random = std::mt19937;

/// Short, as long as the footer takes, and longer; many equal beginnings.
std::string AnyText(Random& random) {
  constexpr size_t kLengths[] = {0, 1, 9, 255, 256, 257, 300};
  std::string text(kLengths[random() % std::size(kLengths)], 'a');
  for (size_t i = text.size() - std::min<size_t>(text.size(), 3); i < text.size(); ++i) {
    text[i] = static_cast<char>('a' + random() % 3);
  }
  if (!text.empty() && random() % 3 == 0) {
    text[0] = 'b';
  }
  return text;
}

struct Seen {
  std::vector<std::string> values = {};

  std::optional<std::string> min() const {
    return values.empty()
               ? std::nullopt
               : std::optional(*std::min_element(values.begin(), values.end()));
  }
  std::optional<std::string> max() const {
    return values.empty()
               ? std::nullopt
               : std::optional(*std::max_element(values.begin(), values.end()));
  }
};

class ByteBoundsTest : public TableWriterTest {
 protected:
  static constexpr int32_t kFixedBytes = 300;

  void MakeByteTable() {
    MakeTable({Column(1, "text", Type::String()), Column(2, "bytes", Type::Binary()),
               Column(3, "wide", Type::Fixed(kFixedBytes)),
               Column(4, "narrow", Type::Fixed(2)), Column(5, "quiet", Type::String())},
              {},
              {{"write.metadata.metrics.default", "full"},
               {"write.parquet.stats-enabled.column.quiet", "false"}});
  }

  template <typename Builder>
  std::shared_ptr<arrow::Array> Values(Builder builder, Random& random, int64_t rows,
                                       size_t width, Seen* seen) {
    for (int64_t i = 0; i < rows; ++i) {
      if (random() % 4 == 0) {
        EXPECT_TRUE(builder.AppendNull().ok());
        continue;
      }
      std::string value = AnyText(random);
      if (width > 0) {
        value.resize(width, static_cast<char>('a' + random() % 3));
      }
      EXPECT_TRUE(builder.Append(value).ok());
      seen->values.push_back(value);
    }
    return *builder.Finish();
  }

  std::shared_ptr<arrow::RecordBatch> AnyRows(Random& random, std::vector<Seen>* seen) {
    const auto rows = static_cast<int64_t>(random() % 6);
    auto& s = *seen;
    return arrow::RecordBatch::Make(
        ArrowSchema(), rows,
        {Values(arrow::StringBuilder(), random, rows, 0, &s[0]),
         Values(arrow::BinaryBuilder(), random, rows, 0, &s[1]),
         Values(arrow::FixedSizeBinaryBuilder(arrow::fixed_size_binary(kFixedBytes)),
                random, rows, kFixedBytes, &s[2]),
         Values(arrow::FixedSizeBinaryBuilder(arrow::fixed_size_binary(2)), random, rows,
                2, &s[3]),
         Values(arrow::StringBuilder(), random, rows, 0, &s[4])});
  }
};

TEST_F(ByteBoundsTest, AreThoseOfTheRowsInAnyMixtureOfLengths) {
  Random random(42);  // NOLINT: the same rows in each run
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE(round);
    MakeByteTable();
    std::vector<Seen> seen(5);
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
    for (int batch = 0; batch < 4; ++batch) {
      batches.push_back(AnyRows(random, &seen));
    }
    ASSERT_OK_AND_ASSIGN(TableWriterOptions options, TableWriterOptionsFor(*metadata_));
    options.parquet.row_group_rows_max = 3;
    ASSERT_OK_AND_ASSIGN(const auto files, WriteAll(batches, options));
    if (files.empty()) {
      continue;
    }
    for (size_t i = 0; i < seen.size(); ++i) {
      const iceberg::ColumnStats& stats = files[0].columns[i];
      SCOPED_TRACE(stats.field_id);
      EXPECT_EQ(stats.lower_bound, seen[i].min());
      EXPECT_EQ(stats.upper_bound, seen[i].max());
    }
  }
}

}  // namespace
}  // namespace tarn::storage
