#include "tarn/ingest/postgres/numeric.h"

#include <vector>

#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/ingest/postgres/copy_bytes_test.h"

namespace tarn::ingest::postgres {
namespace {

struct Case {
  const char* number;
  std::string bytes;
  int32_t precision;
  int32_t scale;
};

std::vector<int16_t> Nines(size_t groups) { return std::vector<int16_t>(groups, 9'999); }

TEST(Numeric, IsExact) {
  std::vector<int16_t> full = Nines(10);
  full.front() = 99;  // 38 digits
  const std::vector<Case> cases = {
      {"0E-18", NumericBytes({}, 0), 38, 18},
      {"0.00", NumericBytes({}, 0, 0, 2), 5, 2},
      {"1", NumericBytes({1}, 0), 5, 0},
      {"-1", NumericBytes({1}, 0, 0x4000), 5, 0},
      {"1.50", NumericBytes({1, 5'000}, 0, 0, 1), 5, 2},
      {"12345.678", NumericBytes({1, 2'345, 6'780}, 1, 0, 3), 10, 3},
      {"0.0001", NumericBytes({1}, -1, 0, 4), 38, 4},
      {"0.00010", NumericBytes({1}, -1, 0, 4), 38, 5},
      {"1E-8", NumericBytes({1}, -2, 0, 8), 38, 8},
      {"10000", NumericBytes({1}, 1), 5, 0},
      {"100000000.0", NumericBytes({1}, 2), 38, 1},
      {"0.12", NumericBytes({1'200}, -1, 0, 2), 2, 2},
      {"99999999999999999999999999999999999999", NumericBytes(full, 9), 38, 0},
      {"-99999999999999999999999999999999999999", NumericBytes(full, 9, 0x4000), 38, 0},
      // 36 digits before the point and two behind it take 40 digits in groups.
      {"999999999999999999999999999999999999.99",
       NumericBytes(
           [] {
             std::vector<int16_t> groups = Nines(10);
             groups.back() = 9'900;
             return groups;
           }(),
           8),
       38, 2},
  };
  for (const Case& c : cases) {
    const auto read = DecodeNumeric(c.bytes, c.precision, c.scale);
    ASSERT_TRUE(read.ok()) << c.number << ": " << read.status();
    EXPECT_EQ(read->unscaled.ToString(c.scale), c.number);
  }
}

TEST(Numeric, WhatDoesNotFitIsRefused) {
  const std::vector<Case> cases = {
      {"100", NumericBytes({100}, 0), 2, 0},
      {"0.001", NumericBytes({10}, -1, 0, 3), 38, 2},
      {"0.00001", NumericBytes({1'000}, -2, 0, 5), 38, 4},
      {"10^38", NumericBytes({100}, 9), 38, 0},
      {"10^20 with 19 decimals", NumericBytes({1}, 5), 38, 19},
      {"10^130000", NumericBytes({1}, 32'500), 38, 0},
      {"a small one", NumericBytes({1}, -32'000), 38, 18},
  };
  for (const Case& c : cases) {
    const auto read = DecodeNumeric(c.bytes, c.precision, c.scale);
    ASSERT_FALSE(read.ok()) << c.number;
    EXPECT_EQ(CodeOf(read.status()), ErrorCode::kTypeMismatch) << c.number;
  }
}

TEST(Numeric, SomeAreNoNumbers) {
  EXPECT_EQ(DecodeNumeric(NumericBytes({}, 0, static_cast<int16_t>(0xC000)), 38, 0)->kind,
            NumericKind::kNotANumber);
  for (const int sign : {0xD000, 0xF000}) {
    EXPECT_EQ(DecodeNumeric(NumericBytes({}, 0, static_cast<int16_t>(sign)), 38, 0)->kind,
              NumericKind::kInfinite);
  }
}

TEST(Numeric, OtherBytesAreRefused) {
  for (const std::string& bytes :
       {std::string(), std::string(7, '\0'), NumericBytes({1}, 0).substr(0, 9),
        NumericBytes({1}, 0) + "x", NumericBytes({10'000}, 0), NumericBytes({-1}, 0),
        NumericBytes({1}, 0, 0x1234)}) {
    EXPECT_EQ(CodeOf(DecodeNumeric(bytes, 38, 0).status()), ErrorCode::kInvalidData);
  }
}

}  // namespace
}  // namespace tarn::ingest::postgres
