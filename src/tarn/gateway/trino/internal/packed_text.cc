#include "tarn/gateway/trino/internal/packed_text.h"

#include <cstdint>
#include <memory>

#include <arrow/util/compression.h>

#include "tarn/base/error.h"

namespace tarn::gateway::trino::internal {
namespace {

constexpr size_t kTextBytesMax = size_t{16} << 20;
constexpr int kZstdLevel = 1;

Status Broken() {
  return MakeError(ErrorCode::kInvalidArgument,
                   "A prepared statement's header is not base64url of zstd");
}

int DigitOf(char c) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  return c == '-' || c == '+' ? 62 : c == '_' || c == '/' ? 63 : -1;
}

Result<std::string> FromBase64(std::string_view text) {
  while (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  std::string bytes;
  uint32_t bits = 0;
  uint32_t num_bits = 0;
  for (const char c : text) {
    const int digit = DigitOf(c);
    if (digit < 0) {
      return Broken();
    }
    bits = (bits << 6U) | static_cast<uint32_t>(digit);
    num_bits += 6;
    if (num_bits >= 8) {
      num_bits -= 8;
      bytes.push_back(static_cast<char>((bits >> num_bits) & 0xFFU));
    }
  }
  return bytes;
}

const uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

std::string Packed(arrow::Compression::type kind, int level, std::string_view bytes) {
  auto codec = arrow::util::Codec::Create(kind, level);
  if (!codec.ok()) {
    return {};
  }
  const auto size = static_cast<int64_t>(bytes.size());
  std::string packed(
      static_cast<size_t>((*codec)->MaxCompressedLen(size, BytesOf(bytes))), '\0');
  const auto done =
      (*codec)->Compress(size, BytesOf(bytes), static_cast<int64_t>(packed.size()),
                         reinterpret_cast<uint8_t*>(packed.data()));
  if (!done.ok() || *done >= size) {
    return {};
  }
  packed.resize(static_cast<size_t>(*done));
  return packed;
}

}  // namespace

Result<std::string> UnpackText(std::string_view packed) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, FromBase64(packed));
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(arrow::Compression::ZSTD));
  ARROW_ASSIGN_OR_RAISE(auto decompressor, codec->MakeDecompressor());
  std::string text;
  size_t at = 0;
  while (!decompressor->IsFinished()) {
    constexpr size_t kStep = size_t{64} << 10;
    const size_t size = text.size();
    text.resize(size + kStep);
    const auto step = decompressor->Decompress(
        static_cast<int64_t>(bytes.size() - at), BytesOf(bytes) + at,
        static_cast<int64_t>(kStep), reinterpret_cast<uint8_t*>(text.data() + size));
    if (!step.ok() || (step->bytes_read == 0 && step->bytes_written == 0) ||
        size > kTextBytesMax) {
      return Broken();
    }
    at += static_cast<size_t>(step->bytes_read);
    text.resize(size + static_cast<size_t>(step->bytes_written));
  }
  return text;
}

std::string ZstdPacked(std::string_view bytes) {
  return Packed(arrow::Compression::ZSTD, kZstdLevel, bytes);
}

std::string Lz4Packed(std::string_view bytes) {
  return Packed(arrow::Compression::LZ4, arrow::util::kUseDefaultCompressionLevel, bytes);
}

}  // namespace tarn::gateway::trino::internal
