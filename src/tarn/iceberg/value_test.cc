#include "tarn/iceberg/value.h"

#include <cmath>
#include <limits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace tarn::iceberg {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct OrderedCase {
  const char* name;
  Type type;
  std::vector<Value> ascending;
};

std::vector<OrderedCase> OrderedCases() {
  return {
      {"boolean", Type::Boolean(), {Value(false), Value(true)}},
      {"int", Type::Int(), {Value(INT32_MIN), Value(-1), Value(0), Value(INT32_MAX)}},
      {"date", Type::Date(), {Value(-1), Value(0), Value(1)}},
      {"long", Type::Long(), {Value(INT64_MIN), Value(int64_t{0}), Value(INT64_MAX)}},
      {"float",
       Type::Float(),
       {Value(-std::numeric_limits<float>::infinity()), Value(-1.5F), Value(-0.0F),
        Value(0.0F), Value(1.5F), Value(std::numeric_limits<float>::infinity()),
        Value(std::numeric_limits<float>::quiet_NaN())}},
      {"double",
       Type::Double(),
       {Value(-kInfinity), Value(-0.0), Value(0.0), Value(kInfinity), Value(kNaN)}},
      {"decimal",
       Type::Decimal(38, 0),
       {Value(-(int128_t{1} << 100)), Value(int128_t{-1}), Value(int128_t{0}),
        Value(int128_t{1} << 100)}},
      {"string",
       Type::String(),
       {Value(std::string()), Value(std::string("a")), Value(std::string("ab")),
        Value(std::string("b"))}},
      {"binary",
       Type::Binary(),
       {Value(std::string("\x7F")), Value(std::string("\x80")),
        Value(std::string("\xFF"))}},
  };
}

TEST(CompareValues, Trap13_OrdersEveryType_NegativeZeroFirstAndNaNLast) {
  for (const OrderedCase& c : OrderedCases()) {
    for (size_t i = 0; i < c.ascending.size(); ++i) {
      for (size_t k = 0; k < c.ascending.size(); ++k) {
        SCOPED_TRACE(std::string(c.name) + " " + std::to_string(i) + " " +
                     std::to_string(k));
        EXPECT_EQ(CompareValues(c.type, c.ascending[i], c.ascending[k]), i <=> k);
      }
    }
  }
}

TEST(CompareValues, Trap13_SignOfNaNDoesNotMatter) {
  const Value negative(std::copysign(kNaN, -1.0));
  EXPECT_EQ(CompareValues(Type::Double(), negative, Value(kNaN)),
            std::strong_ordering::equal);
  EXPECT_EQ(CompareValues(Type::Double(), negative, Value(kInfinity)),
            std::strong_ordering::greater);
}

// In UTF-16, U+1F600 is a surrogate pair that starts with D83D, below U+FF5E; by code
// points it is above.
TEST(CompareValues, Trap11_StringsCompareByCodePointsNotUtf16) {
  const Value tilde(std::string("\uFF5E"));
  const Value emoji(std::string("\U0001F600"));
  EXPECT_EQ(CompareValues(Type::String(), tilde, emoji), std::strong_ordering::less);
  EXPECT_EQ(
      CompareValues(Type::String(), Value(std::string("z")), Value(std::string("é"))),
      std::strong_ordering::less)
      << "bytes above 0x7F are not negative";
}

TEST(ValueEquals, AgreesWithTheOrderAndWithTheHash) {
  for (const OrderedCase& c : OrderedCases()) {
    SCOPED_TRACE(c.name);
    std::unordered_set<Value, ValueHash, ValueEquals> set;
    for (const Value& value : c.ascending) {
      EXPECT_TRUE(set.insert(value).second);
    }
    for (const Value& value : c.ascending) {
      EXPECT_TRUE(ValueEquals{}(value, value));
      EXPECT_FALSE(set.insert(value).second);
    }
    EXPECT_TRUE(set.insert(Value()).second);
    EXPECT_FALSE(set.insert(Value()).second);
  }
}

TEST(ValueEquals, NaNIsItselfWhateverItsBits) {
  const Value negative(std::copysign(kNaN, -1.0));
  EXPECT_NE(Value(kNaN), Value(kNaN)) << "plain == is IEEE's";
  EXPECT_TRUE(ValueEquals{}(Value(kNaN), negative));
  EXPECT_EQ(ValueHash{}(Value(kNaN)), ValueHash{}(negative));
  EXPECT_FALSE(ValueEquals{}(Value(0.0), Value(-0.0)));
}

TEST(ValueHash, SpreadsTheHighHalfOfDecimals) {
  std::unordered_set<size_t> hashes;
  for (int bit = 0; bit < 126; ++bit) {
    hashes.insert(ValueHash{}(Value(int128_t{1} << bit)));
  }
  EXPECT_EQ(hashes.size(), 126U);
}

TEST(Value, EqualityWorksForEveryAlternative) {
  EXPECT_EQ(Value(int128_t{1} << 100), Value(int128_t{1} << 100));
  EXPECT_NE(Value(int128_t{1} << 100), Value(int128_t{1} << 101));
  EXPECT_NE(Value(1), Value(int64_t{1})) << "the alternative follows from the type";
  EXPECT_TRUE(IsNull(Value()));
  EXPECT_FALSE(IsNull(Value(0)));
}

TEST(ValueDeathTest, AWrongAlternativeIsABug) {
  EXPECT_DEATH((void)CompareValues(Type::Long(), Value(1), Value(2)), "held != nullptr");
  EXPECT_DEATH((void)ValueToBytes(Type::Int(), Value()), "held != nullptr");
}

}  // namespace
}  // namespace tarn::iceberg
