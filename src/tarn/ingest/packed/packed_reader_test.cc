#include "tarn/ingest/packed/packed_reader.h"

#include <array>
#include <string>

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/util/compression.h>
#include <gtest/gtest.h>

#include "tarn/base/error.h"
#include "tarn/testing/status_matchers.h"

namespace tarn::ingest::packed {
namespace {

std::string Compressed(arrow::Compression::type type, const std::string& text) {
  auto codec = arrow::util::Codec::Create(type).ValueOrDie();
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  std::string out(static_cast<size_t>(codec->MaxCompressedLen(size, bytes)), '\0');
  const int64_t used = codec
                           ->Compress(size, bytes, static_cast<int64_t>(out.size()),
                                      reinterpret_cast<uint8_t*>(out.data()))
                           .ValueOrDie();
  out.resize(static_cast<size_t>(used));
  return out;
}

Result<std::string> ReadOnly(const std::string& bytes) {
  auto file = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes));
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        PackedReader::Open(std::move(file), PackingByContent(bytes)));
  ARROW_ASSIGN_OR_RAISE(const auto member, reader->Next());
  std::string text;
  std::array<char, 1000> buffer{};
  while (member) {
    ARROW_ASSIGN_OR_RAISE(const int64_t read, reader->Read(buffer));
    if (read == 0) {
      break;
    }
    text.append(buffer.data(), static_cast<size_t>(read));
  }
  return text;
}

TEST(PackedReader, NamesWithoutTheirCompression) {
  EXPECT_EQ(NameWithin("a.csv.bz2"), "a.csv");
  EXPECT_EQ(NameWithin("a.csv.gz"), "a.csv");
  EXPECT_EQ(NameWithin("a.csv"), "a.csv");
  EXPECT_EQ(NameWithin(".gz"), ".gz");
}

TEST(PackedReader, TellsByContent) {
  EXPECT_EQ(PackingByContent("PK\x03\x04..."), Packing::kZip);
  EXPECT_EQ(PackingByContent("BZh9..."), Packing::kCompressed);
  EXPECT_EQ(PackingByContent("BZhours,b\n1,2\n"), Packing::kNone);
  EXPECT_EQ(PackingByContent("a,b\n1,2\n"), Packing::kNone);
  EXPECT_EQ(PackingByContent(""), Packing::kNone);
}

TEST(PackedReader, ReadsWhatIsCompressed) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += std::to_string(i) + ",x\n";
  }
  for (const auto type : {arrow::Compression::GZIP, arrow::Compression::ZSTD,
                          arrow::Compression::LZ4_FRAME}) {
    SCOPED_TRACE(arrow::util::Codec::GetCodecAsString(type));
    const std::string bytes = Compressed(type, text);
    EXPECT_EQ(ReadOnly(bytes).ValueOr(""), text);
    EXPECT_EQ(ReadOnly(bytes + bytes).ValueOr(""), text + text) << "one after the other";
    EXPECT_ERROR(ReadOnly(bytes.substr(0, bytes.size() / 2)), ErrorCode::kInvalidData,
                 "damaged");
    EXPECT_ERROR(ReadOnly(bytes + "something else"), ErrorCode::kInvalidData, "damaged");
  }
}

TEST(PackedReader, TheChecksumOfGzipIsLookedAt) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += std::to_string(i * 7) + ",x\n";
  }
  const std::string sound = Compressed(arrow::Compression::GZIP, text);
  constexpr size_t kTrailerBytes = 8;  // CRC-32 and length
  for (size_t at = sound.size() - kTrailerBytes; at < sound.size(); ++at) {
    SCOPED_TRACE(at);
    std::string bytes = sound;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    EXPECT_ERROR(ReadOnly(bytes), ErrorCode::kInvalidData, "damaged");
    EXPECT_ERROR(ReadOnly(sound + bytes), ErrorCode::kInvalidData, "damaged");
    EXPECT_ERROR(ReadOnly(sound.substr(0, at)), ErrorCode::kInvalidData, "cut off");
  }
}

}  // namespace
}  // namespace tarn::ingest::packed
