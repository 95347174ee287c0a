#include "tarn/iceberg/theta_sketch.h"

#include <cmath>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tarn/base/byte_order.h"
#include "tarn/iceberg/internal/byte_text.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::iceberg {
namespace {

std::string Bytes(std::string_view hex) { return internal::BytesFromHex(hex).value(); }

std::string LongBytes(int64_t value) {
  std::string bytes;
  AppendLittle(value, &bytes);
  return bytes;
}

ThetaSketch Longs(int64_t begin, int64_t end) {
  ThetaSketch sketch;
  for (int64_t i = begin; i < end; ++i) {
    sketch.Update(LongBytes(i));
  }
  return sketch;
}

Result<ThetaSketch> Again(const ThetaSketch& sketch) {
  return ThetaSketch::Deserialize(sketch.Serialize());
}

// Made with Apache DataSketches, PyPI package datasketches 5.2.0:
//   sketch = datasketches.update_theta_sketch(12)
//   sketch.update(value), once for each
//   sketch.compact().serialize().hex()
TEST(ThetaSketch, Trap44_BytesAreThoseOfDataSketches) {
  EXPECT_EQ(internal::BytesToHex(ThetaSketch().Serialize()), "01030300001ecc93");
  EXPECT_EQ(internal::BytesToHex(Longs(0, 1).Serialize()),
            "01030300001acc93e56b61eec8804420");
  EXPECT_EQ(internal::BytesToHex(Longs(0, 3).Serialize()),
            "02030300001acc93030000000000000015f97dcbbd86a105c397fc1281709d1e"
            "e56b61eec8804420");
  ThetaSketch texts;
  for (const char* text : {"a", "iceberg", "a longer text of more than sixteen bytes"}) {
    texts.Update(text);
    texts.Update(text);
  }
  EXPECT_EQ(internal::BytesToHex(texts.Serialize()),
            "02030300001acc93030000000000000019e1926a76422e03606e48b808d69f42"
            "17c11d528507017b");
}

/// The same of 0 … 999 in a sketch of 32 nominal entries (update_theta_sketch(5)), and
/// what its get_estimate() says.
constexpr std::string_view kEstimating =
    "03030300001acc932200000000000000fc8e015f5c902a05d589edf2ba742a00deac6be1e1d96500"
    "fa74b34c16b16e00c7c48185137f7300ff3edb4931fa96005167013eefe2dd004bbf7eee7e40f500"
    "e4c758129ac40601af5f15a649924e010a22dbb71c875f0188655737d10a74017b7fec66ed787f01"
    "fb38798913248f01b9bf9feafa9eaa01783d46e37d7cd301efafaecf5bddf40194ded6c8a0752a02"
    "d1eeb5b119b493026df3fb88558d96027347a26e394d9902ae9ad119a4702703a5907be534f96d03"
    "b833b51ac36e72030f5d1190dc88b103393eeb1613ceb303e662386e3d7fd303385da0f0663bd503"
    "736268de4b6bfc034962bb9062b6fc03e8a7bd68fe0b86049d43ffe25581a004e2dacf9fcdeabe04"
    "45a54733acacdd04ed0b4d6d52ba0605";
constexpr double kEstimate = 842.3880252753064;

TEST(ThetaSketch, ReadsAnEstimatingSketch) {
  ASSERT_OK_AND_ASSIGN(const ThetaSketch sketch,
                       ThetaSketch::Deserialize(Bytes(kEstimating)));
  EXPECT_NEAR(sketch.Estimate(), kEstimate, 1e-6);
  EXPECT_EQ(internal::BytesToHex(sketch.Serialize()), kEstimating);

  std::string unordered = Bytes(kEstimating);
  unordered[5] = static_cast<char>(unordered[5] & ~16);
  std::string last = unordered.substr(unordered.size() - 8);
  unordered.erase(unordered.size() - 8);
  unordered.insert(24, last);
  ASSERT_OK_AND_ASSIGN(const ThetaSketch same, ThetaSketch::Deserialize(unordered));
  EXPECT_EQ(internal::BytesToHex(same.Serialize()), kEstimating);
}

TEST(ThetaSketch, CountsExactlyUntilItIsFull) {
  ThetaSketch sketch;
  EXPECT_TRUE(sketch.empty());
  EXPECT_EQ(sketch.Estimate(), 0);
  sketch.Update("");
  EXPECT_TRUE(sketch.empty());
  for (int round = 0; round < 3; ++round) {
    for (int64_t i = 0; i < 4096; ++i) {
      sketch.Update(LongBytes(i));
    }
  }
  EXPECT_EQ(sketch.Estimate(), 4096);
  ASSERT_OK_AND_ASSIGN(const ThetaSketch again, Again(sketch));
  EXPECT_EQ(again.Estimate(), 4096);
}

TEST(ThetaSketch, EstimatesWithinItsError) {
  for (const int64_t n : {5'000, 20'000, 300'000, 2'000'000}) {
    SCOPED_TRACE(n);
    ThetaSketch sketch = Longs(0, n);
    const double relative = sketch.Estimate() / static_cast<double>(n) - 1;
    EXPECT_LT(std::abs(relative), 3 / std::sqrt(2 * 4096.0));
    ASSERT_OK_AND_ASSIGN(const ThetaSketch again, Again(sketch));
    EXPECT_LT(std::abs(again.Estimate() / static_cast<double>(n) - 1),
              3 / std::sqrt(4096.0));
    EXPECT_TRUE(again.Serialize() == sketch.Serialize());
    EXPECT_LT(sketch.Serialize().size(), size_t{40'000});
    // The same values again are not new ones, or few.
    for (int64_t i = 0; i < std::min<int64_t>(n, 5'000); ++i) {
      sketch.Update(LongBytes(i));
    }
    EXPECT_NEAR(sketch.Estimate(), (relative + 1) * static_cast<double>(n),
                static_cast<double>(n) / 50);
  }
}

TEST(ThetaSketch, UnionsCountWhatBothHaveOnce) {
  struct Case {
    const char* name;
    int64_t begin, end, expected;
  };
  const Case cases[] = {{"none", 0, 0, 60'000},
                        {"a part of it", 10'000, 12'000, 60'000},
                        {"half new", 30'000, 90'000, 90'000},
                        {"all new", 100'000, 200'000, 160'000}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    ThetaSketch sketch = Longs(0, 60'000);
    sketch.Union(Longs(c.begin, c.end));
    EXPECT_NEAR(sketch.Estimate() / static_cast<double>(c.expected), 1, 0.05);
    ASSERT_OK_AND_ASSIGN(ThetaSketch again, Again(sketch));
    EXPECT_NEAR(again.Estimate() / static_cast<double>(c.expected), 1, 0.05);
    const std::string bytes = again.Serialize();
    again.Union(ThetaSketch());
    EXPECT_TRUE(again.Serialize() == bytes);
    for (int64_t i = 1'000'000; i < 1'060'000; ++i) {
      again.Update(LongBytes(i));
    }
    EXPECT_NEAR(again.Estimate() / static_cast<double>(c.expected + 60'000), 1, 0.05);
  }
  ThetaSketch small = Longs(0, 100);
  small.Union(Longs(50, 150));
  EXPECT_EQ(small.Estimate(), 150);
  ThetaSketch empty;
  empty.Union(ThetaSketch());
  EXPECT_TRUE(empty.empty());
  EXPECT_EQ(internal::BytesToHex(empty.Serialize()), "01030300001ecc93");
}

TEST(ThetaSketch, WrongBytesAreRefused) {
  const std::string three = internal::BytesToHex(Longs(0, 3).Serialize());
  struct Case {
    const char* name;
    std::string hex;
    ErrorCode code;
  };
  const auto with = [&](size_t byte, const char* digits) {
    std::string changed = three;
    return changed.replace(2 * byte, 2, digits);
  };
  const Case cases[] = {
      {"nothing", "", ErrorCode::kInvalidData},
      {"cut in the preamble", three.substr(0, 14), ErrorCode::kInvalidData},
      {"cut in the entries", three.substr(0, 64), ErrorCode::kInvalidData},
      {"longer than its entries", three + "00", ErrorCode::kInvalidData},
      {"no preamble", with(0, "00"), ErrorCode::kInvalidData},
      {"a preamble of four longs", with(0, "04"), ErrorCode::kInvalidData},
      {"serial version 2", with(1, "02"), ErrorCode::kNotSupported},
      {"serial version 4, compressed", with(1, "04"), ErrorCode::kNotSupported},
      {"a hash table", with(2, "02"), ErrorCode::kNotSupported},
      {"big-endian", with(5, "1b"), ErrorCode::kNotSupported},
      {"another seed", with(6, "cd"), ErrorCode::kNotSupported},
      {"more entries than bytes", with(8, "04"), ErrorCode::kInvalidData},
      {"entries out of order", with(23, "7e"), ErrorCode::kInvalidData},
      {"an entry beyond theta", with(39, "ff"), ErrorCode::kInvalidData},
      {"an entry twice",
       "02030300000acc9302000000000000000100000000000000"
       "0100000000000000",
       ErrorCode::kInvalidData},
      {"entry zero", "01030300001acc930000000000000000", ErrorCode::kInvalidData},
      {"theta zero", "03030300001acc9300000000000000000000000000000000",
       ErrorCode::kInvalidData},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_ERROR(ThetaSketch::Deserialize(Bytes(c.hex)), c.code, "theta sketch");
  }
}

TEST(ThetaSketch, AnExactSketchWithoutEntriesIsEmpty) {
  ThetaSketch one;
  one.Update("a value");
  std::string bytes = one.Serialize();
  bytes[0] = 2;  // a second long with the count, which is 0
  bytes.replace(8, std::string::npos, 8, '\0');
  ASSERT_OK_AND_ASSIGN(const ThetaSketch read, ThetaSketch::Deserialize(bytes));
  EXPECT_EQ(read.Estimate(), 0);
  EXPECT_EQ(read.Serialize(), ThetaSketch().Serialize());
}

}  // namespace
}  // namespace tarn::iceberg
