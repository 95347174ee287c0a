#include "tarn/storage/internal/key_set.h"

#include <optional>
#include <set>
#include <string>

#include <arrow/api.h>
#include <gtest/gtest.h>

#include "tarn/iceberg/value.h"
#include "tarn/testing/fake_clock.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::storage {
namespace {

using iceberg::ColumnStats;
using iceberg::Type;
using iceberg::Value;
using Row = std::pair<std::optional<int64_t>, std::optional<std::string>>;

arrow::ArrayVector ColumnsOf(const std::vector<Row>& rows) {
  arrow::Int64Builder numbers;
  arrow::StringBuilder texts;
  for (const auto& [number, text] : rows) {
    EXPECT_OK(number ? numbers.Append(*number) : numbers.AppendNull());
    EXPECT_OK(text ? texts.Append(*text) : texts.AppendNull());
  }
  return {numbers.Finish().ValueOrDie(), texts.Finish().ValueOrDie()};
}

TEST(KeySet, FindsWhatASetOfRowsFinds) {
  testing::SeededRandom random(7);
  const auto random_rows = [&](int count) {
    std::vector<Row> rows;
    for (int i = 0; i < count; ++i) {
      Row row;
      if (random.Next() % 8 != 0) {
        row.first = static_cast<int64_t>(random.Next() % 100) - 50;
      }
      if (random.Next() % 8 != 0) {
        row.second = std::string(random.Next() % 3, static_cast<char>(random.Next() % 4));
      }
      rows.push_back(row);
    }
    return rows;
  };
  const std::vector<Row> first = random_rows(300);
  const std::vector<Row> second = random_rows(300);
  KeySet keys({Type::Long(), Type::String()});
  KeySet others({Type::Long(), Type::String()});
  ASSERT_OK(keys.Add(ColumnsOf(first)));
  ASSERT_OK(others.Add(ColumnsOf(second)));
  ASSERT_OK(keys.Add(others));
  std::set<Row> expected(first.begin(), first.end());
  expected.insert(second.begin(), second.end());
  EXPECT_EQ(keys.size(), static_cast<int64_t>(expected.size()));
  EXPECT_GT(keys.memory_bytes(), 0);

  const std::vector<Row> asked = random_rows(2000);
  std::vector<uint32_t> found;
  keys.Find(ColumnsOf(asked), &found);
  std::vector<uint32_t> wanted;
  for (uint32_t i = 0; i < asked.size(); ++i) {
    if (expected.contains(asked[i])) {
      wanted.push_back(i);
    }
  }
  EXPECT_EQ(found, wanted);
  EXPECT_GT(found.size(), 100U);
  EXPECT_LT(found.size(), 1900U);
}

TEST(KeySet, ColumnsDoNotRunIntoEachOther) {
  const auto text_columns =
      [](const std::vector<std::pair<const char*, const char*>>& rows) {
        arrow::StringBuilder a;
        arrow::StringBuilder b;
        for (const auto& [left, right] : rows) {
          EXPECT_OK(a.Append(left));
          EXPECT_OK(b.Append(right));
        }
        return arrow::ArrayVector{a.Finish().ValueOrDie(), b.Finish().ValueOrDie()};
      };
  KeySet keys({Type::String(), Type::String()});
  ASSERT_OK(keys.Add(text_columns({{"ab", "c"}})));
  std::vector<uint32_t> found;
  keys.Find(text_columns({{"a", "bc"}, {"ab", "c"}, {"abc", ""}, {"c", "ab"}}), &found);
  EXPECT_EQ(found, std::vector<uint32_t>{1});
}

TEST(KeySet, BoundsExcludeWhatCannotMatch) {
  struct Case {
    const char* name;
    std::vector<Row> keys;
    ColumnStats stats;
    bool may_hold;
  };
  const auto bound = [](int64_t value) {
    return iceberg::ValueToBytes(Type::Long(), Value(value));
  };
  const auto int_bound = [](int32_t value) {
    return iceberg::ValueToBytes(Type::Int(), Value(value));
  };
  const auto between = [&](int64_t lower, int64_t upper) {
    return ColumnStats{.field_id = 1,
                       .value_count = 9,
                       .null_count = 0,
                       .lower_bound = bound(lower),
                       .upper_bound = bound(upper)};
  };
  const Case cases[] = {
      {"below", {{1, "a"}}, between(2, 5), false},
      {"at the lower bound", {{2, "a"}}, between(2, 5), true},
      {"at the upper bound", {{5, "a"}}, between(2, 5), true},
      {"above", {{6, "a"}}, between(2, 5), false},
      {"around, but none inside", {{1, "a"}, {9, "a"}}, between(2, 5), false},
      {"nothing known", {{1, "a"}}, {.field_id = 1}, true},
      {"another column",
       {{1, "a"}},
       {.field_id = 3, .value_count = 9, .null_count = 9},
       true},
      {"only nulls",
       {{1, "a"}},
       {.field_id = 1, .value_count = 9, .null_count = 9},
       false},
      {"null asked, only nulls",
       {{std::nullopt, "a"}},
       {.field_id = 1, .value_count = 9, .null_count = 9},
       true},
      {"null asked, no nulls", {{std::nullopt, "a"}}, between(2, 5), false},
      {"null asked, nulls not counted",
       {{std::nullopt, "a"}},
       {.field_id = 1, .lower_bound = bound(2), .upper_bound = bound(5)},
       true},
      {"bounds from before a promotion",
       {{3, "a"}},
       {.field_id = 1, .lower_bound = int_bound(4), .upper_bound = int_bound(5)},
       false},
      {"bounds that are none",
       {{3, "a"}},
       {.field_id = 1, .lower_bound = "x", .upper_bound = "y"},
       true},
      {"no keys", {}, {.field_id = 1}, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.name));
    KeySet keys({Type::Long(), Type::String()});
    ASSERT_OK(keys.Add(ColumnsOf(c.keys)));
    EXPECT_EQ(keys.MayHoldAny({1, 2}, {c.stats}), c.may_hold);
  }
}

TEST(KeySet, ManyKeysAreHeldAgainstTheirSpanAlone) {
  std::vector<Row> rows;
  for (int64_t i = 0; i < 20'000; ++i) {
    rows.push_back({i * 10, "x"});
  }
  KeySet keys({Type::Long(), Type::String()});
  ASSERT_OK(keys.Add(ColumnsOf(rows)));
  const auto may_hold = [&](int64_t lower, int64_t upper) {
    return keys.MayHoldAny(
        {1, 2}, {{.field_id = 1,
                  .lower_bound = iceberg::ValueToBytes(Type::Long(), Value(lower)),
                  .upper_bound = iceberg::ValueToBytes(Type::Long(), Value(upper))}});
  };
  EXPECT_TRUE(may_hold(1, 2));
  EXPECT_FALSE(may_hold(200'000, 300'000));
  EXPECT_FALSE(may_hold(-5, -1));
}

}  // namespace
}  // namespace tarn::storage
