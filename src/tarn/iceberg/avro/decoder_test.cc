#include "tarn/iceberg/avro/decoder.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "tarn/iceberg/avro/encoder.h"

namespace tarn::iceberg::avro {
namespace {

TEST(AvroDecoder, NumbersOfEveryLengthWhateverFollowsThem) {
  for (int bits = 0; bits < 64; ++bits) {
    for (const int64_t sign : {1, -1}) {
      for (const int64_t more : {-1, 0, 1}) {
        const auto value =
            static_cast<int64_t>(static_cast<uint64_t>(sign) * (uint64_t{1} << bits) +
                                 static_cast<uint64_t>(more));
        std::string bytes;
        Encoder(&bytes).Long(value);
        for (const char follows : {'\0', '\x7F', '\x80', '\xFF'}) {
          for (size_t count : {0, 1, 6, 7, 12}) {
            const std::string padded = bytes + std::string(count, follows);
            Decoder decoder(padded);
            ASSERT_EQ(decoder.Long(), value) << bits << " " << count;
            ASSERT_EQ(decoder.bytes_left(), count);
            ASSERT_FALSE(decoder.failed());
          }
        }
      }
    }
  }
}

TEST(AvroDecoder, NumbersAreThoseOfTheSpecification) {
  struct Case {
    int64_t value;
    std::string bytes;
  };
  const Case kCases[] = {
      {0, std::string(1, '\0')},
      {-1, "\x01"},
      {1, "\x02"},
      {-64, "\x7f"},
      {64, "\x80\x01"},
      {INT64_MAX, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
      {INT64_MIN, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.value);
    std::string encoded;
    Encoder(&encoded).Long(c.value);
    EXPECT_EQ(encoded, c.bytes);
    Decoder decoder(c.bytes);
    EXPECT_EQ(decoder.Long(), c.value);
    EXPECT_EQ(decoder.bytes_left(), 0u);
    EXPECT_FALSE(decoder.failed());
  }
}

TEST(AvroDecoder, ReadsBackWhatTheEncoderWrote) {
  std::string bytes;
  Encoder encoder(&bytes);
  encoder.Boolean(true);
  encoder.Int(INT32_MIN);
  encoder.Float(-0.0f);
  encoder.Double(1.0 / 3);
  encoder.Bytes("text");
  encoder.Fixed("fix");
  Decoder decoder(bytes);
  EXPECT_TRUE(decoder.Boolean());
  EXPECT_EQ(decoder.Int(), INT32_MIN);
  EXPECT_TRUE(std::signbit(decoder.Float()));
  EXPECT_EQ(decoder.Double(), 1.0 / 3);
  EXPECT_EQ(decoder.Bytes(), "text");
  EXPECT_EQ(decoder.Fixed(3), "fix");
  EXPECT_FALSE(decoder.failed());
  EXPECT_EQ(decoder.bytes_left(), 0u);
}

TEST(AvroDecoder, FailuresStickAndGiveNothing) {
  struct Case {
    const char* name;
    std::string bytes;
    void (*read)(Decoder&);
  };
  const Case kCases[] = {
      {"empty", "", [](Decoder& d) { d.Long(); }},
      {"number cut off", "\x80\x80", [](Decoder& d) { d.Long(); }},
      {"65 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
       [](Decoder& d) { d.Long(); }},
      {"eleven bytes", std::string(10, '\x80') + "\x01", [](Decoder& d) { d.Long(); }},
      {"int too large", "\x80\x80\x80\x80\x10", [](Decoder& d) { d.Int(); }},
      {"boolean 2", "\x02", [](Decoder& d) { d.Boolean(); }},
      {"double cut off", "1234567", [](Decoder& d) { d.Double(); }},
      {"negative length", "\x01", [](Decoder& d) { d.Bytes(); }},
      {"length beyond the end", "\x06xx", [](Decoder& d) { d.Bytes(); }},
      {"huge length", "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
       [](Decoder& d) { d.Bytes(); }},
      {"count without its bytes", "\x03", [](Decoder& d) { d.BlockItems(); }},
      {"count with too many bytes", "\x03\x7e", [](Decoder& d) { d.BlockItems(); }},
      {"lowest count", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
       [](Decoder& d) { d.BlockItems(); }},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Decoder decoder(c.bytes);
    c.read(decoder);
    EXPECT_TRUE(decoder.failed());
    EXPECT_EQ(decoder.Long(), 0);
    EXPECT_EQ(decoder.Bytes(), "");
    EXPECT_EQ(decoder.BlockItems(), 0);
    EXPECT_EQ(decoder.Double(), 0);
  }
}

TEST(AvroDecoder, BlockItemsMayStateTheirBytes) {
  std::string bytes;
  Encoder encoder(&bytes);
  encoder.Long(-2);
  encoder.Long(3);
  bytes += "abc";
  Decoder decoder(bytes);
  int64_t block_bytes = 0;
  EXPECT_EQ(decoder.BlockItems(&block_bytes), 2);
  EXPECT_EQ(block_bytes, 3);
}

TEST(AvroDecoder, ValuesWithoutBytesRunOut) {
  Decoder decoder("");
  for (int64_t i = 0; i < (int64_t{1} << 24) && !decoder.failed(); ++i) {
    decoder.ZeroWidth();
  }
  EXPECT_TRUE(decoder.failed());
  decoder.Reset("");
  decoder.ZeroWidth();
  EXPECT_TRUE(decoder.failed());
}

}  // namespace
}  // namespace tarn::iceberg::avro
