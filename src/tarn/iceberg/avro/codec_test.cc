#include "tarn/iceberg/avro/codec.h"

#include <string>

#include <gtest/gtest.h>

#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg::avro {
namespace {

constexpr Codec kCodecs[] = {Codec::kNull, Codec::kDeflate, Codec::kSnappy,
                             Codec::kZstandard};
constexpr size_t kMiB = size_t{1} << 20;

std::string Noise(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (char& c : bytes) {
    c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  }
  return bytes;
}

TEST(AvroCodec, UnpacksWhatItPacked) {
  const std::string inputs[] = {"", "x", std::string(300'000, 'a'), Noise(200'000)};
  for (Codec codec : kCodecs) {
    SCOPED_TRACE(CodecName(codec));
    Decompressor decompressor(codec);
    for (const std::string& input : inputs) {
      std::string packed;
      ASSERT_OK(Pack(codec, input, &packed));
      ASSERT_OK_AND_ASSIGN(std::string_view unpacked, decompressor.Unpack(packed, kMiB));
      EXPECT_EQ(unpacked, input);
    }
  }
}

TEST(AvroCodec, AnExactLimitIsEnoughAndOneByteLessIsNot) {
  const std::string input(100'000, 'q');
  for (Codec codec : kCodecs) {
    SCOPED_TRACE(CodecName(codec));
    std::string packed;
    ASSERT_OK(Pack(codec, input, &packed));
    Decompressor decompressor(codec);
    EXPECT_OK(decompressor.Unpack(packed, input.size()));
    EXPECT_ERROR(decompressor.Unpack(packed, input.size() - 1), ErrorCode::kInvalidData,
                 "more bytes than allowed");
    EXPECT_OK(decompressor.Unpack(packed, input.size()));  // usable after a failure
  }
}

TEST(AvroCodec, EveryTruncationAndEveryFlippedChecksumIsFound) {
  const std::string input = Noise(300) + std::string(300, 'z');
  for (Codec codec : {Codec::kDeflate, Codec::kSnappy, Codec::kZstandard}) {
    SCOPED_TRACE(CodecName(codec));
    std::string packed;
    ASSERT_OK(Pack(codec, input, &packed));
    Decompressor decompressor(codec);
    for (size_t size = 0; size < packed.size(); ++size) {
      EXPECT_ERROR(decompressor.Unpack(packed.substr(0, size), kMiB),
                   ErrorCode::kInvalidData, "")
          << size;
    }
  }
  std::string packed;
  ASSERT_OK(Pack(Codec::kSnappy, input, &packed));
  packed.back() = static_cast<char>(packed.back() ^ 1);
  EXPECT_ERROR(Decompressor(Codec::kSnappy).Unpack(packed, kMiB), ErrorCode::kInvalidData,
               "checksum");
}

TEST(AvroCodec, SnappysChecksumIsBigEndianCrc32) {
  std::string packed;
  ASSERT_OK(Pack(Codec::kSnappy, "123456789", &packed));
  EXPECT_EQ(packed.substr(packed.size() - 4), "\xCB\xF4\x39\x26");
}

TEST(AvroCodec, AClaimedLengthAllocatesNothing) {
  // A snappy block of 15 bytes that claims 4 GiB - 1.
  const std::string claim =
      std::string("\xFF\xFF\xFF\xFF\x0F", 5) + std::string(10, '\0');
  EXPECT_ERROR(Decompressor(Codec::kSnappy).Unpack(claim, size_t{1} << 40),
               ErrorCode::kInvalidData, "corrupt length");
}

TEST(AvroCodec, UnknownCodecIsNotSupported) {
  for (Codec codec : kCodecs) {
    ASSERT_OK_AND_ASSIGN(Codec again, CodecFromName(CodecName(codec)));
    EXPECT_EQ(again, codec);
  }
  EXPECT_ERROR(CodecFromName("bzip2"), ErrorCode::kNotSupported, "bzip2");
}

}  // namespace
}  // namespace tarn::iceberg::avro
