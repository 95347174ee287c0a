#include <gtest/gtest.h>

#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/iceberg/transform.h"
#include "tarn/iceberg/value.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

struct HashCase {
  Type type;
  const char* text;
  int32_t hash;
};

void ExpectHashes(std::initializer_list<HashCase> cases) {
  for (const HashCase& c : cases) {
    SCOPED_TRACE(c.type.ToString() + " " + c.text);
    ASSERT_OK_AND_ASSIGN(const Value value, ValueFromString(c.type, c.text));
    EXPECT_EQ(HashValue(c.type, value), c.hash);
  }
}

// Spec, Appendix B: "32-bit Hash Requirements".
TEST(BucketHash, AppendixB) {
  ExpectHashes({
      {Type::Int(), "34", 2017239379},
      {Type::Long(), "34", 2017239379},
      {Type::Decimal(9, 2), "14.20", -500754589},
      {Type::Date(), "2017-11-16", -653330422},
      {Type::Time(), "22:31:08", -662762989},
      {Type::Timestamp(), "2017-11-16T22:31:08", -2047944441},
      {Type::Timestamp(), "2017-11-16T22:31:08.000001", -1207196810},
      {Type::TimestampTz(), "2017-11-16T14:31:08-08:00", -2047944441},
      {Type::TimestampTz(), "2017-11-16T14:31:08.000001-08:00", -1207196810},
      {Type::TimestampNs(), "2017-11-16T22:31:08", -2047944441},
      {Type::TimestampNs(), "2017-11-16T22:31:08.000001001", -1207196810},
      {Type::TimestampTzNs(), "2017-11-16T14:31:08-08:00", -2047944441},
      {Type::TimestampTzNs(), "2017-11-16T14:31:08.000001001-08:00", -1207196810},
      {Type::String(), "iceberg", 1210000089},
      {Type::Uuid(), "f79c3e09-677c-4bbd-a479-3f349cb785e7", 1488055340},
      {Type::Fixed(4), "AAECAw==", -188683207},
      {Type::Binary(), "AAECAw==", -188683207},
  });
}

// The published test vectors of murmur3_x86_32 with seed 0.
TEST(Murmur3, KnownVectors) {
  EXPECT_EQ(Murmur3(""), 0U);
  EXPECT_EQ(Murmur3("a"), 0x3C2569B2U);
  EXPECT_EQ(Murmur3("ab"), 0x9BBFD75FU);
  EXPECT_EQ(Murmur3("abc"), 0xB3DD93FAU);
  EXPECT_EQ(Murmur3("abcd"), 0x43ED676AU);
  EXPECT_EQ(Murmur3("Hello, world!"), 0xC0363E43U);
  EXPECT_EQ(Murmur3("The quick brown fox jumps over the lazy dog"), 0x2E4FF723U);
}

TEST(Bucket, Trap01_UuidHashesBigEndianBytes) {
  const Value uuid(*internal::UuidFromText("f79c3e09-677c-4bbd-a479-3f349cb785e7"));
  EXPECT_EQ(HashValue(Type::Uuid(), uuid), 1488055340);
  EXPECT_EQ(ApplyTransform(Bucket{16}, Type::Uuid(), uuid), Value(1488055340 % 16));
}

TEST(Bucket, Trap01_NegativeHashesLoseTheirSignBit) {
  ASSERT_OK_AND_ASSIGN(const Value date, ValueFromString(Type::Date(), "2017-11-16"));
  EXPECT_EQ(ApplyTransform(Bucket{100}, Type::Date(), date),
            Value((-653330422 & 0x7FFFFFFF) % 100));
  for (int32_t i = -1000; i < 1000; ++i) {
    const auto bucket =
        std::get<int32_t>(ApplyTransform(Bucket{7}, Type::Int(), Value(i)));
    EXPECT_GE(bucket, 0);
    EXPECT_LT(bucket, 7);
  }
}

TEST(Bucket, Trap02_IntAndDateHashAsLong) {
  for (const int32_t v : {0, 34, -1, INT32_MIN, INT32_MAX}) {
    EXPECT_EQ(HashValue(Type::Int(), Value(v)),
              HashValue(Type::Long(), Value(int64_t{v})));
    EXPECT_EQ(HashValue(Type::Date(), Value(v)),
              HashValue(Type::Long(), Value(int64_t{v})));
  }
  EXPECT_NE(HashValue(Type::Date(), Value(17486)), 1087118125)
      << "that is the 4-byte hash";
}

TEST(Bucket, Trap02_DecimalsHashTheirMinimalBytes) {
  const Type type = Type::Decimal(9, 2);
  EXPECT_EQ(ApplyTransform(Bucket{16}, type, Value(int128_t{-128})), Value(13))
      << "-1.28 is the one byte 80; with two bytes it would be in bucket 12";
  EXPECT_EQ(HashValue(type, Value(int128_t{1420})),
            HashValue(Type::Decimal(38, 2), Value(int128_t{1420})))
      << "a wider precision keeps the bucket";
}

TEST(Bucket, Trap03_StringsHashTheirUtf8Bytes) {
  ExpectHashes({{Type::String(), "string with a surrogate pair: 💰", -1601900220},
                {Type::String(), "💰", -1486360756}});
}

TEST(Bucket, Trap04_NanosecondsAreFlooredToMicroseconds) {
  const Type nanos = Type::TimestampNs();
  const Type micros = Type::Timestamp();
  for (const auto& [ns, us] :
       {std::pair{1999, 1}, {1000, 1}, {999, 0}, {-1, -1}, {-1000, -1}, {-1001, -2}}) {
    EXPECT_EQ(HashValue(nanos, Value(int64_t{ns})), HashValue(micros, Value(int64_t{us})))
        << ns;
  }
}

}  // namespace
}  // namespace tarn::iceberg
