#include "tarn/storage/parquet_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "tarn/base/error.h"

namespace tarn::storage {
namespace {

using iceberg::Type;
using iceberg::TypeId;

std::string Folded(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return folded;
}

constexpr auto kCompressionNames =
    std::to_array<std::pair<std::string_view, Compression>>({
        {"none", Compression::kNone},
        {"uncompressed", Compression::kNone},
        {"snappy", Compression::kSnappy},
        {"gzip", Compression::kGzip},
        {"zstd", Compression::kZstd},
        {"brotli", Compression::kBrotli},
        {"lz4", Compression::kLz4},
        {"lz4_raw", Compression::kLz4},
    });

constexpr auto kEncodingNames = std::to_array<std::pair<std::string_view, Encoding>>({
    {"plain", Encoding::kPlain},
    {"delta", Encoding::kDelta},
    {"delta-length", Encoding::kDeltaLength},
    {"byte-stream-split", Encoding::kByteStreamSplit},
});

Result<Compression> CompressionNamed(std::string_view name) {
  const std::string folded = Folded(name);
  for (const auto& [known, compression] : kCompressionNames) {
    if (known == folded) {
      return compression;
    }
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("A compression codec is none, snappy, gzip, zstd, brotli or lz4, "
                  "got: {}",
                  name));
}

}  // namespace

std::string_view NameOf(Compression compression) {
  for (const auto& [name, known] : kCompressionNames) {
    if (known == compression) {
      return name;
    }
  }
  return "";
}

std::optional<CodecLevels> LevelsOf(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return CodecLevels{1, 9};
    case Compression::kZstd:
      return CodecLevels{1, 22};
    case Compression::kBrotli:
      return CodecLevels{0, 11};
    case Compression::kNone:
    case Compression::kSnappy:
    case Compression::kLz4:
      break;
  }
  return std::nullopt;
}

std::optional<int32_t> DefaultLevelOf(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return 6;
    case Compression::kZstd:
      return 1;
    case Compression::kBrotli:
      return 5;
    case Compression::kNone:
    case Compression::kSnappy:
    case Compression::kLz4:
      break;
  }
  return std::nullopt;
}

Result<Codec> CodecFromString(std::string_view text) {
  const size_t colon = text.find(':');
  Codec codec;
  ARROW_ASSIGN_OR_RAISE(codec.compression, CompressionNamed(text.substr(0, colon)));
  if (colon == std::string_view::npos) {
    return codec;
  }
  const std::string_view digits = text.substr(colon + 1);
  const std::optional<CodecLevels> levels = LevelsOf(codec.compression);
  if (!levels) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("Codec {} has no levels, got: {}", NameOf(codec.compression), text));
  }
  int32_t level = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), level);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      level < levels->min || level > levels->max) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("The level of codec {} is a number from {} to {}, got: {}",
                    NameOf(codec.compression), levels->min, levels->max, digits));
  }
  codec.level = level;
  return codec;
}

std::string ToString(const Codec& codec) {
  const std::string_view name = NameOf(codec.compression);
  return codec.level ? fmt::format("{}:{}", name, *codec.level) : std::string(name);
}

std::string_view ToString(Encoding encoding) {
  return kEncodingNames.at(static_cast<size_t>(encoding)).first;
}

Result<Encoding> EncodingFromString(std::string_view text) {
  const std::string folded = Folded(text);
  for (const auto& [name, encoding] : kEncodingNames) {
    if (name == folded) {
      return encoding;
    }
  }
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("An encoding is plain, delta, delta-length or byte-stream-split, "
                  "got: {}",
                  text));
}

std::vector<Encoding> EncodingsOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return {Encoding::kPlain, Encoding::kDelta};
    case TypeId::kDecimal: {
      constexpr int32_t kLongDigitsMax = 18;  // more digits are stored as bytes
      if (type.precision() <= kLongDigitsMax) {
        return {Encoding::kPlain, Encoding::kDelta};
      }
      return {Encoding::kPlain};
    }
    case TypeId::kFloat:
    case TypeId::kDouble:
      // Of other types, which the format allows too, DuckDB does not read it.
      return {Encoding::kPlain, Encoding::kByteStreamSplit};
    case TypeId::kString:
    case TypeId::kBinary:
      return {Encoding::kPlain, Encoding::kDelta, Encoding::kDeltaLength};
    default:
      return {Encoding::kPlain};
  }
}

std::string_view TypeClassOf(const Type& type) {
  switch (type.id()) {
    case TypeId::kBoolean:
      return "boolean";
    case TypeId::kInt:
    case TypeId::kLong:
    case TypeId::kDecimal:
      return "numeric";
    case TypeId::kFloat:
    case TypeId::kDouble:
      return "float";
    case TypeId::kDate:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestampTz:
    case TypeId::kTimestampNs:
    case TypeId::kTimestampTzNs:
      return "time";
    default:
      return "text";
  }
}

std::vector<std::string> TypeClasses() {
  return {"boolean", "float", "numeric", "text", "time"};
}

}  // namespace tarn::storage
