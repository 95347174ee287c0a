#include <limits>

#include <gtest/gtest.h>

#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/iceberg/internal/decimal.h"
#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::string FromHex(std::string_view hex) { return *internal::BytesFromHex(hex); }

struct BytesCase {
  Type type;
  const char* text;
  const char* hex;
};

// Spec, Appendix D: "Binary single-value serialization".
TEST(ValueBytes, AppendixD) {
  const BytesCase cases[] = {
      {Type::Boolean(), "false", "00"},
      {Type::Boolean(), "true", "01"},
      {Type::Int(), "34", "22000000"},
      {Type::Int(), "-2", "feffffff"},
      {Type::Long(), "34", "2200000000000000"},
      {Type::Float(), "1.0", "0000803f"},
      {Type::Double(), "1.0", "000000000000f03f"},
      {Type::Date(), "2017-11-16", "4e440000"},
      {Type::Date(), "1969-12-31", "ffffffff"},
      {Type::Time(), "22:31:08", "008307e012000000"},
      {Type::Timestamp(), "2017-11-16T22:31:08", "00c3262d215e0500"},
      {Type::TimestampTz(), "2017-11-16T14:31:08-08:00", "00c3262d215e0500"},
      {Type::TimestampNs(), "1970-01-01T00:00:00.000000001", "0100000000000000"},
      {Type::String(), "iceberg", "69636562657267"},
      {Type::Uuid(), "f79c3e09-677c-4bbd-a479-3f349cb785e7",
       "f79c3e09677c4bbda4793f349cb785e7"},
      {Type::Fixed(4), "AAECAw==", "00010203"},
      {Type::Binary(), "AAECAw==", "00010203"},
      {Type::Decimal(9, 2), "14.20", "058c"},
      {Type::Decimal(9, 2), "-1.28", "80"},
      {Type::Decimal(9, 2), "1.28", "0080"},
      {Type::Decimal(9, 2), "0", "00"},
  };
  for (const BytesCase& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.text);
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.type, c.text));
    EXPECT_EQ(internal::BytesToHex(ValueToBytes(c.type, value)), c.hex);
    ASSERT_OK_AND_ASSIGN(const Value again, ValueFromBytes(c.type, FromHex(c.hex)));
    EXPECT_EQ(again, value);
  }
}

TEST(ValueBytes, Trap16_BoundsOfPromotedColumnsKeepTheirOldWidth) {
  struct Case {
    Type type;
    const char* hex;
    Value expected;
  };
  const int64_t micros_per_day = 86'400'000'000;
  const Case cases[] = {
      {Type::Long(), "feffffff", Value(int64_t{-2})},
      {Type::Double(), "0000803f", Value(1.0)},
      {Type::Timestamp(), "ffffffff", Value(-micros_per_day)},
      {Type::Timestamp(), "4e440000", Value(17486 * micros_per_day)},
      {Type::TimestampNs(), "01000000", Value(micros_per_day * 1000)},
      {Type::Int(), "2200000000000000", Value(34)},
      {Type::Int(), "ffffffffffffffff", Value(-1)},
      {Type::Decimal(38, 2), "058c", Value(int128_t{1420})},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.hex);
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromBytes(c.type, FromHex(c.hex)));
    EXPECT_EQ(value, c.expected);
  }
}

TEST(ValueBytes, Trap16_WidthsThatNoPromotionGivesAreRefused) {
  const std::pair<Type, const char*> cases[] = {
      {Type::Boolean(), ""},
      {Type::Boolean(), "0000"},
      {Type::Int(), ""},
      {Type::Int(), "000000"},
      {Type::Int(), "0000000001000000"},  // 2^32 does not fit
      {Type::Long(), "0000"},
      {Type::Float(), "000000000000f03f"},
      {Type::Double(), "00"},
      {Type::Time(), "00000000"},
      {Type::TimestampTz(), "00000000"},
      {Type::TimestampNs(), "ffffff7f"},  // a date far beyond 64 bits of nanoseconds
      {Type::Uuid(), "00"},
      {Type::Fixed(2), "000000"},
      {Type::Decimal(9, 2), ""},
      {Type::Decimal(9, 2), "0000000000000000000000000000000000"},
      {Type::Unknown(), "00"},
      {Type::Variant(), "00"},
      {Type::Struct({}), "00"},
  };
  for (const auto& [type, hex] : cases) {
    SCOPED_TRACE(type.ToString() + " " + hex);
    EXPECT_ERROR(ValueFromBytes(type, FromHex(hex)), ErrorCode::kInvalidData, "");
  }
}

TEST(ValueBytes, TruncatedBoundsOfFixedColumnsAreRead) {
  ASSERT_OK_AND_ASSIGN(const Value value, ValueFromBytes(Type::Fixed(16), "ab"));
  EXPECT_EQ(value, Value(std::string("ab")));
}

TEST(DecimalBytes, Trap02_BytesAreMinimal) {
  const std::pair<int64_t, const char*> cases[] = {
      {0, "00"},
      {1, "01"},
      {-1, "ff"},
      {127, "7f"},
      {128, "0080"},
      {-128, "80"},
      {-129, "ff7f"},
      {255, "00ff"},
      {256, "0100"},
      {-256, "ff00"},
      {32767, "7fff"},
      {32768, "008000"},
      {-32768, "8000"},
      {-32769, "ff7fff"},
      {INT64_MIN, "8000000000000000"},
      {INT64_MAX, "7fffffffffffffff"},
  };
  for (const auto& [unscaled, hex] : cases) {
    SCOPED_TRACE(unscaled);
    EXPECT_EQ(internal::BytesToHex(DecimalToBytes(unscaled)), hex);
    ASSERT_OK_AND_ASSIGN(const int128_t again, DecimalFromBytes(FromHex(hex)));
    EXPECT_TRUE(again == unscaled);
  }
}

TEST(DecimalBytes, EveryPowerOfTwoReadsBack) {
  for (int bit = 0; bit < 127; ++bit) {
    for (const int128_t value :
         {int128_t{1} << bit, -(int128_t{1} << bit), (int128_t{1} << bit) - 1}) {
      const std::string bytes = DecimalToBytes(value);
      ASSERT_OK_AND_ASSIGN(const int128_t again, DecimalFromBytes(bytes));
      EXPECT_TRUE(again == value) << bit;
      if (bytes.size() == 1) {
        continue;
      }
      ASSERT_OK_AND_ASSIGN(const int128_t shorter, DecimalFromBytes(bytes.substr(1)));
      EXPECT_FALSE(shorter == value) << bit << ": a byte less would do";
    }
  }
}

TEST(DecimalBytes, PaddedBytesAreReadToo) {
  ASSERT_OK_AND_ASSIGN(const int128_t value,
                       DecimalFromBytes(FromHex("ffffffffffffffffffffffffffffff80")));
  EXPECT_TRUE(value == -128);
}

TEST(DecimalBytes, Trap49_RequiredBytes) {
  // Parquet's and Avro's table for fixed-length decimals.
  const int32_t max_precision[] = {2,  4,  6,  9,  11, 14, 16, 18,
                                   21, 23, 26, 28, 31, 33, 35, 38};
  int32_t bytes = 1;
  for (int32_t precision = 1; precision <= 38; ++precision) {
    if (precision > max_precision[bytes - 1]) {
      ++bytes;
    }
    EXPECT_EQ(DecimalRequiredBytes(precision), bytes) << precision;
  }
}

TEST(DecimalText, WritesTheScale) {
  const std::tuple<int128_t, int32_t, const char*> cases[] = {
      {1420, 2, "14.20"}, {-150, 2, "-1.50"}, {5, 3, "0.005"}, {-5, 1, "-0.5"},
      {0, 2, "0.00"},     {0, 0, "0"},        {123, 0, "123"}, {100, 2, "1.00"},
  };
  for (const auto& [unscaled, scale, text] : cases) {
    EXPECT_EQ(DecimalToString(unscaled, scale), text);
    EXPECT_TRUE(*internal::DecimalFromText(text, scale) == unscaled) << text;
  }
  const int128_t max = internal::PowerOfTen(38) - 1;
  EXPECT_EQ(DecimalToString(max, 0), std::string(38, '9'));
  EXPECT_EQ(DecimalToString(-max, 38), "-0." + std::string(38, '9'));
  EXPECT_TRUE(*internal::DecimalFromText("-0." + std::string(38, '9'), 38) == -max);
}

TEST(DecimalText, ReadsWhatPeopleWriteAndLosesNothing) {
  const std::pair<const char*, int64_t> good[] = {
      {"1.5", 150},    {"1.50", 150}, {"1.500", 150}, {"+2", 200},
      {".5", 50},      {"5.", 500},   {"1e1", 1000},  {"1.25E+2", 12500},
      {"125e-2", 125}, {"0e900", 0},  {"-0.01", -1},
  };
  for (const auto& [text, unscaled] : good) {
    SCOPED_TRACE(text);
    const auto parsed = internal::DecimalFromText(text, 2);
    ASSERT_TRUE(parsed.has_value());
    EXPECT_TRUE(*parsed == unscaled);
  }
  for (const char* text :
       {"", "-", ".", "1.505", "abc", "1.2.3", "1e", "1e+", "1 ", " 1", "0x1", "1e40",
        "1e99999999999", "9999999999999999999999999999999999999999"}) {
    EXPECT_FALSE(internal::DecimalFromText(text, 2).has_value()) << text;
  }
}

}  // namespace
}  // namespace tarn::iceberg
