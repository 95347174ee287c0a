#include "tarn/storage/internal/value_scan.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::storage {
namespace {

TEST(ByteRange, AgreesWithComparingEveryPair) {
  std::mt19937 random(42);  // NOLINT: the same numbers in each run
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    ByteRange range;
    std::vector<std::string> values;
    for (int batch = 0; batch < 3; ++batch) {
      std::string json = "[";
      const size_t rows = random() % 5;
      for (size_t i = 0; i < rows; ++i) {
        json += i == 0 ? "" : ",";
        if (random() % 4 == 0) {
          json += "null";
          continue;
        }
        std::string value(random() % 12, 'a');
        for (char& c : value) {
          c = static_cast<char>('a' + random() % 2);
        }
        json += "\"" + value + "\"";
        values.push_back(value);
      }
      const auto array = arrow::json::ArrayFromJSONString(arrow::utf8(), json + "]");
      ASSERT_OK(array);
      range.Add(**array);
    }
    ASSERT_EQ(range.has_value(), !values.empty());
    if (values.empty()) {
      continue;
    }
    EXPECT_EQ(range.min(), *std::min_element(values.begin(), values.end()));
    EXPECT_EQ(range.max(), *std::max_element(values.begin(), values.end()));
  }
}

TEST(ByteRange, BytesAreUnsignedAndZeroBytesCount) {
  const auto array = arrow::json::ArrayFromJSONString(
      arrow::binary(),
      R"(["b", "b\u0000", "\u00ff", "", "a\u0000\u0000\u0000\u0000\u0000\u0000\u0000"])");
  ASSERT_OK(array);
  ByteRange range;
  range.Add(*(*array)->Slice(0, 2));
  EXPECT_EQ(range.min(), "b");
  EXPECT_EQ(range.max(), std::string("b\0", 2));
  range.Add(**array);
  EXPECT_EQ(range.min(), "");
  EXPECT_EQ(range.max(), "\xC3\xBF");
}

}  // namespace
}  // namespace tarn::storage
